"""When facts last arrived, by kind and by way in: each figure is the end of an index, never a count."""

LOOKED_AT = 500  # of the latest rows, where no index leads to the newest fact
DEEDS = 2_000  # of the latest requests over the API

# Usage is told by its newest days, since rows of a day are written again as it fills. Everything else has an index by the time it was recorded.
_KINDS = f"""
    SELECT 'accounts' AS kind, max(recorded_at) AS arrived_at, NULL::date AS newest_on
    FROM accounts_account WHERE recorded_at <= %(as_of)s
    UNION ALL
    SELECT 'contacts', max(recorded_at), NULL FROM accounts_contact WHERE recorded_at <= %(as_of)s
    UNION ALL
    SELECT 'contracts', greatest((SELECT max(recorded_at) FROM accounts_contract WHERE recorded_at <= %(as_of)s),
                                 (SELECT max(recorded_at) FROM accounts_revenuemovement WHERE recorded_at <= %(as_of)s)),
           (SELECT max(occurred_on) FROM accounts_revenuemovement WHERE occurred_on <= %(as_of)s::date)
    UNION ALL
    SELECT 'orders', max(recorded_at), (SELECT max(ordered_on) FROM accounts_order WHERE ordered_on <= %(as_of)s::date)
    FROM accounts_order WHERE recorded_at <= %(as_of)s
    UNION ALL
    SELECT 'invoices', max(recorded_at), max(issued_on) FROM (
        SELECT recorded_at, issued_on FROM accounts_invoice WHERE recorded_at <= %(as_of)s
        ORDER BY recorded_at DESC LIMIT {LOOKED_AT}) latest
    UNION ALL
    SELECT 'usage', max(recorded_at), max(day) FROM (
        SELECT recorded_at, day FROM accounts_usagedaily WHERE day <= %(as_of)s::date
        ORDER BY day DESC LIMIT {LOOKED_AT}) latest WHERE recorded_at <= %(as_of)s
    UNION ALL
    SELECT 'surveys', max(recorded_at), max(occurred_at)::date FROM (
        SELECT recorded_at, occurred_at FROM accounts_surveyresponse WHERE recorded_at <= %(as_of)s
        ORDER BY recorded_at DESC LIMIT {LOOKED_AT}) latest
    UNION ALL
    SELECT 'tickets', max(recorded_at), max(opened_at)::date FROM (
        SELECT recorded_at, opened_at FROM accounts_ticket WHERE recorded_at <= %(as_of)s
        ORDER BY recorded_at DESC LIMIT {LOOKED_AT}) latest
    UNION ALL
    SELECT 'interactions', max(recorded_at),
           (SELECT max(occurred_at)::date FROM accounts_interaction WHERE occurred_at <= %(as_of)s)
    FROM accounts_interaction WHERE recorded_at <= %(as_of)s
"""  # noqa: S608

_WAYS = f"""
    SELECT 'file' AS way, kind, NULL::uuid AS id, '' AS name, max(imported_at) AS last_at, '' AS error, true AS is_active
    FROM ingest_importbatch WHERE state = 'imported' AND imported_at <= %(as_of)s GROUP BY kind
    UNION ALL
    SELECT 'api', deed.after ->> 'kind', NULL, '', max(deed.at), '', true
    FROM (SELECT at, after FROM audit_auditevent WHERE verb = 'rows.taken' AND actor_id IS NOT NULL AND at <= %(as_of)s
          ORDER BY seq DESC LIMIT {DEEDS}) deed
    GROUP BY 2
    UNION ALL
    SELECT 'events', 'usage', source.id, source.name,
           CASE WHEN source.last_received_at <= %(as_of)s THEN source.last_received_at END, '', source.is_active
    FROM events_source source
    UNION ALL
    SELECT 'connector', connector.brings, connector.id, connector.name, run.finished_at, connector.last_error, connector.is_active
    FROM connectors_connector connector
    LEFT JOIN LATERAL (
        SELECT finished_at FROM connectors_syncrun
        WHERE connector_id = connector.id AND state = 'done' AND finished_at <= %(as_of)s
        ORDER BY started_at DESC LIMIT 1
    ) run ON true
"""  # noqa: S608

KINDS = f"""
    SELECT known.kind, known.arrived_at, known.newest_on, rhythm.stale_after_days
    FROM ({_KINDS}) known LEFT JOIN quality_rhythm rhythm USING (kind)
"""  # noqa: S608
WAYS = f"SELECT way, kind, id, name, last_at, error, is_active FROM ({_WAYS}) known ORDER BY kind, way, name"  # noqa: S608
