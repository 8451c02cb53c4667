create schema floor;
create table floor.history (
  account_id uuid not null, scored_at timestamptz not null, score numeric(5, 2), band varchar(10) not null, coverage numeric(4, 3) not null,
  reason varchar(60) not null, raw double precision[] not null, points smallint[] not null, primary key (account_id, scored_at));
create table floor.current (
  account_id uuid primary key, score numeric(5, 2), band varchar(10) not null, coverage numeric(4, 3) not null, reason varchar(60) not null,
  raw double precision[] not null, points smallint[] not null, scored_at timestamptz not null);
create index on floor.current (score, account_id);
create index on floor.current (band, account_id)
