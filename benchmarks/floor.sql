-- The same eight measures, weights and outputs written by hand for one formula and nothing else: no configuration, no input hash,
-- no comparison with the verdict before, no changes of band. Placeholders: %(as_of)s, %(today)s.
with
usage as materialized (
  select account_id,
    sum(value) filter (where day >= %(today)s::date - 28 and day < %(today)s::date) as now,
    sum(value) filter (where day >= %(today)s::date - 56 and day < %(today)s::date - 28) as before,
    max(active_users) filter (where day >= %(today)s::date - 28 and day < %(today)s::date) as users,
    max(active_users) filter (where day < %(today)s::date) as best,
    max(day) filter (where value > 0) as last
  from accounts_usagedaily
  where day >= %(today)s::date - 180 and day <= %(today)s::date and recorded_at <= %(as_of)s
  group by account_id),
survey as materialized (
  select distinct on (account_id) account_id, score::float8 as nps from accounts_surveyresponse
  where kind = 'nps' and occurred_at <= %(as_of)s and occurred_at >= (%(today)s::date - 180)::timestamp at time zone 'utc'
    and recorded_at <= %(as_of)s
  order by account_id, occurred_at desc, score desc),
touch as materialized (
  select account_id, max(occurred_at) filter (where direction <> 'internal') as last,
    count(*) filter (where direction <> 'internal' and occurred_at >= (%(today)s::date - 90)::timestamp at time zone 'utc') as n
  from accounts_interaction
  where occurred_at <= %(as_of)s and occurred_at >= (%(today)s::date - 365)::timestamp at time zone 'utc' and recorded_at <= %(as_of)s
  group by account_id),
contract as materialized (
  select account_id, min(ends_on) as due from accounts_contract
  where starts_on <= %(today)s::date and ends_on > %(today)s::date and recorded_at <= %(as_of)s group by account_id),
revenue as materialized (
  select account_id, sum(amount) as now, sum(amount) filter (where occurred_on <= %(today)s::date - 365) as before
  from accounts_revenuemovement where occurred_on <= %(today)s::date and recorded_at <= %(as_of)s group by account_id),
points as materialized (
  select account_id, r0, r1, r2, r3, r4, r5, r6, r7,
    case when r0 is not null then round(least(greatest((r0 + 0.5) / 0.6, 0), 1) * 10000)::int end as p0,
    case when r1 is not null then round(least(greatest((r1 - 0.2) / 0.7, 0), 1) * 10000)::int end as p1,
    case when r2 is not null then round(least(greatest((r2 - 30) / -28, 0), 1) * 10000)::int end as p2,
    round(r3 * 1000)::int as p3,
    case when r4 is not null then round(least(greatest((r4 - 90) / -76, 0), 1) * 10000)::int end as p4,
    case when r5 >= 6 then 10000 when r5 >= 3 then 8000 when r5 >= 1 then 5000 when r5 is not null then 0 end as p5,
    case when r6 >= 180 then 10000 when r6 >= 90 then 7000 when r6 >= 30 then 4500 when r6 is not null then 3000 end as p6,
    case when r7 is not null then round(least(greatest((r7 + 0.3) / 0.4, 0), 1) * 10000)::int end as p7
  from (
    select a.id as account_id,
      case when u.before > 0 then (coalesce(u.now, 0) - u.before)::float8 / u.before::float8 end as r0,
      coalesce(u.users, 0)::float8 / u.best as r1,
      (%(today)s::date - u.last)::float8 as r2,
      s.nps as r3,
      (%(today)s::date - (t.last at time zone 'utc')::date)::float8 as r4,
      t.n::float8 as r5,
      (c.due - %(today)s::date)::float8 as r6,
      case when m.before > 0 then (m.now - m.before)::float8 / m.before::float8 end as r7
    from accounts_account a
    left join usage u on u.account_id = a.id left join survey s on s.account_id = a.id left join touch t on t.account_id = a.id
    left join contract c on c.account_id = a.id left join revenue m on m.account_id = a.id
    where a.status in ('onboarding', 'active') and a.recorded_at <= %(as_of)s offset 0) raw),
typical as materialized (
  select round(avg(p0))::int as t0, round(avg(p1))::int as t1, round(avg(p2))::int as t2, round(avg(p3))::int as t3,
    round(avg(p4))::int as t4, round(avg(p5))::int as t5, round(avg(p6))::int as t6, round(avg(p7))::int as t7 from points),
