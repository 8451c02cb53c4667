"""The mail about changes of health, made when it leaves: in the reader's language, of accounts they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from cshub.l10n import formats, preferences
from cshub.users.models import User
from cshub.work.mail import NobodyToSendTo
from health.mailing.services import Every, chosen, stop_token
from health.mailing.statements import changes
from health.models import Band
from health.queries.lists import Said, reasons_of

if TYPE_CHECKING:
    from decimal import Decimal

SHOWN = 30
RANK = {Band.RISK: 0, Band.WATCH: 1, Band.GOOD: 2}


@dataclass(frozen=True)
class Change:
    """An account in another band than before, with the reason in words and its page. `owner` is empty where it is the reader's own."""

    name: str
    owner: str
    before: str
    after: str
    score: Decimal | None
    was_score: Decimal | None
    reason: str
    arr: Decimal | None
    currency: str | None
    url: str


@dataclass(frozen=True)
class Part:
    """Those that fell, rose, or became unknown or known; `count` of them, of which the largest are in `rows`."""

    title: str
    count: int
    rows: tuple[Change, ...]

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


def changes_mail(payload: dict[str, str]) -> EmailMultiAlternatives:
    """The mail for {"user", "since", "until", "site"}, moments in ISO form. Raises NobodyToSendTo where nothing is left to tell."""
    reader = User.objects.active().filter(pk=payload["user"]).first()
    if reader is None or chosen(reader) == Every.NEVER:
        raise NobodyToSendTo("Nobody active with this id wants to be told.")
    since, until = (datetime.fromisoformat(payload[name]) for name in ("since", "until"))
    with (
        translation.override(reader.language or None),
        preferences.using(calendar=reader.calendar, digits=reader.digits),
    ):
        rows = _visible(changes(reader.pk, since=since, until=until), reader)
        if not rows:
            raise NobodyToSendTo("No account of this book is in another band any more.")
        stop = payload["site"] + reverse("health_mails_stop", args=[stop_token(reader.pk)])
        context = {
            "reader": reader,
            "parts": _parts(rows, payload["site"]),
            "since": since,
            "portfolio": f"{payload['site']}{reverse('portfolio')}?owner={reader.pk}&since={since.date().isoformat()}",
            "choice": payload["site"] + reverse("health_mails"),
            "stop": stop,
            "direction": "rtl" if preferences.language() in preferences.RIGHT_TO_LEFT else "ltr",
            "language": preferences.language(),
        }
        message = EmailMultiAlternatives(
            subject=_subject(len(rows)),
            body=render_to_string("emails/health_changes.txt", context),
            to=[reader.email],
            headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )
        message.attach_alternative(render_to_string("emails/health_changes.html", context), "text/html")
    return message


def _visible(rows: list[Any], reader: User) -> list[Any]:
    seen = set(Account.objects.visible_to(reader).filter(pk__in=[row.id for row in rows]).values_list("pk", flat=True))
    return [row for row in rows if row.id in seen]


def _subject(count: int) -> str:
    words = ngettext("Health of %(count)s account changed", "Health of %(count)s accounts changed", count)
    return words % {"count": formats.number(count)}


def _parts(rows: list[Any], site: str) -> tuple[Part, ...]:
    titles = ((-1, _("Fell")), (1, _("Rose")), (0, _("Unknown, or known again")))
    parts = []
    for direction, title in titles:
        found = [row for row in rows if _direction(row) == direction]
        shown = found[:SHOWN]
        if found:
            words = reasons_of([Said(row.version_id, row.reason, row.raw, row.override_id) for row in shown])
            parts.append(Part(title, len(found), tuple(_change(row, why, site) for row, why in zip(shown, words, strict=True))))  # fmt: skip
    return tuple(parts)


def _direction(row: Any) -> int:
    before, after = RANK.get(row.was_band), RANK.get(row.band)
    return 0 if before is None or after is None else 1 if after > before else -1


def _change(row: Any, reason: str, site: str) -> Change:
    account: UUID = row.id
    return Change(
        name=row.name,
        owner=row.owner or "",
        before=str(Band(row.was_band).label),
        after=str(Band(row.band).label),
        score=row.score,
        was_score=row.was_score,
        reason=reason,
        arr=row.arr,
        currency=row.currency,
        url=site + reverse("account", args=[account]),
    )
