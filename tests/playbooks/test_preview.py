"""Before a version runs, its author and its approver learn whose comparison it would blur."""

from decimal import Decimal

import pytest

from playbooks import queries, services
from playbooks.models import Enrollment
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("acme")


def test_it_counts_the_accounts_that_another_running_playbook_holds_out() -> None:
    make.active(holdout_share=Decimal("0.8"))
    for _each in range(12):
        make.due_account()
    services.enroll_due(as_of=MORNING)
    held_out = Enrollment.objects.held_out().count()

    assert held_out
    assert queries.preview(make.draft(), as_of=MORNING).held_elsewhere_count == held_out


def test_its_own_playbook_is_no_other() -> None:
    version = make.active(holdout_share=Decimal("0.8"))
    for _each in range(12):
        make.due_account()
    services.enroll_due(as_of=MORNING)
    again = services.draft_version(version.playbook, by=make.ada(), as_of=MORNING)

    assert queries.preview(again, as_of=MORNING).held_elsewhere_count == 0
