"""The verbs of events: open and close sources, receive requests, work them off, and settle what waits."""

from accounts.ingest.events.policy import Policy, policy
from accounts.ingest.events.services.folding import (
    Turn,
    fold_slice,
    fold_waiting,
    is_behind,
    look_again_at,
    release_named,
)
from accounts.ingest.events.services.quarantine import dismiss, replay, retry_batch
from accounts.ingest.events.services.receiving import Refusal, receive
from accounts.ingest.events.services.retention import change_policy
from accounts.ingest.events.services.sources import create_source, revise_source, rotate_key, switch_source
from accounts.ingest.events.services.tidying import tidy

__all__ = [
    "Policy",
    "Refusal",
    "Turn",
    "change_policy",
    "create_source",
    "dismiss",
    "fold_slice",
    "fold_waiting",
    "is_behind",
    "look_again_at",
    "policy",
    "receive",
    "release_named",
    "replay",
    "retry_batch",
    "revise_source",
    "rotate_key",
    "switch_source",
    "tidy",
]
