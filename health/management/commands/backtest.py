"""Says how good a prediction of leaving would have been: on a customer file, or on a tenant's own history."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from cshub.tenancy.context import NoTenant, schema_context
from health.engine.prediction.backtest import ChurnBacktest, Verdict, backtest_churn
from health.engine.prediction.card import FORWARD
from health.engine.prediction.reasons import CannotPredict, Reason
from health.engine.prediction.snapshots import Column, Snapshots, Value
from health.queries.backtests import History, history_backtest

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from health.engine.prediction.bands import BandBacktest
    from health.engine.prediction.measures import Interval, Quality
    from health.engine.prediction.warning import EarlyWarning

YES = {"yes", "true", "1", "y", "t", "churned", "left"}
NO = {"no", "false", "0", "n", "f", "stayed", "renewed"}
BLANK = {"", "na", "n/a", "null", "none"}


class Command(BaseCommand):
    help = "Back-tests health and the prediction of leaving; says what cannot be shown and why. Exits with 0 unless the data itself is unusable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--schema", help="the tenant's schema")
        source.add_argument(
            "--file", type=Path, metavar="FILE", help="a CSV file with one customer, or customer and day, a row"
        )
        parser.add_argument("--outcome", default="churn", metavar="COLUMN", help="yes where the customer left (churn)")
        parser.add_argument("--id", metavar="COLUMN", help="names the customer; the first column unless given")
        parser.add_argument("--at", metavar="COLUMN", help="the day a row describes, in ISO 8601; none unless given")
        parser.add_argument("--leave-out", action="append", default=[], metavar="COLUMN", help="is no feature")
        parser.add_argument(
            "--horizon", type=int, default=90, metavar="DAYS", help="within which an account leaves (90)"
        )
        parser.add_argument("--as-of", metavar="MOMENT", help="what was known then, in ISO 8601; now when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["horizon"] < 1:
            raise CommandError(f"--horizon is {options['horizon']}; give days, 1 or more.")
        as_of = _moment(options["as_of"])
        try:
            if options["schema"]:
                with schema_context(options["schema"]):
                    self._tell_history(
                        history_backtest(horizon_days=options["horizon"], as_of=as_of), options["horizon"]
                    )
            else:
                self._test_file(options, as_of)
        except (NoTenant, CannotPredict) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _test_file(self, options: dict[str, Any], as_of: datetime) -> None:
        snapshots = read_file(
            options["file"],
            outcome=options["outcome"],
            name=options["id"],
            at=options["at"],
            leave_out=options["leave_out"],
        )
        horizon = options["horizon"] if options["at"] else None
        self._tell_prediction(backtest_churn(snapshots, horizon_days=horizon, as_of=as_of))

    def _tell_history(self, found: History, horizon: int) -> None:
        self.stdout.write(f"Health, {horizon} days before renewals fell due")
        if found.bands is None:
            self.stdout.write("  Cannot be shown: no renewal has been decided yet.")
        else:
            self._tell_bands(found.bands)
        self.stdout.write("Early warning")
        self._tell_warning(found.warning)
        self.stdout.write(f"Prediction of leaving within {horizon} days, from {len(found.snapshot_days)} snapshots")
        if found.prediction is None:
            self.stdout.write("  Cannot be shown: no account was scored so long ago that its outcome is known.")
        else:
            self._tell_prediction(found.prediction)

    def _tell_bands(self, found: BandBacktest) -> None:
        self.stdout.write(
            f"  accounts: {found.churned:,} left, {found.stayed:,} stayed; rows without a score: {found.unscored:,}"
        )
        for band in found.bands:
            self.stdout.write(f"  {band.band}: {band.churned:,} of {band.n:,} left, {_percent(band.share)}")
        if found.confusion is None or found.auc is None or found.lift is None:
            self._refuse(found.reasons)
            return
        counts = found.confusion
        self.stdout.write(
            f"  at risk: {counts.warned_left:,} left, {counts.warned_stayed:,} stayed; "
            f"not at risk: {counts.quiet_left:,} left, {counts.quiet_stayed:,} stayed"
        )
        precision = "nobody was warned of" if counts.precision is None else _percent(counts.precision)
        self.stdout.write(
            f"  of those at risk left: {precision}; of those that left were at risk: {_percent(counts.recall)}"
        )
        self.stdout.write(f"  AUC {_figure(found.auc, 3)}; lift of the lowest tenth {_figure(found.lift, 2)}")
        if not found.tells_apart:
            self.stdout.write("  accounts with a low score do not leave more often than others, as far as can be shown")
        for each in found.bins:
            said = "" if each.enough else "  (too few to say)"
            self.stdout.write(
                f"  scored {each.lo:g}–{each.hi:g}: {each.renewed:,} of {each.n:,} renewed, {_percent(each.share)}{said}"
            )

    def _tell_warning(self, found: EarlyWarning) -> None:
        if found.days is None or found.warned is None or found.in_time is None:
            self._refuse(found.reasons)
            return
        self.stdout.write(
            f"  {found.left:,} accounts left; at risk before: {_percent(found.warned)}, 30 days or more before: "
            f"{_percent(found.in_time)}; median {_figure(found.days, 0)} days"
        )

    def _tell_prediction(self, found: ChurnBacktest) -> None:
        known = found.churned + found.stayed
        self.stdout.write(
            f"  {known:,} accounts: {found.churned:,} left ({found.churned / max(known, 1):.1%}), {found.stayed:,} stayed"
        )
        if found.verdict is not Verdict.SHOWN or found.quality is None:
            self._refuse(found.reasons)
            return
        if found.split == FORWARD:
            self.stdout.write(f"  trained on what was known before, tried on the snapshots from {found.tested_from} on")
        else:
            self.stdout.write(
                f"  tried on accounts it was not trained with, in {len(found.recipes)} parts; the rows have no date, so not on later days"
            )
        self._tell_quality(found.quality)

    def _tell_quality(self, found: Quality) -> None:
        self.stdout.write(
            f"  n {found.n:,} rows of {found.accounts:,} accounts; {found.churned:,} rows with an account that left"
        )
        self.stdout.write(f"  AUC {_figure(found.auc, 3)}")
        self.stdout.write(f"  Brier {found.brier:.4f} (everybody at the base rate: {found.base_brier:.4f})")
        self.stdout.write(f"  ECE {found.ece:.4f}")
        self.stdout.write(f"  calibration slope {_figure(found.slope, 2)}, intercept {_figure(found.intercept, 2)}")
        self.stdout.write(f"  lift of the top tenth {_figure(found.lift, 2)}")
        for each in found.bins:
            self.stdout.write(
                f"  given {each.given:.1%}: {each.churned:,} of {each.n:,} left, {_percent(each.observed)}"
            )

    def _refuse(self, reasons: Sequence[Reason]) -> None:
        for reason in reasons:
            self.stdout.write(f"  Cannot be shown: {reason.words}. What would show it: {reason.remedy}.")


def read_file(path: Path, *, outcome: str, name: str | None, at: str | None, leave_out: Sequence[str]) -> Snapshots:
    """A CSV file with a header as snapshots: every other column is a feature, a number if all its values are. Raises CommandError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path}: {error}. Give a CSV file in UTF-8.") from error
    header = list(rows[0]) if rows else []
    name = name or (header[0] if header else "")
    for column in filter(None, [outcome, name, at, *leave_out]):
        if column not in header:
            raise CommandError(f"{path} has no column {column}. Its columns: {', '.join(map(str, header)) or 'none'}.")
    if any(None in row or None in row.values() for row in rows):
        raise CommandError(f"{path}: some rows have more or fewer cells than the header. Mend them.")
    features = [column for column in header if column not in {outcome, name, at, *leave_out}]
    return Snapshots(
        account_ids=[row[name] for row in rows],
        columns=[Column(column, _values([row[column] for row in rows])) for column in features],
        churned=[_left(row[outcome], number, outcome) for number, row in enumerate(rows, 2)],
        at=None if at is None else [_day(row[at], number, at) for number, row in enumerate(rows, 2)],
    )


def _values(texts: Sequence[str]) -> list[Value]:
    """Numbers if every text is one, blanks not known; what a computer writes for no number stays, so that it is refused by name."""
    given = [None if text.strip().lower() in BLANK else text.strip() for text in texts]
    try:
        return [None if text is None else float(text) for text in given]
    except ValueError:
        return list(given)


def _left(text: str, row: int, column: str) -> bool | None:
    word = text.strip().lower()
    if word in BLANK:
        return None
    if word not in YES | NO:
        raise CommandError(
            f"Row {row}, {column}: is {text!r}; write yes or no, or leave it empty where it is not known yet."
        )
    return word in YES


def _day(text: str, row: int, column: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise CommandError(f"Row {row}, {column}: is {text!r}; write a day like 2026-03-31.") from error


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--as-of {text} is no moment. Write it like 2026-03-31 or 2026-03-31T09:00:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _figure(found: Interval, decimals: int) -> str:
    return f"{found.estimate:.{decimals}f} (95 % {found.lo:.{decimals}f} to {found.hi:.{decimals}f})"


def _percent(found: Interval) -> str:
    return f"{found.estimate:.1%} (95 % {found.lo:.1%} to {found.hi:.1%})"
