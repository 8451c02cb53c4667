"""Geometry of the charts: numbers in, positions in per cent out, ready for SVG presentation attributes.

Pure functions. Positions are strings such as "12.3%", so a template writes x="{{ bar.x }}" and needs no style.
Anything with an axis runs left to right in every language.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Number = float | int | Decimal


@dataclass(frozen=True)
class Bar:
    """A span on a horizontal scale."""

    x: str
    width: str


@dataclass(frozen=True)
class Spark:
    path: str
    end_x: str
    end_y: str
    width: int
    height: int


@dataclass(frozen=True)
class Step:
    """A row of a waterfall; `amount` None asks for the running total."""

    label: str
    kind: str  # raw, cut, cost, total, net
    amount: Number | None = None
    note: str = ""


@dataclass(frozen=True)
class WaterfallRow:
    label: str
    note: str
    kind: str
    amount: Number
    is_total: bool
    bar: Bar
    connector: str  # where the thin line goes down to the next row; empty on the last


@dataclass(frozen=True)
class ForestEntry:
    """One comparison; without an interval the row keeps its words and draws nothing."""

    label: str
    estimate: Number | None
    low: Number | None
    high: Number | None
    treated: int
    held_out: int
    verdict: str = ""  # proven, open, none
    note: str = ""


@dataclass(frozen=True)
class Tick:
    value: float
    at: str


@dataclass(frozen=True)
class ForestRow:
    entry: ForestEntry
    drawn: bool
    low: str = ""
    high: str = ""
    estimate: str = ""
    size: str = ""
    offset: str = ""


@dataclass(frozen=True)
class Forest:
    ticks: tuple[Tick, ...]
    zero: str
    rows: tuple[ForestRow, ...]
    pooled: ForestRow | None


@dataclass(frozen=True)
class Interval:
    band: Bar
    estimate: str
    reference: str


@dataclass(frozen=True)
class Diverging:
    bar: Bar
    kind: str  # negative, positive, none


@dataclass(frozen=True)
class Segment:
    label: str
    amount: Number
    count: int
    band: str
    share: int  # whole per cent for the class share-N
    is_roomy: bool  # wide enough to carry its word
    url: str = ""


def position(value: Number, low: Number, high: Number) -> float:
    """Where `value` stands between `low` and `high`, in per cent, kept inside 0-100."""
    span = float(high) - float(low)
    return min(100.0, max(0.0, (float(value) - float(low)) / span * 100)) if span else 0.0


def per_cent(value: float) -> str:
    """12.3% with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


