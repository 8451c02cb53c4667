"""Writes who came into a segment and who left it, in one statement; and reads what the pages show."""
# the rule is compiled by health.segments.sql.compiling; values go into parameters

# A refresh of some accounts only (%(only)s) leaves all others as they are.
REFRESH = """
    WITH meets AS MATERIALIZED (SELECT id FROM ({members}) m WHERE %(only)s::uuid[] IS NULL OR id = ANY(%(only)s::uuid[])),
    gone AS (
        UPDATE segments_segmentmembership SET left_at = %(as_of)s
        WHERE segment_id = %(segment)s AND left_at IS NULL AND (%(only)s::uuid[] IS NULL OR account_id = ANY(%(only)s::uuid[]))
            AND account_id NOT IN (SELECT id FROM meets)
        RETURNING account_id
    ),
    come AS (
        INSERT INTO segments_segmentmembership (segment_id, account_id, entered_at)
        SELECT %(segment)s, id, %(as_of)s FROM meets
        WHERE id NOT IN (
            SELECT account_id FROM segments_segmentmembership WHERE segment_id = %(segment)s AND left_at IS NULL
        )
        RETURNING account_id
    ),
    noted AS (
        INSERT INTO segments_segmenttransition (segment_id, account_id, kind, cause, occurred_at, recorded_at)
        SELECT %(segment)s, account_id, 'left', %(cause)s, %(as_of)s, %(as_of)s FROM gone
        UNION ALL SELECT %(segment)s, account_id, 'entered', %(cause)s, %(as_of)s, %(as_of)s FROM come
    )
    SELECT (SELECT count(*) FROM come), (SELECT count(*) FROM gone)
"""

KEEP_SIZE = """
    INSERT INTO segments_segmentsize (segment_id, day, member_count) VALUES (%(segment)s, %(day)s, %(count)s)
    ON CONFLICT (segment_id, day) DO UPDATE SET member_count = excluded.member_count
"""

# The size at the end of each of the last weeks: the last one noted by then.
TREND = """
    SELECT s.id, week.place, (
        SELECT z.member_count FROM segments_segmentsize z
        WHERE z.segment_id = s.id AND z.day <= %(today)s::date - 7 * (%(weeks)s - 1 - week.place) ORDER BY z.day DESC LIMIT 1
    )
    FROM unnest(%(ids)s::uuid[]) s(id) CROSS JOIN generate_series(0, %(weeks)s - 1) week(place) ORDER BY s.id, week.place
"""

COUNT = "SELECT count(*) FROM ({members}) m"
EXPLAIN = "EXPLAIN (FORMAT JSON) SELECT count(*) FROM ({members}) m"
SAMPLE = """
    SELECT a.id, a.external_id, a.name, rev.arr, rev.currency, h.band, h.score FROM ({members}) m JOIN accounts_account a ON a.id = m.id
    LEFT JOIN accounts_accountrevenue rev ON rev.account_id = a.id LEFT JOIN health_accounthealth h ON h.account_id = a.id
    ORDER BY rev.arr DESC NULLS LAST, a.name, a.id LIMIT %(shown)s
"""
