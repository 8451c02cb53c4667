"""Many changed accounts whose ids stand side by side are read together, and get the verdicts they would get alone."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import Account
from accounts.services import changed
from health.models import AccountHealth
from health.services import score_accounts
from tests.health import make
from tests.health.test_assignment import EU, answering, scoped

pytestmark = pytest.mark.usefixtures("acme")
NOW = make.AS_OF


@pytest.mark.parametrize("scopes", [[], [EU]])
def test_many_accounts_side_by_side_get_the_verdicts_they_would_get_alone(scopes, monkeypatch):
    make.active_version()
    for rule in scopes:
        scoped(rule, place=2)
    accounts = [answering(number % 11, region="EU" if number % 3 else "US") for number in range(9)]
    score_accounts(as_of=NOW - timedelta(days=1))
    for account in accounts:
        make.answered(account, 7, at=NOW - timedelta(hours=1))
    Account.objects.filter(pk=accounts[2].pk).update(status="prospect")
    named = [account.pk for account in accounts[1:6]]
    with transaction.atomic():
        alone = score_accounts(as_of=NOW, account_ids=named)
        expected = list(AccountHealth.objects.order_by("pk").values())
        transaction.set_rollback(True)
    monkeypatch.setattr(changed, "AT_ONCE", 4)

    together = score_accounts(as_of=NOW, account_ids=named)

    assert list(AccountHealth.objects.order_by("pk").values()) == expected
    assert accounts[2].pk not in {row["account_id"] for row in expected}
    assert {row["account_id"] for row in expected if row["scored_at"] == NOW} == {*named} - {accounts[2].pk}
    assert (together.scored_count, together.changed_count) == (alone.scored_count, alone.changed_count) == (4, 4)
