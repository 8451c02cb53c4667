-- Facts of a large tenant, made by the database itself: every account with days of usage, answers, contacts, contracts and movements.
-- The same numbers each time: hashes stand in for chance. Placeholders: %(accounts)s, %(days)s, %(as_of)s.
-- Usage lies day by day, as it arrives, so that the rows of one account are far apart.
create temp table lot as
select n, md5('account ' || n)::uuid as id, (hashint4(n) & 2147483647) %% 1000 as h, (hashint4(n * 7 + 1) & 2147483647) %% 1000 as g
from generate_series(1, %(accounts)s) n;

insert into accounts_account (id, external_id, name, status, customer_since_on, attributes, recorded_at)
select id, 'b-' || n, 'Account ' || n, 'active', %(as_of)s::date - 100 - h, jsonb_build_object('seats', 5 + g), timestamptz '2020-01-01'
from lot;

insert into accounts_metricdefinition (key, name) values ('events', 'Events');

insert into accounts_usagedaily (account_id, metric_id, day, value, active_users, recorded_at)
select id, 'events', %(as_of)s::date - d, (h + 20) * (1 + (hashint4(n + d) & 7)) / 4.0 * case when d < 28 then 0.4 + g / 1000.0 else 1 end,
       1 + (h + (hashint4(n * 3 + d) & 15)) / 10, timestamptz '2020-01-01'
from generate_series(%(days)s, 1, -1) d cross join lateral (select n, id, h, g, d as back from lot offset 0) each
where (hashint4(n + d * 31) & 15) > 0 and h >= 20 and not (g < 100 and d < g / 4);

insert into accounts_surveyresponse (account_id, kind, score, occurred_at, recorded_at)
select id, 'nps', (h * 11 / 1000), %(as_of)s::timestamptz - (1 + g %% 250) * interval '1 day', timestamptz '2020-01-01' from lot where g < 700
union all
select id, 'nps', (g * 11 / 1000), %(as_of)s::timestamptz - (1 + h %% 100) * interval '1 day', timestamptz '2020-01-01' from lot where g < 300;

insert into accounts_interaction (account_id, channel, direction, mode, minutes, subject, occurred_at, recorded_at)
select id, 'call', case when k = 3 then 'internal' else 'outbound' end, case when (h + k) & 1 = 0 then 'proactive' else 'reactive' end,
       10 + k, 'Call', %(as_of)s::timestamptz - (1 + (h * k) %% 200) * interval '1 day', timestamptz '2020-01-01'
from lot cross join generate_series(1, 4) k where h %% 50 > 1;

insert into accounts_contract (id, account_id, external_id, starts_on, ends_on, term_months, currency, recorded_at)
select md5('contract ' || n)::uuid, id, 'bc-' || n, %(as_of)s::date - 300, %(as_of)s::date + 5 + h %% 330, 12, 'EUR', timestamptz '2020-01-01'
from lot where n %% 20 > 0;

insert into accounts_revenuemovement (account_id, occurred_on, kind, amount, currency, recorded_at)
select id, %(as_of)s::date - 450, 'new', 1000 + h * 10, 'EUR', timestamptz '2020-01-01' from lot where n %% 10 > 0
union all
select id, %(as_of)s::date - 100, case when g < 300 then 'contraction' else 'expansion' end, (case when g < 300 then -1 else 1 end) * (10 + h / 2), 'EUR',
       timestamptz '2020-01-01' from lot where n %% 10 > 0 and g < 500;

drop table lot
