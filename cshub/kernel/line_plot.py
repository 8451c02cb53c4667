"""Geometry of a line plot: several series, their intervals, what happened, and the goal."""

from collections.abc import Sequence
from dataclasses import dataclass

from cshub.kernel.charts import Bar, Number, path_through, per_cent, position


@dataclass(frozen=True)
class Axes:
    """Bounds of y, and where words stand: `y_labels` by value, `x_labels` by index."""

    low: Number
    high: Number
    y_labels: Sequence[tuple[Number, str]]
    x_labels: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Line:
    """One series of a line plot; None leaves a gap."""

    label: str
    values: Sequence[Number | None]
    kind: str = "treated"  # treated, held-out, plain
    ribbon: Sequence[tuple[Number, Number] | None] = ()
    text: str = ""  # the label at the line's end, already with its value


@dataclass(frozen=True)
class Mark:
    """Something that happened at `index`; without a `value` a vertical line, with one a point."""

    index: int
    kind: str  # event, proactive, reactive, critical
    label: str = ""
    value: Number | None = None


@dataclass(frozen=True)
class Goal:
    value: Number
    label: str


@dataclass(frozen=True)
class DrawnLine:
    label: str
    kind: str
    path: str
    ribbon: str
    end_y: str
    text: str


@dataclass(frozen=True)
class DrawnMark:
    kind: str
    label: str
    x: str
    y: str


@dataclass(frozen=True)
class LinePlot:
    """Paths live in a box of 1000 × 240 stretched to the plot; everything else is in per cent of it."""

    lines: tuple[DrawnLine, ...]
    y_ticks: tuple[DrawnMark, ...]
    x_ticks: tuple[DrawnMark, ...]
    events: tuple[DrawnMark, ...]
    points: tuple[DrawnMark, ...]
    goal: DrawnMark | None
    danger: Bar | None = None


WIDTH, HEIGHT = 1000, 240


def line_plot(
    lines: Sequence[Line],
    axes: Axes,
    *,
    marks: Sequence[Mark] = (),
    goal: Goal | None = None,
    danger_below: Number | None = None,
) -> LinePlot:
    """Lines over a shared x of equal steps, inside the bounds of `axes`; values outside stay on the edge."""
    low, high = axes.low, axes.high
    last = max((len(line.values) for line in lines), default=1) - 1 or 1

    def y(value: Number) -> str:
        return per_cent(100 - position(value, low, high))

    def x(index: int) -> str:
        return per_cent(index / last * 100)

    return LinePlot(
        lines=tuple(_drawn_line(line, last, low, high) for line in lines),
        y_ticks=tuple(DrawnMark("y", text, "0%", y(value)) for value, text in axes.y_labels),
        x_ticks=tuple(DrawnMark("start" if i == 0 else "x", text, x(i), "100%") for i, text in axes.x_labels),
        events=tuple(DrawnMark(mark.kind, mark.label, x(mark.index), "0%") for mark in marks if mark.value is None),
        points=tuple(DrawnMark(m.kind, m.label, x(m.index), y(m.value)) for m in marks if m.value is not None),
        goal=DrawnMark("goal", goal.label, "0%", y(goal.value)) if goal else None,
        danger=None if danger_below is None else Bar(y(danger_below), per_cent(position(danger_below, low, high))),
    )


def _drawn_line(line: Line, last: int, low: Number, high: Number) -> DrawnLine:
    def at(index: int, value: Number) -> tuple[float, float]:
        return index / last * WIDTH, HEIGHT - position(value, low, high) / 100 * HEIGHT

    known = [(index, value) for index, value in enumerate(line.values) if value is not None]
    bounds = [(index, pair) for index, pair in enumerate(line.ribbon) if pair is not None]
    edge = [at(index, pair[1]) for index, pair in bounds] + [at(index, pair[0]) for index, pair in reversed(bounds)]
    return DrawnLine(
        label=line.label,
        kind=line.kind,
        path=_broken_path([None if v is None else at(i, v) for i, v in enumerate(line.values)]),
        ribbon=path_through(edge) + "Z" if edge else "",
        end_y=per_cent(100 - position(known[-1][1], low, high)) if known else "",
        text=line.text,
    )


def _broken_path(points: Sequence[tuple[float, float] | None]) -> str:
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    return "".join(path_through(piece) for piece in pieces if piece)
