"""Four eyes: somebody other than its author decides about a version, once, and on exactly what was submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django.utils import formats
from django.utils.translation import gettext as _

from cshub.kernel.refusal import Refused

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from cshub.users.models import User


class CannotDecide(Refused):
    """The decision cannot be taken."""

    code = "cannot_decide"


class OwnWork(CannotDecide):
    """Nobody decides about their own version, not even the only administrator."""

    code = "own_work"


class AlreadyApproved(CannotDecide):
    """There is an approval, and one is enough."""

    code = "already_approved"


class NotSubmitted(CannotDecide):
    """Nobody asked for a decision."""

    code = "not_submitted"


class ContentChanged(CannotDecide):
    """What would be approved is not what was submitted, or not what was looked at."""

    code = "content_changed"


class ReasonMissing(CannotDecide):
    """The author has to learn what to change."""

    code = "reason_missing"


class Version(Protocol):
    """What is decided about."""

    number: int

    @property
    def author_id(self) -> UUID | None: ...

    def get_state_display(self) -> str: ...


def check_decidable(
    version: Version, decisions: QuerySet[Any], *, by: User, submitted_hash: str | None, hash_now: str
) -> None:
    """Refuse a decision that `by` may not take about a version that is locked.

    `decisions` are those about it so far, with `decision`, `decided_by` and `decided_at`; `submitted_hash` is the hash of what was
    submitted, None where nothing is. Raises OwnWork, AlreadyApproved, NotSubmitted, ContentChanged, in this order.
    """
    if version.author_id == by.pk:
        raise OwnWork(_("You wrote this version, so somebody else has to decide about it."))
    approval = decisions.filter(decision="approved").select_related("decided_by").first()
    if approval is not None:
        raise AlreadyApproved(
            _("%(name)s approved this version on %(date)s.")
            % {"name": approval.decided_by, "date": formats.date_format(approval.decided_at)}
        )
    if submitted_hash is None:
        raise NotSubmitted(
            _("Version %(number)s is %(state)s; only a submitted version can be decided about.")
            % {"number": version.number, "state": version.get_state_display().lower()}
        )
    if submitted_hash != hash_now:
        raise ContentChanged(_("This version was changed after it was submitted. Let its author submit it again."))


def what_to_change(note: str) -> str:
    """The note of a return, trimmed. Raises ReasonMissing."""
    if not note.strip():
        raise ReasonMissing(_("Write what the author should change."), field="note")
    return note.strip()
