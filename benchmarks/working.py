"""Counts events, or scores accounts whose facts changed, in a process of its own until its input is closed: python benchmarks/working.py SCHEMA count|score"""

import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
PAUSE = 0.05  # seconds, when there is nothing to do


def main() -> None:
    import django

    django.setup()
    from accounts.ingest.events.services import fold_waiting
    from cshub import pipeline
    from cshub.tenancy.context import schema_context

    ended, (schema, work) = threading.Event(), sys.argv[1:]
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with schema_context(schema):
        while not ended.is_set():
            did = (
                fold_waiting(clock=clock, most=1).requests
                if work == "count"
                else pipeline.follow_changes(as_of=clock())
            )
            if not did:
                time.sleep(PAUSE)


def clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251


if __name__ == "__main__":
    main()
