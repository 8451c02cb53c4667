"""The verbs of reports: decide assumptions, record cost, run, run again, freeze."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.ingest.models import Kind
from accounts.ingest.quality.queries.freshness import Freshness, freshness, stale
from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from cshub.l10n import formats
from cshub.users.models import User
from reports.models import CostEntry, FinanceAssumption, FrozenReport, ReportRun
from reports.numbers import CODE_VERSION, canonical, digest, roi_numbers

NEEDED = (Kind.CONTRACTS, Kind.INTERACTIONS)  # revenue and renewals; the work behind claims and its proactive share


class ReportRefused(Refused):
    """The report could not be run or frozen."""

    code = "report_refused"


class NoAssumption(ReportRefused):
    """Finance has not said which margin and currency hold in the period."""

    code = "no_assumption"


class StaleInputs(ReportRefused):
    """Facts that the report stands on do not reach to the end of its period, and nobody said why it may be published all the same."""

    code = "stale_inputs"


@transaction.atomic
def set_assumption(
    *, gross_margin: Decimal, currency: str, valid_from: date, by: User | None, as_of: datetime, reason: str = ""
) -> FinanceAssumption:
    """From `valid_from` on reports use this margin (0 to 1) and currency. Earlier decisions stay on record."""
    if not 0 < gross_margin <= 1:
        raise ReportRefused(
            _("The gross margin is a share above 0 and at most 1, for example 0.78."), field="gross_margin"
        )
    _refuse_currency(currency)
    row = FinanceAssumption.objects.create(
        gross_margin=gross_margin,
        currency=currency,
        valid_from=valid_from,
        decided_by=by,
        reason=reason,
        recorded_at=as_of,
    )
    record(
        "assumption.decided",
        target=row,
        by=by,
        at=as_of,
        after={"gross_margin": gross_margin, "currency": currency, "valid_from": valid_from},
    )
    return row


@dataclass(frozen=True)
class Cost:
    """What customer success cost in [starts_on, ends_on). A correction is a further cost, negative if need be."""

    name: str
    category: str
    amount: Decimal
    currency: str
    starts_on: date
    ends_on: date


@transaction.atomic
def record_cost(cost: Cost, *, by: User | None, as_of: datetime) -> CostEntry:
    """Enter a cost. Raises ReportRefused for a period that does not end, an amount of zero or a currency that is no code."""
    if cost.ends_on <= cost.starts_on:
        raise ReportRefused(_("The period has to end after it starts."), field="ends_on")
    if cost.amount == 0:
        raise ReportRefused(_("Enter an amount other than zero."), field="amount")
    _refuse_currency(cost.currency)
    row = CostEntry.objects.create(**asdict(cost), entered_by=by, recorded_at=as_of)
    record(
        "cost.recorded",
        target=row,
        by=by,
        at=as_of,
        after={"amount": cost.amount, "currency": cost.currency, "category": cost.category},
    )
    return row


@transaction.atomic
def run_roi(*, starts_on: date, ends_on: date, by: User | None, as_of: datetime) -> ReportRun:
    """Compute the ROI report over [starts_on, ends_on) with what is known at `as_of`. A draft until somebody freezes it.

    Raises ReportRefused for a period that does not end, NoAssumption when finance has decided no margin for it.
    """
    if ends_on <= starts_on:
        raise ReportRefused(_("The period has to end after it starts."), field="ends_on")
    payload = compute(starts_on=starts_on, ends_on=ends_on, as_of=as_of)
    text = canonical(payload)
    run = ReportRun.objects.create(
        starts_on=starts_on,
        ends_on=ends_on,
        as_of=as_of,
        numbers=payload,
        digest=digest(text),
        code_version=CODE_VERSION,
        created_by=by,
        created_at=as_of,
    )
    record("report.run", target=run, by=by, at=as_of, after={"digest": run.digest})
    return run


def rerun(run: ReportRun) -> str:
    """The digest of the same report computed again from the facts known at its `as_of`; equal bytes give the same digest."""
    return digest(canonical(compute(starts_on=run.starts_on, ends_on=run.ends_on, as_of=run.as_of)))


@transaction.atomic
def freeze(run: ReportRun, *, by: User, as_of: datetime, stale_reason: str = "") -> FrozenReport:
    """Close a draft: its bytes and digest are kept for ever.

    Raises ReportRefused when it is frozen already, its period was not over when it was run, or its facts changed since; StaleInputs when
    facts it stands on do not reach to the end of its period and no `stale_reason` says why it is published all the same. The reason is kept.
    """
    run = ReportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == ReportRun.State.FROZEN:
        raise ReportRefused(_("This report is frozen already."))
    if not run.is_closed:
        raise ReportRefused(
            _("The period was not over when this report was run. Run it again after %(day)s and freeze the new one.")
            % {"day": formats.date(run.last_day)}
        )
    if rerun(run) != run.digest:
        raise ReportRefused(
            _("The facts behind this draft have changed since it was run. Run it again and freeze the new one.")
        )
    outdated = stale_inputs(run)
    if outdated and not stale_reason.strip():
        raise StaleInputs(
            _(
                "Facts this report stands on do not reach to the end of its period: %(facts)s. Bring them in and run it again, or write why."
            )
            % {"facts": ", ".join(f"{each.label} ({formats.date(each.told_on)})" for each in outdated)},
            field="stale_reason",
        )
    frozen = FrozenReport.objects.create(
        run=run,
        payload=canonical(run.numbers),
        digest=run.digest,
        code_version=run.code_version,
        frozen_by=by,
        frozen_at=as_of,
        stale_inputs=[{"kind": each.kind, "told_until": each.told_on.isoformat()} for each in outdated],
        stale_reason=stale_reason.strip() if outdated else "",
    )
    run.state = ReportRun.State.FROZEN
    run.save(update_fields=["state"])
    after = {"digest": run.digest, **({"stale_reason": frozen.stale_reason} if outdated else {})}
    record("report.frozen", target=run, by=by, at=as_of, after=after)
    return frozen


def stale_inputs(run: ReportRun) -> list[Freshness]:
    """The kinds of facts the report stands on that, by what was known at its `as_of`, do not reach to the end of its period. Two queries."""
    period_end = datetime.combine(run.ends_on, time(), tzinfo=UTC)
    return stale(NEEDED, among=freshness(as_of=run.as_of, told_for=min(run.as_of, period_end)))


def compute(*, starts_on: date, ends_on: date, as_of: datetime) -> dict[str, Any]:
    """The numbers of a period with the assumptions that held on its last day, as known at `as_of`. Raises NoAssumption."""
    assumption = _assumption(before=ends_on, as_of=as_of)
    if assumption is None:
        raise NoAssumption(_("Finance has to decide the gross margin and the currency first, under report inputs."))
    return roi_numbers(
        since=starts_on, until=ends_on, as_of=as_of, margin=assumption.gross_margin, currency=assumption.currency
    )


def margin_in_force(*, as_of: datetime) -> Decimal | None:
    """The gross margin (0 to 1) that finance decided for the day of `as_of`, as known then; None where it decided none."""
    found = _assumption(before=as_of.astimezone(UTC).date() + timedelta(days=1), as_of=as_of)
    return None if found is None else found.gross_margin


def _assumption(*, before: date, as_of: datetime) -> FinanceAssumption | None:
    """What holds on the last day before `before`."""
    known = FinanceAssumption.objects.filter(valid_from__lt=before, recorded_at__lte=as_of)
    return known.order_by("-valid_from", "-recorded_at", "-id").first()


def _refuse_currency(currency: str) -> None:
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise ReportRefused(_("Write the currency as its three-letter code, for example EUR."), field="currency")
