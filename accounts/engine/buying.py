"""How customers buy: when stock runs out, and how the months of a year differ."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

FEWEST_ORDERS = 3
FARTHEST_DAYS = 3650  # what lies further away is not said
MONTHS = 12
FULL_YEARS = 2

# Student's t, 0.90 quantile (two-sided 80 %), by degrees of freedom 1 to 30; the normal quantile beyond.
_T90 = (
    3.0777, 1.8856, 1.6377, 1.5332, 1.4759, 1.4398, 1.4149, 1.3968, 1.3830, 1.3722, 1.3634, 1.3562, 1.3502, 1.3450, 1.3406,
    1.3368, 1.3334, 1.3304, 1.3277, 1.3253, 1.3232, 1.3212, 1.3195, 1.3178, 1.3163, 1.3150, 1.3137, 1.3125, 1.3114, 1.3104,
    1.2816,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunOut:
    """Days in which the stock is used up: `on` is as likely as not over by then, `earliest` to `latest` holds four in five.

    A day further away than ten years is None.
    """

    on: date | None
    earliest: date | None
    latest: date | None


def t_quantiles() -> tuple[float, ...]:
    """Student's t for a two-sided 80 % interval by degrees of freedom 1, 2, …; the last holds for all beyond."""
    return _T90


def run_out(days: Sequence[tuple[date, float]]) -> RunOut | None:
    """When the last purchase is used up. `days`: (day, quantity > 0), one entry a day, in their order; None under three.

    Each gap between two purchases used up what the first of them brought: x = ln(days / quantity). With mean m and standard
    deviation s of the n gaps, the last quantity q lasts q·exp(m) days, and from q·exp(m − w) to q·exp(m + w) with
    w = t(n−1; 0.90)·s·√(1 + 1/n): the normal-theory prediction interval for one further value (Hahn and Meeker, Statistical
    Intervals, 1991, section 4.7) on the scale of logarithms, since gaps are positive and skewed.
    """
    if len(days) < FEWEST_ORDERS:
        return None
    logs = [math.log((later - day).days / quantity) for (day, quantity), (later, _) in pairwise(days)]
    count = len(logs)
    mean = sum(logs) / count
    spread = math.sqrt(sum((each - mean) ** 2 for each in logs) / (count - 1))
    width = _T90[min(count - 1, len(_T90)) - 1] * spread * math.sqrt(1 + 1 / count)
    last_day, last_quantity = days[-1]

    def after(log_days: float, rounded: Callable[[float], int]) -> date | None:
        log_total = log_days + math.log(last_quantity)
        return last_day + timedelta(days=rounded(math.exp(log_total))) if log_total <= math.log(FARTHEST_DAYS) else None

    return RunOut(
        on=after(mean, round), earliest=after(mean - width, math.floor), latest=after(mean + width, math.ceil)
    )


def seasonal_index(months: Sequence[float]) -> tuple[float, ...] | None:
    """How much each of the last twelve months' places in the year stands above (1 is average) the mean month, in the order given.

    `months`: sums of consecutive whole months, the latest last, 0 where nothing was bought. None under two full years, or where a year
    bought nothing. Each full year is divided by its mean month, and the shares of a place are averaged over the years (method of simple
    averages; Hyndman and Athanasopoulos, Forecasting, 3rd ed., section 3.4). The twelve average to 1.
    """
    years = len(months) // MONTHS
    if years < FULL_YEARS:
        return None
    whole = months[len(months) - years * MONTHS :]
    means = [sum(whole[year * MONTHS : (year + 1) * MONTHS]) / MONTHS for year in range(years)]
    if any(mean <= 0 for mean in means):
        return None
    return tuple(
        sum(whole[year * MONTHS + place] / means[year] for year in range(years)) / years for place in range(MONTHS)
    )
