"""Put the numbers of the ROI report together: everything a page, a file or an auditor needs, in one canonical form.

All money is in whole cents, shares are rounded to six digits, nothing depends on the clock, on names or on the reader's language.
"""

import hashlib
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from cshub.db import sql
from reports.engine import RevenueSums, retention
from reports.impact import worth as impact
from reports.sql import COSTS, RENEWALS_DUE, RETENTION, WORK_BY_QUARTER

CODE_VERSION = "roi 1"
DEFINITIONS = ("grr 1", "nrr 1", "logo_churn 1", "renewal_rate 1", "proactive_share 1", "incremental 1", "roi 1")
LARGEST_ENTRIES = 10
DIGITS = 6


def roi_numbers(*, since: date, until: date, as_of: datetime, margin: Decimal, currency: str) -> dict[str, Any]:
    """The report over [since, until) as known at `as_of`. Keys: meta, headline, waterfall, playbooks, pooled, work, retention, cost, entries, not_claimed."""
    worth = impact.worth(since=since, until=until, as_of=as_of, currency=currency)
    costs = _costs(since, until, as_of, currency)
    total_cost = sum(row["cents"] for row in costs)
    return {
        "meta": {
            "code_version": CODE_VERSION,
            "definitions": list(DEFINITIONS),
            "starts_on": since.isoformat(),
            "ends_on": until.isoformat(),
            "as_of": as_of.astimezone(UTC).isoformat(),
            "currency": currency,
            "gross_margin": str(margin),
        },
        "headline": _headline(worth, margin, total_cost),
        "waterfall": _waterfall(worth, margin, total_cost),
        "playbooks": [_playbook(row) for row in worth.comparisons],
        "pooled": _money(worth.pooled.money) | {"verdict": str(worth.pooled.verdict)},
        "work": _work(since, until, as_of),
        "retention": _retention(since, until, as_of, currency),
        "cost": costs,
        "entries": _entries(worth),
        "not_claimed": _not_claimed(worth, total_cost),
    }


