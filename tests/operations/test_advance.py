"""`advance` takes one turn of the pipeline for one tenant; a second turn finds nothing left to do."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cshub.operations.management.commands.advance import moment
from cshub.pipeline import advance
from cshub.tenancy.models import Tenant
from playbooks.models import Enrollment, Task
from tests.accounts import make as facts
from tests.playbooks import make

AS_OF = make.MORNING


def some_work() -> None:
    """Three accounts whose terms end, one of them decided; a playbook that meets such accounts."""
    for _ in range(3):
        make.due_account()
    facts.decision(facts.renewal(facts.contract(ends_on=AS_OF.date())), recorded_at=AS_OF)
    make.active()


def turn(*arguments: str) -> dict[str, int]:
    """The counts that the command prints."""
    printed = StringIO()
    call_command("advance", "--schema", "acme", *arguments, stdout=printed)
    return {
        name: int(count)
        for name, colon, count in (line.partition(": ") for line in printed.getvalue().splitlines())
        if colon
    }


def test_it_goes_from_facts_to_tasks_and_outcomes(acme: Tenant) -> None:
    some_work()
    first = turn("--as-of", AS_OF.isoformat())
    assert first["scored"] == 4
    assert (first["treated"], first["held_out"], first["tasks"], first["outcomes"]) == (3, 0, 3, 1)
    assert Enrollment.objects.count() == Task.objects.count() == 3


def test_the_second_turn_finds_nothing_left_to_do(acme: Tenant) -> None:
    some_work()
    turn("--as-of", AS_OF.isoformat())
    again = turn("--as-of", AS_OF.isoformat())
    assert again.pop("scored") == 4  # looked at again, and found unchanged
    assert set(again.values()) == {0}


def test_a_turn_stopped_half_way_is_finished_by_the_next(acme: Tenant) -> None:
    some_work()

    def killed_at(step: str) -> None:
        if step == "impact":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance(as_of=AS_OF, progress=killed_at)
    rest = turn("--as-of", AS_OF.isoformat())
    assert (rest["treated"], rest["tasks"], rest["outcomes"]) == (0, 0, 1)


def test_it_says_what_it_does(acme: Tenant) -> None:
    printed = StringIO()
    call_command("advance", "--schema", "acme", "--as-of", "2026-11-23", stdout=printed)
    assert printed.getvalue().splitlines()[:6] == [
        "renewals …", "health …", "value …", "segments …", "playbooks …", "impact …",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-31", "2026-03-31T00:00:00+00:00"),
        ("2026-03-31T09:00:00Z", "2026-03-31T09:00:00+00:00"),
        ("2026-03-31T09:00:00+02:00", "2026-03-31T09:00:00+02:00"),
    ],
)
def test_a_moment_without_a_zone_is_utc(text: str, meant: str) -> None:
    assert moment(text).isoformat() == meant


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "31.03.2026", "", "9" * 400])
def test_what_is_no_moment_is_said_with_the_remedy(acme: Tenant, text: str) -> None:
    with pytest.raises(CommandError, match="is no moment. Write it like 2026-03-31"):
        turn("--as-of", text)


def test_an_unknown_tenant_ends_it_with_those_there_are(acme: Tenant) -> None:
    with pytest.raises(CommandError, match="no active tenant with the schema initech. Known: acme, globex"):
        call_command("advance", "--schema", "initech")
