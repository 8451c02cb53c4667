"""The environment variables the product knows, each listed once; read before Django starts."""

import difflib
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

# name: default. .env.example documents each; a house test compares the two.
VARIABLES = {
    "CSHUB_DATA_DIR": "var",  # all that the embedded default keeps
    "CSHUB_PORT": "8000",  # port of the demo
    "CSHUB_BIND": "127.0.0.1",  # address the web server listens on
    "CSHUB_HOSTS": ".localhost,localhost,127.0.0.1",  # host names served
    "CSHUB_DEBUG": "",  # 1 shows traces; never on a server
    "CSHUB_HTTPS": "",  # 1 behind TLS: secure cookies, HSTS, redirects
    "CSHUB_BROKER_URL": "",  # Redis, Valkey or RabbitMQ; empty: the embedded one
    "CSHUB_EMAIL_URL": "",  # smtp://user:password@host:587; empty: kept in a folder
    "CSHUB_FROM_EMAIL": "cshub <no-reply@localhost>",  # sender of mails
    "CSHUB_APP_DATABASE_URL": "",  # the application's login; empty: derived from DATABASE_URL
    "CSHUB_PRIVATE_HOSTS": "",  # hosts inside this network that connectors may reach, separated by commas
    "CSHUB_POOL_SIZE": "8",  # database connections per process
    "CSHUB_ATTACHMENT_MB": "20",  # largest file that is kept with an account
    "CSHUB_PG_BINDIR": "",  # PostgreSQL binaries for the embedded default
    "CSHUB_NO_BOOTSTRAP": "",  # 1: use the running Python as it is
    "CSHUB_BROWSER": "",  # browser for the browser tests; empty: found or fetched
    "CSHUB_TEST_WORKERS": "",  # parallel test processes; empty: one per core
}


def environment() -> dict[str, str]:
    """The CSHUB_* variables with their defaults; an unknown one stops the start with its nearest known name."""
    for name in os.environ:
        if name.startswith("CSHUB_") and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.0)[0]
            raise ImproperlyConfigured(
                f"Unknown setting {name}. Did you mean {near}? All settings stand in .env.example."
            )
    return {name: os.environ.get(name) or default for name, default in VARIABLES.items()}


def data_dir() -> Path:
    """The folder of all that the embedded default keeps; a relative CSHUB_DATA_DIR counts from the checkout."""
    return (BASE_DIR / environment()["CSHUB_DATA_DIR"]).resolve()
