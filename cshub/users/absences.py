"""Says who is away and who covers: the work of the one shows in the inbox of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cshub.audit import services as audit
from cshub.db import sql
from cshub.kernel.refusal import Refused
from cshub.users.models import Absence, User

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

# Whoever covers may be away too: the chain of covers in the days asked about, from the first on.
_CHAIN = """
    WITH RECURSIVE chain AS (
        SELECT %(cover)s::uuid AS person, %(starts_on)s::date AS starts_on, %(ends_on)s::date AS ends_on
        UNION
        SELECT away.cover_id, greatest(away.starts_on, chain.starts_on), least(away.ends_on, chain.ends_on)
        FROM chain JOIN users_absence away ON away.user_id = chain.person AND away.starts_on < chain.ends_on AND away.ends_on > chain.starts_on
    )
    SELECT EXISTS (SELECT FROM chain WHERE person = %(user)s)
"""
# The way down the same chains on one day: who is away hands on what they cover. UNION ends it even where a chain were to close.
_COVERED = """
    WITH RECURSIVE covered AS (
        SELECT user_id FROM users_absence WHERE cover_id = %(user)s AND starts_on <= %(on)s AND ends_on > %(on)s
        UNION
        SELECT away.user_id FROM covered JOIN users_absence away ON away.cover_id = covered.user_id AND away.starts_on <= %(on)s AND away.ends_on > %(on)s
    )
    SELECT user_id FROM covered WHERE user_id <> %(user)s ORDER BY user_id
"""


class CannotBeAway(Refused):
    """The absence, or who covers it, cannot be like this."""

    code = "cannot_be_away"


@transaction.atomic
def record_absence(
    user: User, *, starts_on: date, ends_on: date, cover: User, by: User | None, as_of: datetime
) -> Absence:
    """`user` is away in [starts_on, ends_on) and `cover` sees their work. Raises CannotBeAway."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=[user.pk, cover.pk]).order_by("pk"))
    _check(user, starts_on, ends_on, cover, as_of=as_of)
    absence = Absence.objects.create(user=user, starts_on=starts_on, ends_on=ends_on, cover=cover, recorded_at=as_of)
    after = {"starts_on": starts_on, "ends_on": ends_on, "cover": str(cover.pk)}
    audit.record("absence.recorded", target=user, by=by, at=as_of, after=after)
    return absence


@transaction.atomic
def remove_absence(absence: Absence, *, by: User | None, as_of: datetime) -> None:
    """They are not away after all, or are back."""
    before = {"starts_on": absence.starts_on, "ends_on": absence.ends_on, "cover": str(absence.cover_id)}
    user = absence.user
    absence.delete()
    audit.record("absence.removed", target=user, by=by, at=as_of, before=before)


def covered_by(user: User, *, on: date) -> list[UUID]:
    """Whose work this person sees beside their own on that day: of those they cover for, and of those whom these would cover for. One query."""
    return [person for (person,) in sql.rows(_COVERED, {"user": user.pk, "on": on})]


def _check(user: User, starts_on: date, ends_on: date, cover: User, *, as_of: datetime) -> None:
    if ends_on <= starts_on:
        raise CannotBeAway(_("The day back is not after the first day away. Give a later one."), field="ends_on")
    if ends_on <= as_of.date():
        raise CannotBeAway(_("These days are over. Give days to come."), field="ends_on")
    if cover.pk == user.pk or not cover.is_active:
        raise CannotBeAway(_("Choose somebody else who works here to cover."), field="cover")
    if Absence.objects.filter(user=user, starts_on__lt=ends_on, ends_on__gt=starts_on).exists():
        raise CannotBeAway(_("These days overlap with another absence. Change one of them."), field="starts_on")
    given = {"user": user.pk, "cover": cover.pk, "starts_on": starts_on, "ends_on": ends_on}
    if sql.rows(_CHAIN, given)[0][0]:
        raise CannotBeAway(
            _("%(cover)s is away then, and you cover for them in the end. Choose somebody else.") % {"cover": cover},
            field="cover",
        )
