"""Each invariant is silent on sound data and speaks when one row breaks it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from playbooks import services
from playbooks.invariants import INVARIANTS
from playbooks.models import Enrollment, PlaybookVersion, Run, Task
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("acme")


def broken() -> list[str]:
    return [each.name for each in INVARIANTS if each.violations()]


def spoiled_draw(enrollment: Enrollment) -> None:
    twin = Enrollment.objects.get(pk=enrollment.pk)
    twin.pk, twin._state.adding, twin.window_key = None, True, "another window"
    twin.save(force_insert=True)


def run_of_held_out(enrollment: Enrollment) -> None:
    twin = Enrollment.objects.get(pk=enrollment.pk)
    twin.pk, twin._state.adding, twin.window_key, twin.arm = None, True, "another window", "held_out"
    twin.save(force_insert=True)
    Run.objects.create(enrollment=twin, started_at=MORNING)


def early_task(enrollment: Enrollment) -> None:
    Task.objects.update(created_at=MORNING - timedelta(days=1))


def changed_version(enrollment: Enrollment) -> None:
    PlaybookVersion.objects.update(goal="Another goal")


def own_approval(enrollment: Enrollment) -> None:
    PlaybookVersion.objects.update(author=make.grace())


def early_enrollment(enrollment: Enrollment) -> None:
    version = make.submitted()
    twin = Enrollment.objects.get(pk=enrollment.pk)
    twin.pk, twin._state.adding, twin.version, twin.window_key = None, True, version, "another window"
    twin.save(force_insert=True)


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (early_task, "An arm is written before the first step"),
        (spoiled_draw, "Every arm is the one the salted hash gives"),
        (run_of_held_out, "No run belongs to a held-out account"),
        (own_approval, "Nobody decided about their own version"),
        (changed_version, "Every version that runs says what was approved"),
        (early_enrollment, "Nobody was enrolled before the approval"),
    ],
)
def test_it_speaks_when_a_row_breaks_it(spoil: Callable[[Enrollment], None], name: str) -> None:
    make.due_account()
    make.active(holdout_share="0")
    services.enroll_due(as_of=MORNING)
    services.follow_runs(as_of=MORNING)
    assert broken() == []
    spoil(Enrollment.objects.get())
    assert name in broken()
