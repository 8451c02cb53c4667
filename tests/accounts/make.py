"""The smallest valid facts, for tests: each function fills in what the test does not care about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.db.models import F

from accounts.models import (
    Account,
    AccountRevenue,
    Contact,
    Contract,
    ContractLine,
    Interaction,
    MetricDefinition,
    Renewal,
    RenewalDecision,
    RevenueMovement,
    SurveyResponse,
    UsageDaily,
)

MORNING = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_numbers = count(1)


def account(**fields: Any) -> Account:
    """An account without a contract."""
    number = next(_numbers)
    return Account.objects.create(**{"external_id": f"account-{number}", "name": f"Account {number}", **fields})


def contract(
    of: Account | None = None, *, arr: Decimal | int | str = 12_000, product: str = "Platform", **fields: Any
) -> Contract:
    """A contract of one year with one line, the movement that opened it and the account's revenue. `arr=0`: a line that never moved."""
    of = of or account()
    external_id = fields.pop("external_id", f"contract-{next(_numbers)}")
    fields = {
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2027, 1, 1),
        "term_months": 12,
        "currency": "EUR",
        **fields,
    }
    made = Contract.objects.create(account=of, external_id=external_id, **fields)
    line(made, arr=arr, product=product, external_id=f"{external_id}:1")
    return made


def line(
    of: Contract, *, arr: Decimal | int | str = 12_000, occurred_on: date | None = None, **fields: Any
) -> ContractLine:
    """A line of a contract, with the movement that opened it."""
    fields = {"external_id": f"line-{next(_numbers)}", "product": "Platform", **fields}
    made = ContractLine.objects.create(contract=of, arr=0, **fields)
    AccountRevenue.objects.get_or_create(account=of.account, defaults={"currency": of.currency})
    if Decimal(arr):
        movement(made, amount=arr, occurred_on=occurred_on or of.starts_on)
    made.refresh_from_db()
    return made


def movement(
    of: ContractLine,
    *,
    amount: Decimal | int | str,
    occurred_on: date = date(2026, 1, 1),
    kind: str = "",
    **fields: Any,
) -> RevenueMovement:
    """A movement of a line; the line's and the account's ARR move with it. The kind follows from the line unless it is given."""
    amount = Decimal(amount)
    owner = of.contract.account
    made = RevenueMovement.objects.create(
        account=owner,
        line=of,
        amount=amount,
        currency=of.contract.currency,
        occurred_on=occurred_on,
        kind=kind or _kind(of, amount),
        **fields,
    )
    ContractLine.objects.filter(pk=of.pk).update(arr=F("arr") + amount)
    AccountRevenue.objects.filter(account=owner).update(arr=F("arr") + amount)
    return made


def renewal(of: Contract | None = None, **fields: Any) -> Renewal:
    """The end of a contract's term, undecided."""
    of = of or contract()
    arr_due = sum((each.arr for each in of.lines.all()), Decimal(0))
    due_on = fields.pop("due_on", of.ends_on)
    AccountRevenue.objects.filter(account=of.account).update(next_renewal_on=due_on)
    return Renewal.objects.create(
        **{
            "account": of.account,
            "contract": of,
            "due_on": due_on,
            "arr_due": arr_due,
            "currency": of.currency,
            **fields,
        }
    )


def decision(of: Renewal | None = None, *, decision: str = "renewed", **fields: Any) -> RenewalDecision:
    """How a renewal ended: renewed at the same price unless the test says otherwise. A churned contract ends; the revenue does not move."""
    of = of or renewal()
    arr_renewed = of.arr_due if decision == "renewed" else Decimal(0)
    if decision == "churned":
        Contract.objects.filter(pk=of.contract_id).update(status=Contract.Status.ENDED)
    return RenewalDecision.objects.create(
        **{"renewal": of, "decision": decision, "arr_renewed": arr_renewed, "decided_on": of.due_on, **fields}
    )


def contact(of: Account | None = None, **fields: Any) -> Contact:
    """A person at an account."""
    return Contact.objects.create(**{"account": of or account(), "name": f"Contact {next(_numbers)}", **fields})


def interaction(of: Account | None = None, **fields: Any) -> Interaction:
    """A proactive call of twenty minutes."""
    return Interaction.objects.create(
        **{
            "account": of or account(),
            "channel": "call",
            "direction": "outbound",
            "mode": "proactive",
            "minutes": 20,
            "subject": f"Call {next(_numbers)}",
            "occurred_at": MORNING,
            **fields,
        }
    )


def survey_response(of: Account | None = None, **fields: Any) -> SurveyResponse:
    """An NPS answer of 9."""
    return SurveyResponse.objects.create(
        **{"account": of or account(), "kind": "nps", "score": 9, "occurred_at": MORNING, **fields}
    )


def metric(key: str = "logins", **fields: Any) -> MetricDefinition:
    """The definition of a metric, made once."""
    return MetricDefinition.objects.get_or_create(key=key, defaults={"name": key.capitalize(), **fields})[0]


def usage(
    of: Account | None = None,
    *,
    metric_key: str = "logins",
    day: date = date(2026, 11, 20),
    value: Decimal | int | str = 10,
    **fields: Any,
) -> UsageDaily:
    """One day's value of a metric."""
    return UsageDaily.objects.create(
        account=of or account(), metric=metric(metric_key), day=day, value=Decimal(value), **fields
    )


def _kind(of: ContractLine, amount: Decimal) -> str:
    before = ContractLine.objects.values_list("arr", flat=True).get(pk=of.pk)
    if before == 0:
        return "reactivation" if of.movements.exists() else "new"
    if before + amount == 0:
        return "churn"
    return "expansion" if amount > 0 else "contraction"
