"""Sets up connectors: what they read, how often, and who may know their secret (nobody but they)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.ingest.connectors.adapters import ADAPTERS
from accounts.ingest.connectors.adapters.adapter import CHOICE, LONG, WHOLE, YES_NO, Option
from accounts.ingest.connectors.models import Connector
from accounts.ingest.connectors.services.refusals import CannotConnect
from accounts.ingest.kinds import KINDS
from cshub.audit import services as audit
from cshub.tenancy import due
from cshub.tenancy.sealing import seal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from accounts.ingest.connectors.adapters.adapter import Adapter
    from cshub.users.models import User

PURPOSE = "connectors"
DOORBELL = "connectors"
AUDITED = ("name", "adapter", "brings", "options", "mapping", "every_minutes", "is_active")


@transaction.atomic
def create_connector(  # noqa: PLR0913  # what a person says about a source
    *,
    name: str,
    adapter: str,
    brings: str = "",
    options: Mapping[str, Any],
    secret: str = "",
    mapping: Mapping[str, str] | None = None,
    every_minutes: int = 60,
    by: User | None,
    as_of: datetime,
) -> Connector:
    """Set up a source; it is read for the first time at once. Raises CannotConnect naming the field."""
    kind = ADAPTERS[adapter]
    connector = Connector(
        name=_free_name(name),
        adapter=adapter,
        brings=_brought(kind, brings),
        options=_options(kind, options),
        secret=seal(secret, purpose=PURPOSE),
        every_minutes=_interval(every_minutes),
        next_run_at=as_of,
        created_by=by,
        created_at=as_of,
    )
    connector.mapping = _mapping(kind, connector.brings, mapping or {})
    connector.save(force_insert=True)
    due.ring(DOORBELL, due_at=as_of)
    audit.record("connector.created", target=connector, by=by, at=as_of, after=audit.snapshot(connector, AUDITED))
    return connector


@transaction.atomic
def revise_connector(  # noqa: PLR0913  # what a person says about a source
    connector: Connector,
    *,
    name: str,
    options: Mapping[str, Any],
    mapping: Mapping[str, str],
    every_minutes: int,
    secret: str = "",
    by: User | None,
    as_of: datetime,
) -> Connector:
    """Change a source. An empty secret keeps the present one. Where other rows are read now, it is read from the beginning. Raises CannotConnect."""
    held: Connector = Connector.objects.select_for_update().get(pk=connector.pk)
    kind, before = ADAPTERS[held.adapter], audit.snapshot(held, AUDITED)
    given, places = _options(kind, options), _mapping(kind, held.brings, mapping)
    if given != held.options or places != held.mapping:
        held.cursor = {}
    held.name, held.options, held.mapping = _free_name(name, than=held), given, places
    held.every_minutes, held.next_run_at = _interval(every_minutes), as_of if held.is_active else None
    held.failure_count = 0
    if secret:
        held.secret = seal(secret, purpose=PURPOSE)
    held.save(
        update_fields=[
            "name",
            "options",
            "mapping",
            "every_minutes",
            "next_run_at",
            "secret",
            "cursor",
            "failure_count",
        ]
    )
    if held.is_active:
        due.ring(DOORBELL, due_at=as_of)
    after = audit.snapshot(held, AUDITED) | ({"secret": "changed"} if secret else {})
    audit.record("connector.revised", target=held, by=by, at=as_of, before=before, after=after)
    return held


@transaction.atomic
def switch_connector(connector: Connector, *, is_active: bool, by: User | None, as_of: datetime) -> Connector:
    """Switch a source on or off. What was read stays, and it goes on from there."""
    held: Connector = Connector.objects.select_for_update().get(pk=connector.pk)
    if held.is_active != is_active:
        held.is_active, held.next_run_at = is_active, as_of if is_active else None
        held.save(update_fields=["is_active", "next_run_at"])
        verb = "connector.switched_on" if is_active else "connector.switched_off"
        audit.record(verb, target=held, by=by, at=as_of)
    if is_active:
        due.ring(DOORBELL, due_at=as_of)
    return held


@transaction.atomic
def remove_connector(connector: Connector, *, by: User | None, as_of: datetime) -> None:
    """Forget a source with its secret and its log. The facts it brought stay."""
    audit.record("connector.removed", target=connector, by=by, at=as_of, before=audit.snapshot(connector, AUDITED))
    connector.delete()


def _free_name(name: str, than: Connector | None = None) -> str:
    name = name.strip()
    if not name:
        raise CannotConnect(_("Give the connector a name."), field="name")
    if Connector.objects.filter(name=name).exclude(pk__in=[than.pk] if than else []).exists():
        raise CannotConnect(_("There is a connector of this name. Choose another."), field="name")
    return name


def _brought(kind: Adapter, brings: str) -> str:
    possible = [each for each in kind.brings if each in KINDS]
    if not brings and len(possible) == 1:
        return possible[0]
    if brings not in possible:
        raise CannotConnect(_("Say what each row becomes: %(kinds)s.") % {"kinds": ", ".join(possible)}, field="brings")
    return brings


def _interval(minutes: int) -> int:
    if not 1 <= minutes <= 10080:
        raise CannotConnect(_("It can be read every 1 to 10,080 minutes (a week)."), field="every_minutes")
    return minutes


def _mapping(kind: Adapter, brings: str, mapping: Mapping[str, str]) -> dict[str, str]:
    if not kind.takes_mapping:
        return {}
    places = {field: place.strip() for field, place in mapping.items() if place.strip()}
    fields = {field.name: field for field in KINDS[brings].fields}
    if unknown := [field for field in places if field not in fields and not field.startswith("attributes.")]:
        raise CannotConnect(_("There is no field “%(field)s”.") % {"field": unknown[0]}, field="mapping")
    if missing := [field for field in fields.values() if field.needed and field.name not in places]:
        raise CannotConnect(_("Say where “%(field)s” stands in a row.") % {"field": missing[0].label}, field="mapping")
    return places


def _options(kind: Adapter, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options as their adapter reads them. Raises CannotConnect at the first that is wrong."""
    if unknown := sorted(set(given) - {option.name for option in kind.options}):
        raise CannotConnect(_("There is no option “%(name)s”.") % {"name": unknown[0]}, field="options")
    options = {option.name: _read(option, given.get(option.name)) for option in kind.options}
    for name, problem in kind.checked(options).items():
        raise CannotConnect(problem, field=name)
    return options


def _read(option: Option, value: Any) -> Any:
    if value is None or value == "":
        if option.needed:
            raise CannotConnect(_("“%(label)s” is missing.") % {"label": option.label}, field=option.name)
        return option.default
    if option.reads == WHOLE:
        text = str(value)
        if not text.isdecimal() or not option.lowest <= int(text) <= option.highest:
            raise CannotConnect(
                _("“%(label)s” is a whole number from %(lowest)s to %(highest)s.")
                % {"label": option.label, "lowest": option.lowest, "highest": option.highest},
                field=option.name,
            )
        return int(text)
    if option.reads == CHOICE and value not in dict(option.choices):
        raise CannotConnect(
            _("“%(label)s” is one of: %(choices)s.")
            % {"label": option.label, "choices": ", ".join(key for key, _label in option.choices)},
            field=option.name,
        )
    if option.reads == YES_NO:
        return bool(value)
    text = str(value).strip()
    if any(
        ord(sign) < 32 for sign in (text if option.reads != LONG else text.translate({9: None, 10: None, 13: None}))
    ):
        raise CannotConnect(
            _("“%(label)s” contains a control character. Type it anew.") % {"label": option.label}, field=option.name
        )
    return text
