"""Has people told by mail which accounts of their book changed band, as often as they want to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import signing
from django.db import transaction

from cshub.audit.services import record
from cshub.tenancy.signing import TenantSigner
from cshub.users.models import User
from cshub.work import services as work
from cshub.work.sql import take_turn
from health.engine.mornings import due_since, told_from
from health.mailing.statements import with_changes
from health.models import HealthMailing

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

Every = HealthMailing.Every


@transaction.atomic
def tell_changes(*, site: str, as_of: datetime) -> int:
    """Queue a mail for everybody whose morning has come and whose book changed; how many. Repeating it tells nobody twice.

    `site` is https://host. What a mail says is found when it leaves, so that it goes to nobody who may not see it by then.
    """
    if not take_turn("health_mails", "all"):
        return 0
    since = _due(as_of)
    readers = with_changes(since, until=as_of)
    HealthMailing.objects.bulk_create(
        [HealthMailing(user_id=reader, told_until=as_of) for reader in since],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["told_until"],
    )
    work.put_all(
        "health_mail",
        {
            f"health:{reader}:{as_of:%Y%m%d%H%M%S}": {
                "user": str(reader),
                "since": since[reader].isoformat(),
                "until": as_of.isoformat(),
                "site": site,
            }
            for reader in readers
        },
        due_at=as_of,
    )
    return len(readers)


@transaction.atomic
def choose(user: User, *, every: str, by: User | None, as_of: datetime) -> HealthMailing:
    """Say how often a person is told. `by` is nobody where a link of the mail was followed."""
    found, _made = HealthMailing.objects.select_for_update().get_or_create(user=user)
    before, found.every = found.every, Every(every)
    if found.told_until is None or before == Every.NEVER:
        found.told_until = as_of  # what happened while nobody wanted to know is no news
    found.save(update_fields=["every", "told_until"])
    if before != every:
        record("health_mail.chosen", target=user, by=by, at=as_of, before={"every": before}, after={"every": every})
    return found


def chosen(user: User) -> str:
    """How often a person is told. One query."""
    found = HealthMailing.objects.filter(user=user).first()
    return found.every if found else Every.DAY.value


def stop_token(user_id: UUID) -> str:
    """What a link of the mail carries so that it can end these mails without signing in. It ends nothing else and never expires."""
    return TenantSigner("health_mails").sign(str(user_id))


def reader_of(token: str) -> User | None:
    """Whose mails the link ends; None where it is none of ours."""
    try:
        return User.objects.filter(pk=TenantSigner("health_mails").unsign(token)).first()
    except signing.BadSignature:
        return None


def _due(as_of: datetime) -> dict[UUID, datetime]:
    """From when on to tell each person whose morning has come. One query."""
    people = User.objects.active().values_list("pk", "timezone", "health_mailing__every", "health_mailing__told_until")
    found = {}
    for user, zone, every, told_until in people:
        wanted = every or Every.DAY.value
        if wanted != Every.NEVER:
            since = told_from(wanted, told_until, due_since(wanted, zone, as_of))
            if since is not None:
                found[user] = since
    return found