scored as (
  select account_id, array[r0, r1, r2, r3, r4, r5, r6, r7]::float8[] as raw, array[p0, p1, p2, p3, p4, p5, p6, p7]::smallint[] as points,
    round(coverage::numeric, 3) as coverage,
    case when coverage >= 0.4 then round(((coalesce(k0 * g0, 0) + coalesce(k1 * g1, 0) + coalesce(k2 * g2, 0)) / total / 100)::numeric, 2) end as score,
    case when o <= 0 then least(o0, o1, o2, o3, o4, o5, o6, o7) else greatest(o0, o1, o2, o3, o4, o5, o6, o7) end as furthest,
    o0, o1, o2, o3, o4, o5, o6, o7
  from (
    select *, coalesce(o0, 0) + coalesce(o1, 0) + coalesce(o2, 0) + coalesce(o3, 0) + coalesce(o4, 0) + coalesce(o5, 0) + coalesce(o6, 0)
      + coalesce(o7, 0) as o
    from (
      select *, k0 * 2 * (p0 - t0) as o0, k0 * (p1 - t1) as o1, k0 * (p2 - t2) as o2, k1 * (p3 - t3) as o3, k1 * (p4 - t4) as o4,
        k1 * 0.5::float8 * (p5 - t5) as o5, k2 * (p6 - t6) as o6, k2 * (p7 - t7) as o7,
        case when k0 is null then 0 else 50 end + case when k1 is null then 0 else 30 end + case when k2 is null then 0 else 20 end as total
      from (
        select *,
          50::float8 / nullif(case when p0 is null then 0 else 2 end + case when p1 is null then 0 else 1 end
            + case when p2 is null then 0 else 1 end, 0) as k0,
          30 / nullif(case when p3 is null then 0 else 1 end + case when p4 is null then 0 else 1 end
            + case when p5 is null then 0::float8 else 0.5 end, 0) as k1,
          20::float8 / nullif(case when p6 is null then 0 else 1 end + case when p7 is null then 0 else 1 end, 0) as k2,
          coalesce(2 * p0, 0) + coalesce(p1, 0) + coalesce(p2, 0) as g0,
          coalesce(p3, 0) + coalesce(p4, 0) + coalesce(0.5::float8 * p5, 0) as g1,
          coalesce(p6, 0) + coalesce(p7, 0) as g2,
          case when r0 is null then float8 '0' else float8 '0.25' end + case when r1 is null then float8 '0' else float8 '0.125' end
            + case when r2 is null then float8 '0' else float8 '0.125' end + case when r3 is null then float8 '0' else float8 '0.12' end + case when r4 is null then float8 '0' else float8 '0.12' end
            + case when r5 is null then float8 '0' else float8 '0.06' end + case when r6 is null then float8 '0' else float8 '0.1' end + case when r7 is null then float8 '0' else float8 '0.1' end
            as coverage
        from points offset 0) sums cross join typical offset 0) offsets offset 0) together),
verdict as materialized (
  select account_id, raw, points, coverage, score,
    case when score is null then 'unknown' when score >= 70 then 'good' when score >= 45 then 'watch' else 'risk' end as band,
    case when score is null then 'coverage' else case furthest when o0 then 'usage_trend' when o1 then 'usage_breadth' when o2 then 'usage_recency'
      when o3 then 'survey_nps' when o4 then 'engagement_recency' when o5 then 'engagement_touches' when o6 then 'renewal_days'
      when o7 then 'arr_trend' end end as reason
  from scored),
rewritten as (
  update floor.current c set score = v.score, band = v.band, coverage = v.coverage, reason = v.reason, raw = v.raw, points = v.points,
    scored_at = %(as_of)s
  from verdict v where v.account_id = c.account_id),
first as (
  insert into floor.current (account_id, score, band, coverage, reason, raw, points, scored_at)
  select account_id, score, band, coverage, reason, raw, points, %(as_of)s from verdict v
  where not exists (select from floor.current c where c.account_id = v.account_id))
insert into floor.history (account_id, scored_at, score, band, coverage, reason, raw, points)
select account_id, %(as_of)s, score, band, coverage, reason, raw, points from verdict