def canonical(numbers: dict[str, Any]) -> str:
    """The bytes that are hashed and frozen: JSON with sorted keys, no spaces, no NaN."""
    return json.dumps(numbers, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(payload: str) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(payload.encode()).hexdigest()


def _headline(worth: impact.Worth, margin: Decimal, cost: int) -> dict[str, Any]:
    """The booked figure: the lower bound of the measured money, never more than what was admitted; or that nothing can be shown."""
    money = worth.pooled.money
    shown = money is not None and worth.reconciliation.bookable_cents > 0 and cost > 0
    head: dict[str, Any] = {
        "shown": shown,
        "verdict": str(worth.pooled.verdict),
        "booked_cents": worth.reconciliation.bookable_cents,
        "cost_cents": cost,
        "net_cents": round(worth.reconciliation.bookable_cents * margin) - cost,
        "booked_return": _ratio(worth.reconciliation.bookable_cents * margin, cost),
    }
    if money is not None and cost > 0 and margin > 0:
        found = impact.returns(money, margin=margin, cost_cents=cost)
        head |= {
            "estimate_return": round(found.roi + 1, DIGITS),
            "low_return": round(found.lo + 1, DIGITS),
            "high_return": round(found.hi + 1, DIGITS),
            "break_even_cents": found.break_even_cents,
        }
    return head


def _waterfall(worth: impact.Worth, margin: Decimal, cost: int) -> list[dict[str, Any]]:
    """From what was logged to what is left: each step's cents, removed ones negative; totals add up to the cent."""
    ledger = worth.reconciliation
    booked = ledger.bookable_cents
    margin_cents = round(booked * margin)
    return [
        {"step": "logged", "cents": ledger.claimed_cents, "total": True, "count": len(worth.entries)},
        {"step": "anyway", "cents": booked - ledger.admitted_cents, "total": False},
        {"step": "counted_twice", "cents": -worth.counted_twice_cents, "total": False},
        {
            "step": "no_evidence",
            "cents": -worth.no_evidence_cents,
            "total": False,
            "count": sum(1 for row in worth.entries if row.refused_for),
        },
        {"step": "incremental", "cents": booked, "total": True},
        {"step": "delivery", "cents": margin_cents - booked, "total": False},
        {"step": "cost", "cents": -cost, "total": False},
        {"step": "net", "cents": margin_cents - cost, "total": True},
    ]


def _playbook(row: impact.Comparison) -> dict[str, Any]:
    counts = row.rate.counts
    return {
        "experiment": str(row.experiment.pk),
        "playbook": row.experiment.version.playbook.name,
        "version": row.experiment.version.number,
        "trigger": row.experiment.version.trigger,
        "treated": counts.treated,
        "held_out": counts.held_out,
        "renewed_treated": counts.renewed_treated,
        "renewed_held_out": counts.renewed_held_out,
        "grade": str(row.rate.grade or ""),
        "verdict": str(row.rate.verdict),
        "reasons": list(row.rate.reasons),
        "estimate": _rounded(row.rate.estimate),
        "low": _rounded(row.rate.lo),
        "high": _rounded(row.rate.hi),
        "money": _money(row.money.money) | {"verdict": str(row.money.verdict), "reasons": list(row.money.reasons)},
        "contacted_share": _rounded(counts.contamination),
        "largest_share": _rounded(counts.largest_share),
        "missing": counts.missing_treated + counts.missing_held_out,
        "lines": list(row.rate.cfo_lines),
        "data_hash": row.rate.data_hash,
        "seed": row.rate.seed,
    }


def _money(money: Any) -> dict[str, int | None]:
    if money is None:
        return {"estimate_cents": None, "low_cents": None, "high_cents": None}
    return {"estimate_cents": money.est_cents, "low_cents": money.lo_cents, "high_cents": money.hi_cents}


def _work(since: date, until: date, as_of: datetime) -> list[dict[str, Any]]:
    rows = sql.named(WORK_BY_QUARTER, {"start": _midnight(since), "end": _midnight(until), "as_of": as_of})
    return [
        {
            "quarter": row.quarter,
            "proactive_minutes": int(row.proactive_minutes),
            "reactive_minutes": int(row.reactive_minutes),
            "proactive_count": row.proactive_count,
            "reactive_count": row.reactive_count,
            "proactive_share": _ratio(row.proactive_minutes, row.proactive_minutes + row.reactive_minutes),
        }
        for row in rows
    ]


def _retention(since: date, until: date, as_of: datetime, currency: str) -> dict[str, Any]:
    params = {"start": since, "end": until, "as_of": as_of, "currency": currency}
    flow, due = sql.named(RETENTION, params)[0], sql.named(RENEWALS_DUE, params)[0]
    sums = RevenueSums(
        start=int(flow.start * 100),
        lost=int(flow.lost * 100),
        lost_uncapped=int(flow.lost_uncapped * 100),
        gained=int(flow.gained * 100),
        accounts=flow.accounts,
        accounts_lost=flow.accounts_lost,
        due=int(due.due * 100),
        renewed=int(due.renewed * 100),
        undecided=due.undecided,
    )
    shares = retention(sums)
    return {
        "start_cents": sums.start,
        "lost_cents": sums.lost,
        "gained_cents": sums.gained,
        "accounts": sums.accounts,
        "accounts_lost": sums.accounts_lost,
        "due_cents": sums.due,
        "renewed_cents": sums.renewed,
        "undecided": sums.undecided,
        "grr": _rounded(shares.grr),
        "nrr": _rounded(shares.nrr),
        "logo_churn": _rounded(shares.logo_churn),
        "renewal_rate": _rounded(shares.renewal_rate),
    }


def _costs(since: date, until: date, as_of: datetime, currency: str) -> list[dict[str, Any]]:
    params = {"start": since, "end": until, "as_of": as_of, "currency": currency}
    return [{"category": row.category, "cents": row.cents} for row in sql.named(COSTS, params)]


def _entries(worth: impact.Worth) -> list[dict[str, Any]]:
    largest = sorted(worth.entries, key=lambda row: (-row.claimed_cents, row.number))[:LARGEST_ENTRIES]
    return [
        {
            "claim": row.claim_id,
            "number": row.number,
            "kind": row.kind,
            "account": row.account_id,
            "claimed_cents": row.claimed_cents,
            "admitted_cents": row.admitted_cents,
            "refused_for": row.refused_for,
            "evidence_count": row.evidence_count,
            "support": row.support,
        }
        for row in largest
    ]


def _not_claimed(worth: impact.Worth, cost: int) -> list[dict[str, Any]]:
    """What a reader could mistake for a claim and is none: a code and its numbers; the page says it in words."""
    said: list[dict[str, Any]] = []
    for row in worth.comparisons:
        if row.rate.verdict != "MEASURED_GAIN":
            code = "cannot_be_shown" if row.rate.estimate is None else "interval_includes_zero"
            said.append(
                {"code": code, "playbook": row.experiment.version.playbook.name, "reasons": list(row.rate.reasons)}
            )
    if worth.other_currency_count:
        said.append({"code": "other_currency", "count": worth.other_currency_count})
    if not cost:
        said.append({"code": "no_cost_entered"})
    said += [{"code": "lower_bound_only"}, {"code": "logged_is_not_value"}, {"code": "no_survey_scores"}]
    return said


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, DIGITS)


def _ratio(part: Any, whole: Any) -> float | None:
    return round(float(part) / float(whole), DIGITS) if whole else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
