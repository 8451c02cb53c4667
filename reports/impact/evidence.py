"""What a record says when it is cited: its content in canonical form, and the hash of it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.models import (
    AccountMerge,
    Attachment,
    Consent,
    Interaction,
    Order,
    RenewalDecision,
    RoleChange,
    StageChange,
    SurveyResponse,
    Ticket,
)
from cshub.kernel.refusal import Refused
from playbooks.models import Task


class NotEvidence(Refused):
    """A record of this kind shows nothing."""

    code = "not_evidence"


@dataclass(frozen=True)
class Captured:
    """A record as it was when it was cited. `content` is JSON; `content_hash` its SHA-256 in canonical form."""

    object_type: str
    account_id: UUID
    label: str
    content: dict[str, Any]
    content_hash: str


def capture(record: Model) -> Captured:
    """The record's content now. Raises NotEvidence for kinds that show nothing."""
    try:
        object_type, read = READERS[type(record)]
    except KeyError:
        raise NotEvidence(
            _(
                "Cite an entry of the timeline, a completed task, a survey answer, a ticket, an order, a renewal decision or a file."
            ),
            field="record",
        ) from None
    account_id, label, content = read(record)
    return Captured(object_type, account_id, label[:300], content, content_digest(content))


def content_digest(content: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a record's content, in hex."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _interaction(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    content = {
        name: str(getattr(row, name))
        for name in ("channel", "direction", "mode", "minutes", "subject", "body", "occurred_at")
    }
    return row.account_id, f"{row.get_channel_display()}: {row.subject}", content


def _task(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    if row.state != Task.State.DONE:
        raise NotEvidence(_("Only a completed task shows something."), field="record")
    content = {name: str(getattr(row, name)) for name in ("title", "result", "minutes", "note", "completed_at")}
    return row.account_id, row.title, content


def _response(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    content = {name: str(getattr(row, name)) for name in ("kind", "score", "verbatim", "occurred_at")}
    return row.account_id, f"{row.get_kind_display()} {row.score}", content


def _decision(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    content = {name: str(getattr(row, name)) for name in ("decision", "arr_renewed", "decided_on", "source_ref")}
    return row.renewal.account_id, f"{row.get_decision_display()} {row.decided_on}", content


def _stage(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    content = {name: str(getattr(row, name)) for name in ("from_stage", "to_stage", "occurred_at", "reason")}
    return row.account_id, _("Stage: %(stage)s") % {"stage": row.get_to_stage_display()}, content


def _role(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    content = {name: str(getattr(row, name)) for name in ("from_role", "to_role", "occurred_on")}
    words = {"person": row.contact.name, "role": row.get_to_role_display()}
    label = _("%(person)s: %(role)s") if row.to_role else _("%(person)s left")
    return row.contact.account_id, label % words, content | {"contact": row.contact.name}


def _consent(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    content = {name: str(getattr(row, name)) for name in ("channel", "state", "source", "occurred_at")}
    words = {"person": row.contact.name, "channel": row.get_channel_display(), "state": row.get_state_display()}
    return (
        row.contact.account_id,
        _("%(person)s: %(channel)s, %(state)s") % words,
        content | {"contact": row.contact.name},
    )


def _merge(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    content = {
        name: str(getattr(row, name)) for name in ("kind", "survivor_id", "absorbed_id", "occurred_on", "reason")
    }
    return row.survivor_id, f"{row.get_kind_display()}: {row.absorbed.name}", content


def _attachment(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    if row.removed_at is not None:
        raise NotEvidence(_("This file was removed. Only what is kept shows something."), field="record")
    content = {name: str(getattr(row, name)) for name in ("file_name", "content_type", "size", "digest", "recorded_at")}
    return row.account_id, row.file_name, content


def _ticket(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    content = {
        name: str(getattr(row, name))
        for name in ("external_id", "subject", "status", "priority", "opened_at", "first_replied_at", "resolved_at")
    }
    return row.account_id, _("Ticket: %(subject)s") % {"subject": row}, content | {"satisfaction": row.satisfaction}


def _order(row: Any) -> tuple[UUID, str, dict[str, Any]]:
    content = {name: str(getattr(row, name)) for name in ("external_id", "ordered_on", "amount", "currency", "status")}
    return row.account_id, _("Order %(number)s") % {"number": row.external_id}, content


Reader = Callable[[Any], tuple[UUID, str, dict[str, Any]]]
READERS: dict[type[Model], tuple[str, Reader]] = {
    Interaction: ("interaction", _interaction),
    Task: ("task", _task),
    SurveyResponse: ("survey_response", _response),
    RenewalDecision: ("renewal_decision", _decision),
    StageChange: ("stage_change", _stage),
    RoleChange: ("role_change", _role),
    Consent: ("consent", _consent),
    AccountMerge: ("account_merge", _merge),
    Attachment: ("attachment", _attachment),
    Ticket: ("ticket", _ticket),
    Order: ("order", _order),
}
CITABLE: dict[str, type[Model]] = {name: model for model, (name, _read) in READERS.items()}
