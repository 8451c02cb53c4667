"""Put the numbers of the ROI report together: everything a page, a file or an auditor needs, in one canonical form.

All money is in whole cents, shares are rounded to six digits, nothing depends on the clock, on names or on the reader's language.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from cshub.db import sql
from reports.currencies import currency_numbers
from reports.engine import RevenueSums, retention
from reports.headline import DIGITS, headline
from reports.impact import worth as impact
from reports.sql import COSTS, RENEWALS_DUE, RETENTION, WORK_BY_QUARTER

CODE_VERSION = "roi 1"
DEFINITIONS = ("grr 1", "nrr 1", "logo_churn 1", "renewal_rate 1", "proactive_share 1", "incremental 1", "roi 1")
CURRENCY_DEFINITIONS = ("constant_currency 1",)
LARGEST_ENTRIES = 10


def roi_numbers(*, since: date, until: date, as_of: datetime, margin: Decimal, currency: str) -> dict[str, Any]:
    """The report over [since, until) as known at `as_of`.

    Keys: meta, headline, waterfall, playbooks, pooled (money), pooled_rate, work, retention, cost, entries, not_claimed; currencies where
    accounts are kept in others and rates were known.
    """
    worth = impact.worth(since=since, until=until, as_of=as_of, currency=currency)
    costs, costs_left_out = _costs(since, until, as_of, currency)
    total_cost = sum(row["cents"] for row in costs)
    kept = _retention(since, until, as_of, currency)
    currencies = currency_numbers(since=since, until=until, as_of=as_of, currency=currency)
    left_out = sum(row["accounts"] for row in currencies["missing"]) if currencies else kept["accounts_left_out"]
    return {
        "meta": {
            "code_version": CODE_VERSION,
            "definitions": [*DEFINITIONS, *(CURRENCY_DEFINITIONS if currencies else ())],
            "starts_on": since.isoformat(),
            "ends_on": until.isoformat(),
            "as_of": as_of.astimezone(UTC).isoformat(),
            "is_closed": worth.is_closed,
            "currency": currency,
            "gross_margin": str(margin),
        },
        "headline": headline(worth, margin=margin, cost_cents=total_cost, costs_left_out=costs_left_out),
        "waterfall": _waterfall(worth, margin, total_cost),
        "playbooks": [_playbook(row) for row in worth.comparisons],
        "pooled": _money(worth.money.money) | {"verdict": str(worth.money.verdict)},
        "pooled_rate": _pooled_rate(worth),
        "work": _work(since, until, as_of),
        "retention": kept,
        "cost": costs,
        "entries": _entries(worth),
        "not_claimed": _not_claimed(worth, {"cost_left_out": costs_left_out, "accounts_left_out": left_out}),
        **({"currencies": currencies} if currencies else {}),
    }


def waterfall_total(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The totals that the steps before them do not add up to, to the cent; empty when all do."""
    wrong, running = [], 0
    for index, row in enumerate(rows):
        if not row["total"] or index == 0:
            running += row["cents"]
        elif row["cents"] != running:
            wrong.append(str(row["step"]))
    return wrong


def canonical(numbers: dict[str, Any]) -> str:
    """The bytes that are hashed and frozen: JSON with sorted keys, no spaces, no NaN."""
    return json.dumps(numbers, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(payload: str) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(payload.encode()).hexdigest()


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
            "step": "not_admitted",
            "cents": -worth.not_admitted_cents,
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
        "counts": _counts(row),
        "data_hash": row.rate.data_hash,
        "seed": row.rate.seed,
    }


def _counts(row: impact.Comparison) -> dict[str, Any]:
    counts = asdict(row.rate.counts)
    return {name: _rounded(value) if isinstance(value, float) else value for name, value in counts.items()}


def _pooled_rate(worth: impact.Worth) -> dict[str, Any] | None:
    if worth.rate is None:
        return None
    found = asdict(worth.rate) | {"verdict": str(worth.rate.verdict)}
    return found | {name: _rounded(found[name]) for name in ("estimate", "low", "high")}


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
        "accounts_left_out": flow.accounts_left_out,
        "grr": _rounded(shares.grr),
        "nrr": _rounded(shares.nrr),
        "logo_churn": _rounded(shares.logo_churn),
        "renewal_rate": _rounded(shares.renewal_rate),
    }


def _costs(since: date, until: date, as_of: datetime, currency: str) -> tuple[list[dict[str, Any]], int]:
    """What was spent by category, and how many costs in another currency were left out."""
    rows = sql.named(COSTS, {"start": since, "end": until, "as_of": as_of})
    ours = [{"category": row.category, "cents": row.cents} for row in rows if row.currency == currency]
    return ours, sum(row.count for row in rows if row.currency != currency)


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


def _not_claimed(worth: impact.Worth, left_out: dict[str, int]) -> list[dict[str, Any]]:
    """What a reader could mistake for a claim and is none: a code and its numbers; the page says it in words."""
    said: list[dict[str, Any]] = [] if worth.is_closed else [{"code": "period_is_open"}]
    said += [_no_claim(row) for row in worth.comparisons if worth.is_closed and row.rate.verdict != "MEASURED_GAIN"]
    left_out = {"claims_left_out": worth.other_currency_count} | left_out
    said += [{"code": code, "count": count} for code, count in left_out.items() if count]
    said += [{"code": "lower_bound_only"}, {"code": "logged_is_not_value"}, {"code": "no_survey_scores"}]
    return said


def _no_claim(row: impact.Comparison) -> dict[str, Any]:
    codes = {"CANNOT_BE_SHOWN": "cannot_be_shown", "MEASURED_LOSS": "loss_measured"}
    return {
        "code": codes.get(row.rate.verdict, "interval_includes_zero"),
        "playbook": row.experiment.version.playbook.name,
        "reasons": list(row.rate.reasons),
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, DIGITS)


def _ratio(part: Any, whole: Any) -> float | None:
    return round(float(part) / float(whole), DIGITS) if whole else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
