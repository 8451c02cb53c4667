"""The verbs of connectors: set up, tried out, switched, read."""

from accounts.ingest.connectors.services.refusals import CannotConnect
from accounts.ingest.connectors.services.setting_up import (
    DOORBELL,
    create_connector,
    remove_connector,
    revise_connector,
    switch_connector,
)
from accounts.ingest.connectors.services.syncing import order_sync, sync, sync_due, try_connector

__all__ = [
    "DOORBELL",
    "CannotConnect",
    "create_connector",
    "order_sync",
    "remove_connector",
    "revise_connector",
    "switch_connector",
    "sync",
    "sync_due",
    "try_connector",
]
