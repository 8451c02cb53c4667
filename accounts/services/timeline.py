"""Records what happened between us and an account, and what people there said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Interaction, SurveyResponse
from accounts.services.changed import note_changed
from accounts.services.merging import refuse_merged
from accounts.services.refusals import ExternalIdTaken, WrongPerson
from cshub.audit import services as audit

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Account, Contact
    from cshub.users.models import User

SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}


@transaction.atomic
def record_interaction(  # noqa: PLR0913
    *,
    account: Account,
    channel: str,
    direction: str,
    mode: str,
    minutes: int,
    subject: str,
    body: str = "",
    user: User | None = None,
    contact: Contact | None = None,
    external_id: str | None = None,
    occurred_at: datetime,
    by: User | None,
    as_of: datetime,
) -> Interaction:
    """Write down a call, mail, meeting or note with its minutes. It is never changed afterwards, so that it can be cited.

    Raises WrongPerson when the contact is at another account, UnknownAccount for an account that was merged away, ExternalIdTaken, or ValidationError by field.
    """
    refuse_merged(account)
    _check_contact(contact, account)
    interaction = Interaction(
        account=account, channel=channel, direction=direction, mode=mode, minutes=minutes, subject=subject, body=body, user=user,
        contact=contact, external_id=external_id, occurred_at=occurred_at, recorded_at=as_of,
    )  # fmt: skip
    _check(interaction, as_of=as_of)
    interaction.save(force_insert=True)
    after = audit.snapshot(interaction, ["channel", "direction", "mode", "minutes", "subject"]) | {
        "account": str(account.pk)
    }
    audit.record("interaction.recorded", target=interaction, by=by, at=as_of, after=after)
    note_changed([account.pk], as_of=as_of)
    return interaction


@transaction.atomic
def record_survey_response(  # noqa: PLR0913
    *,
    account: Account,
    kind: str,
    score: int,
    occurred_at: datetime,
    verbatim: str = "",
    contact: Contact | None = None,
    external_id: str | None = None,
    by: User | None,
    as_of: datetime,
) -> SurveyResponse:
    """Write down an answer: NPS 0–10, CSAT 1–5, CES 1–7. Raises WrongPerson, ExternalIdTaken, or ValidationError by field."""
    refuse_merged(account)
    _check_contact(contact, account)
    response = SurveyResponse(
        account=account,
        kind=kind,
        score=score,
        verbatim=verbatim,
        contact=contact,
        external_id=external_id,
        occurred_at=occurred_at,
        recorded_at=as_of,
    )
    _check(response, as_of=as_of)
    low, high = SCALES[kind]
    if not low <= score <= high:
        raise ValidationError(
            {
                "score": _("A %(kind)s score runs from %(low)s to %(high)s.")
                % {"kind": kind.upper(), "low": low, "high": high}
            }
        )
    response.save(force_insert=True)
    after = audit.snapshot(response, ["kind", "score"]) | {"account": str(account.pk)}
    audit.record("survey_response.recorded", target=response, by=by, at=as_of, after=after)
    note_changed([account.pk], as_of=as_of)
    return response


def _check_contact(contact: Contact | None, account: Account) -> None:
    if contact is not None and contact.account_id != account.pk:
        raise WrongPerson(
            _("%(person)s is not at %(account)s. Choose a contact of this account.")
            % {"person": contact, "account": account},
            field="contact",
        )


def _check(row: Interaction | SurveyResponse, *, as_of: datetime) -> None:
    row.clean_fields(exclude={"account", "contact", "user"})
    if row.occurred_at > as_of:
        raise ValidationError({"occurred_at": _("This lies in the future. Write down what has happened.")})
    if row.external_id is not None and type(row).objects.filter(external_id=row.external_id).exists():
        raise ExternalIdTaken(
            _("The external ID “%(value)s” was recorded before. Use a new one.") % {"value": row.external_id},
            field="external_id",
        )
