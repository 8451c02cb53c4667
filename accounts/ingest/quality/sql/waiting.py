"""Reads what waits for a fix, from the three ways in."""

MOST_COUNTED = 1_001
PLACES = 10

WAITING = f"""
    (SELECT 'import' AS place, id, file_name AS name, rejected_count AS count, imported_at AS since
     FROM ingest_importbatch WHERE state = 'imported' AND rejected_count > 0 ORDER BY created_at DESC, id LIMIT {PLACES})
    UNION ALL
    (SELECT 'connector', connector.id, connector.name, run.rejected_count, run.finished_at
     FROM connectors_connector connector
     JOIN LATERAL (SELECT rejected_count, finished_at FROM connectors_syncrun one WHERE connector_id = connector.id AND rejected_count > 0
                   AND NOT EXISTS (SELECT FROM connectors_syncrun later WHERE later.connector_id = connector.id AND later.started_at > one.started_at
                                   AND later.from_start AND later.state = 'done')
                   ORDER BY started_at DESC LIMIT 1) run ON true
     ORDER BY run.finished_at DESC, connector.id LIMIT {PLACES})
    UNION ALL
    (SELECT 'events', source.id, source.name, held.count, held.since
     FROM events_source source
     JOIN LATERAL (SELECT count(*) AS count, max(received_at) AS since FROM (
         SELECT received_at FROM events_rejectedevent WHERE state = 'waiting' AND source_id = source.id LIMIT {MOST_COUNTED}) one) held
       ON held.count > 0
     ORDER BY held.since DESC, source.id LIMIT {PLACES})
    ORDER BY since DESC NULLS LAST
"""  # noqa: S608
