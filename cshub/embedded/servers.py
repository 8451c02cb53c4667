"""The servers that the environment does not name are embedded ones, for as long as a command runs."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from cshub.embedded.postgres import EmbeddedPostgres
from cshub.embedded.server import SharedServer
from cshub.embedded.valkey import EmbeddedValkey
from cshub.environment import data_dir


@contextmanager
def needed_servers(*, announce: Callable[[str], None]) -> Iterator[list[SharedServer]]:
    """Start what DATABASE_URL and CSHUB_BROKER_URL do not name, set these variables, and stop it at the end if nobody else uses it."""
    missing: dict[str, SharedServer] = {}
    if not os.environ.get("DATABASE_URL"):
        missing["DATABASE_URL"] = EmbeddedPostgres(data_dir() / "postgres")
    if not os.environ.get("CSHUB_BROKER_URL") and os.name != "nt":  # there is no embedded broker for Windows
        missing["CSHUB_BROKER_URL"] = EmbeddedValkey(data_dir() / "broker")
    with ExitStack() as stack:
        for variable, server in missing.items():
            server.start(announce=announce)
            stack.callback(server.stop)
            stack.callback(os.environ.pop, variable, None)
            os.environ[variable] = server.url
        yield list(missing.values())
