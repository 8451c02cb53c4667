"""Turns raw values into ranks among peers, and takes back what needs a tenure nobody knows."""
# ruff: noqa: S608  # numbers are written as literals of our own making, texts only as parameters

from health.engine.definition import Definition
from health.engine.peers import FEWEST_PEERS
from health.engine.transforms import Percentile, Tenure
from health.sql.writing import listed


def has_peers(definition: Definition) -> bool:
    """Whether a verdict depends on other accounts."""
    return any(isinstance(measure.transform, Percentile) for measure in definition.measures)


KEPT = """left join (select account_id, raw as ranks from health_accounthealth
  where account_id = any(%(account_ids)s) and version_id = %(version_id)s) kept using (account_id)"""


def compared(definition: Definition, rows: str, *, ranks_kept: bool = False) -> str:
    """`rows` (account_id, segment, r0, r1 …) with each raw value as its transform reads it, in the arithmetic of health.engine.peers.

    With `ranks_kept` a rank is the one of the verdict in force, null where there is none: ranks move with whole scorings.
    """
    if not any(isinstance(measure.transform, Percentile | Tenure) for measure in definition.measures):
        return rows
    months = f"r{definition.tenure_index}"
    columns = []
    for index, measure in enumerate(definition.measures):
        match measure.transform:
            case Percentile() if ranks_kept:
                value = f"ranks[{index + 1}]"
            case Percentile() as percentile:
                value = _rank(f"r{index}", percentile)
            case Tenure():
                value = f"case when {months} is not null then r{index} end"
            case _:
                value = f"r{index}"
        columns.append(f"{value} as r{index}")
    kept = KEPT if ranks_kept and has_peers(definition) else ""
    return f"select account_id, segment, {listed(columns)} from ({rows}) measured_alone {kept} offset 0"


def _rank(raw: str, percentile: Percentile) -> str:
    group = "segment, " if percentile.peers == "segment" else ""
    peers = f"partition by {group}{raw} is null"
    lower = f"(rank() over ({peers} order by {raw}) - 1)::float8"
    equal = f"(count(*) over (partition by {group}{raw}) - 1)::float8"
    count = f"count(*) over ({peers})"
    share = f"({lower} + {equal} / 2) / ({count} - 1)::float8"
    better = share if percentile.better == "higher" else f"1 - {share}"
    return f"case when {raw} is not null and {count} >= {FEWEST_PEERS} then {better} end"
