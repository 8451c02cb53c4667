with request as (
    delete from floor.request where id = any (%(ids)s) returning id, received_at, sent_at, body
), given as materialized (
    select request.id as batch_id, received_at, sent_at, (number - 1)::int as position, event
    from request, jsonb_array_elements(body::jsonb -> 'batch') with ordinality as given (event, number)
), rejected as (
    insert into floor.rejected (source_id, batch_id, position, kind, code, value, payload, fingerprint, received_at, sent_at, arrival_count)
    select %(source)s, batch_id, position, event ->> 'type', 'no_name', '', event::text, md5(event::text)::uuid, received_at, sent_at, 1
    from given where coalesce(event ->> 'event', '') = '' order by 8 on conflict (source_id, fingerprint) do nothing
), told as materialized (
    select batch_id, position, md5(event ->> 'messageId')::uuid as message, event ->> 'userId' as user_ref,
           event ->> 'event' as name, coalesce(event -> 'properties', '{}') as properties,
           (event ->> 'timestamp')::timestamptz + (received_at - sent_at) as occurred_at
    from given where event ->> 'event' <> ''
), fresh as (
    insert into floor.seen (source_id, message, seen_on) select distinct %(source)s::uuid, message, %(today)s::date from told order by 2
    on conflict do nothing returning message
), event as materialized (
    select distinct on (told.message) told.*, who.id as user_id, who.account_id, name.id as name_id, (occurred_at at time zone 'utc')::date as day
    from told join fresh using (message) join floor.who on who.external_id = told.user_ref and not who.is_anonymous
    join floor.name on name.name = told.name order by told.message, batch_id, position
), stored as (
    insert into floor.event (batch_id, position, occurred_at, source_id, account_id, user_id, name_id, message, properties, recorded_at)
    select batch_id, position, occurred_at, %(source)s, account_id, user_id, name_id, message, properties, %(as_of)s from event
), seen as (
    insert into floor.daily_user (account_id, day, name_id, user_id)
    select account_id, day, coalesce(name_id, 0), user_id from event
    group by grouping sets ((account_id, day, name_id, user_id), (account_id, day, user_id)) order by 4, 2, 1, 3
    on conflict do nothing returning account_id, day, name_id
), counted as (
    select account_id, day, coalesce(name_id, 0) as name_id, count(*) as event_count from event
    group by grouping sets ((account_id, day, name_id), (account_id, day))
), fresh_users as (
    select account_id, day, name_id, count(*) as user_count from seen group by 1, 2, 3
), noted as (
    insert into floor.changed as noted (account_id, changed_at) select distinct account_id, %(as_of)s::timestamptz from counted where name_id = 0 order by 1
    on conflict (account_id) do update set changed_at = noted.changed_at where false
)
insert into floor.usage as usage (account_id, metric_id, day, value, active_users, recorded_at)
select account_id, coalesce(name.metric_id, 'events'), day, event_count, coalesce(user_count, 0), %(as_of)s
from counted left join fresh_users using (account_id, day, name_id) left join floor.name on name.id = counted.name_id order by 1, 2, 3
on conflict (account_id, metric_id, day) do update set value = usage.value + excluded.value,
    active_users = usage.active_users + excluded.active_users, recorded_at = excluded.recorded_at