def spark(values: Sequence[Number | None], *, width: int = 84, height: int = 22) -> Spark | None:
    """A line through the known values with a dot at the last one; None when fewer than two are known."""
    known = [(index, float(value)) for index, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return None
    low = min(value for _, value in known) - 4
    high = max(value for _, value in known) + 4
    points = [(i * width / (len(values) - 1), height - 2 - (v - low) / (high - low) * (height - 4)) for i, v in known]
    end_x, end_y = points[-1]
    return Spark(path_through(points), f"{end_x:.1f}", f"{end_y:.1f}", width, height)


def waterfall(steps: Sequence[Step]) -> tuple[WaterfallRow, ...]:
    """Bars from what was logged to what is left; a step without an amount shows the running total.

    The first step opens the account; the sum below zero is drawn left of the zero line.
    """
    spans: list[tuple[Step, float, float, float, bool]] = []
    running = 0.0
    for index, step in enumerate(steps):
        is_total = step.amount is None or index == 0
        start = 0.0 if is_total else running
        running = running if step.amount is None else running + float(step.amount)
        spans.append((step, min(start, running), max(start, running), running, is_total))
    low = min((span[1] for span in spans), default=0.0)
    high = max((span[2] for span in spans), default=0.0)
    return tuple(
        WaterfallRow(
            label=step.label,
            note=step.note,
            kind=step.kind,
            amount=end if step.amount is None else step.amount,
            is_total=is_total,
            bar=_bar(left, right, low, high),
            connector="" if index == len(spans) - 1 else per_cent(position(end, low, high)),
        )
        for index, (step, left, right, end, is_total) in enumerate(spans)
    )


def forest(entries: Sequence[ForestEntry], *, pooled: ForestEntry | None = None) -> Forest:
    """Intervals on one scale that always holds zero; the square grows with the root of the smaller arm."""
    everyone = [*entries, *([pooled] if pooled else [])]
    ends = [float(value) for entry in everyone for value in (entry.low, entry.high) if value is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = (high - low) * 0.06 or 1.0
    low, high = low - room, high + room
    return Forest(
        ticks=tuple(Tick(value, per_cent(position(value, low, high))) for value in (ticks(low, high) if ends else ())),
        zero=per_cent(position(0, low, high)),
        rows=tuple(_forest_row(entry, low, high) for entry in entries),
        pooled=_forest_row(pooled, low, high, size=11.0) if pooled else None,
    )


def interval(*, low: Number, high: Number, estimate: Number, reference: Number = 0) -> Interval:
    """An interval with its estimate and the tick of break-even (or zero) on one scale."""
    left, right = min(float(low), float(reference)), max(float(high), float(reference))
    room = (right - left) * 0.15 or 1.0
    left, right = left - room, right + room
    return Interval(
        band=_bar(float(low), float(high), left, right),
        estimate=per_cent(position(estimate, left, right)),
        reference=per_cent(position(reference, left, right)),
    )


def diverging(points: Sequence[Number]) -> tuple[Diverging, ...]:
    """Bars left and right of the middle, the largest filling 46 per cent of the width."""
    largest = max((abs(float(point)) for point in points), default=0.0) or 1.0
    return tuple(_diverging_bar(float(point), largest) for point in points)


def shares(parts: Sequence[tuple[str, Number, int, str]]) -> tuple[Segment, ...]:
    """Segments of a stacked bar from (label, amount, count, band); the whole per cents add up to 100."""
    total = sum(float(amount) for _, amount, _, _ in parts)
    exact = [float(amount) / total * 100 if total else 0.0 for _, amount, _, _ in parts]
    whole = [math.floor(share) for share in exact]
    largest_rest = sorted(range(len(exact)), key=lambda i: exact[i] - whole[i], reverse=True)
    for index in largest_rest[: (100 - sum(whole)) if total else 0]:
        whole[index] += 1
    return tuple(
        Segment(label, amount, count, band, share, is_roomy=share >= 12)
        for (label, amount, count, band), share in zip(parts, whole, strict=True)
        if amount
    )


def heat(value: Number, *, low: Number, high: Number) -> int:
    """The step 0-20 of the class heat-N."""
    return round(position(value, low, high) / 5)


def ticks(low: float, high: float, *, about: int = 6) -> tuple[float, ...]:
    """Round values inside [low, high], about as many as asked."""
    span = high - low
    if span <= 0:
        return (low,)
    rough = span / about
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough * 0.8)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(index * step, 10) + 0.0 for index in range(first, last + 1))


def _bar(left: float, right: float, low: float, high: float) -> Bar:
    start = position(left, low, high)
    return Bar(per_cent(start), per_cent(position(right, low, high) - start))


def _forest_row(entry: ForestEntry, low: float, high: float, *, size: float | None = None) -> ForestRow:
    if entry.estimate is None or entry.low is None or entry.high is None:
        return ForestRow(entry, drawn=False)
    side = size if size is not None else min(18.0, 6 + math.sqrt(min(entry.treated, entry.held_out)) * 0.55)
    return ForestRow(
        entry=entry,
        drawn=True,
        low=per_cent(position(entry.low, low, high)),
        high=per_cent(position(entry.high, low, high)),
        estimate=per_cent(position(entry.estimate, low, high)),
        size=f"{side:.1f}",
        offset=f"{-side / 2:.2f}",
    )


def _diverging_bar(point: float, largest: float) -> Diverging:
    width = abs(point) / largest * 46
    x = 50 - width if point < 0 else 50
    return Diverging(
        Bar(per_cent(x), per_cent(width)), "negative" if point < 0 else "positive" if point > 0 else "none"
    )


def path_through(points: Sequence[tuple[float, float]]) -> str:
    """An SVG path with straight lines."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
