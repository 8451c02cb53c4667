"""The smallest valid proof, for tests: outcomes, claims in each state, a comparison with known counts, what finance decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

from accounts.models import Account, Contract, Interaction, Renewal, RenewalDecision
from cshub.users.models import User
from playbooks import services as playbooks
from playbooks.models import Enrollment
from reports import services as reports
from reports.impact import services
from reports.impact.models import Claim, Experiment, LedgerEntry, Outcome
from reports.models import ReportRun
from tests.accounts import make as facts
from tests.playbooks import make as work

BEGUN = datetime(2025, 11, 3, 9, tzinfo=UTC)
PERIOD = (date(2026, 1, 1), date(2026, 7, 1))
KNOWN = datetime(2026, 8, 3, 9, tzinfo=UTC)
LATER = KNOWN + timedelta(days=30)
ARR = 10_000
_numbers = count(1)


def finn() -> User:
    return work.person("Finn", "finance")


def outcome(*, amount: int = 10_000, decided_on: date = date(2026, 3, 2), currency: str = "EUR") -> Outcome:
    """A renewal that was renewed whole, observed, with its balance."""
    contract = facts.contract(arr=amount, currency=currency)
    renewal = facts.renewal(contract, due_on=decided_on, recorded_at=BEGUN)
    facts.decision(renewal, recorded_at=BEGUN + timedelta(days=1))
    services.observe_outcomes(as_of=KNOWN)
    return Outcome.objects.get(renewal=renewal)


def call(of: Outcome) -> Interaction:
    return facts.interaction(of.account, occurred_at=KNOWN - timedelta(days=35), recorded_at=KNOWN - timedelta(days=35))


def draft(of: Outcome | None = None, *, amount: int = 4_000, by: User | None = None, kind: str = "save") -> Claim:
    """A claim of Ada's without evidence."""
    return services.claim(
        outcome=of or outcome(), kind=kind, amount=Decimal(amount), narrative="We did", by=by or work.ada(), as_of=KNOWN
    )


def submitted(of: Outcome | None = None, *, amount: int = 4_000, by: User | None = None) -> Claim:
    """A claim of Ada's that cites a call and waits for somebody else."""
    claim = draft(of, amount=amount, by=by)
    services.cite(claim, call(claim.outcome), by=claim.claimant, as_of=KNOWN)
    return services.submit_claim(claim, by=claim.claimant, as_of=KNOWN)


def credited(of: Outcome | None = None, *, amount: int = 4_000) -> LedgerEntry:
    """The ledger entry of a claim that Grace accepted."""
    claim = submitted(of, amount=amount)
    services.review(claim, decision="accepted", by=work.grace(), as_of=KNOWN)
    return LedgerEntry.objects.get(claim=claim)


def compared(
    *, treated: tuple[int, int] = (60, 54), held_out: tuple[int, int] = (60, 36), currency: str = "EUR"
) -> Experiment:
    """An experiment over (renewals, renewed) in each arm, 10,000 a year each, due through the period and decided on their day."""
    version = work.draft(holdout_share="0.5")
    playbooks.submit(version, by=version.author, as_of=BEGUN, salt=work.SALT)
    playbooks.approve(version, by=work.grace(), as_of=BEGUN)
    version.refresh_from_db()
    arms = [("treated", index < treated[1]) for index in range(treated[0])]
    arms += [("held_out", index < held_out[1]) for index in range(held_out[0])]
    names = [f"c{next(_numbers)}" for _arm in arms]
    accounts = Account.objects.bulk_create(Account(external_id=name, name=name) for name in names)
    contracts = Contract.objects.bulk_create(
        Contract(account=each, external_id=each.external_id, starts_on=date(2025, 1, 1), currency=currency)
        for each in accounts
    )
    renewals = Renewal.objects.bulk_create(
        Renewal(
            account=each.account,
            contract=each,
            due_on=PERIOD[0] + timedelta(days=7 * (index % 16)),
            arr_due=ARR,
            currency=currency,
            recorded_at=BEGUN,
        )
        for index, each in enumerate(contracts)
    )
    Enrollment.objects.bulk_create(
        Enrollment(
            playbook=version.playbook,
            version=version,
            account=renewal.account,
            renewal=renewal,
            window_key="1",
            eligible_at=BEGUN,
            arm=arm,
            stratum="all",
            draw=0,
            arr_at_start=ARR,
            facts={},
            recorded_at=BEGUN,
        )
        for renewal, (arm, _renewed) in zip(renewals, arms, strict=True)
    )
    RenewalDecision.objects.bulk_create(
        RenewalDecision(
            renewal=renewal,
            decision="renewed" if renewed else "churned",
            arr_renewed=ARR if renewed else 0,
            decided_on=renewal.due_on,
            recorded_at=datetime.combine(renewal.due_on, datetime.min.time(), UTC),
        )
        for renewal, (_arm, renewed) in zip(renewals, arms, strict=True)
    )
    services.register_experiments(as_of=BEGUN)
    return Experiment.objects.get(version=version)


def finance(*, cost: int = 30_000, currency: str = "EUR") -> None:
    """A margin of 80% in euros, and what customer success cost in the period."""
    reports.set_assumption(
        gross_margin=Decimal("0.8"), currency="EUR", valid_from=date(2025, 1, 1), by=finn(), as_of=BEGUN
    )
    if cost:
        reports.record_cost(
            reports.Cost("Salaries", "salaries", Decimal(cost), currency, *PERIOD), by=finn(), as_of=BEGUN
        )


def report(*, as_of: datetime = KNOWN) -> ReportRun:
    """A draft over the period."""
    return reports.run_roi(starts_on=PERIOD[0], ends_on=PERIOD[1], by=finn(), as_of=as_of)


def whole() -> ReportRun:
    """A draft with a gain of 30 points, 30,000 of cost and 100,000 accepted."""
    compared()
    finance()
    services.observe_outcomes(as_of=KNOWN)
    for each in Outcome.objects.filter(kind="renewed").order_by("id")[:10]:
        credited(each, amount=10_000)
    return report()
