"""Where an account stands among its peers: the share of them it does better than."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

from health.engine.transforms import Better

FEWEST_PEERS = 10  # below, a rank says more about chance than about the account


def ranks(values: Sequence[float | None], groups: Sequence[str], *, better: Better) -> tuple[float | None, ...]:
    """The mid-rank of each value in its group, 0 to 1: peers it is better than, equal ones counted half, over all other peers.

    None where the value is None or the group has fewer than FEWEST_PEERS known values. `values` and `groups` have the same length.
    """
    known: dict[str, list[float]] = defaultdict(list)
    for value, group in zip(values, groups, strict=True):
        if value is not None:
            known[group].append(value)
    for peers in known.values():
        peers.sort()
    return tuple(
        None if value is None else _rank(value, known[group], better)
        for value, group in zip(values, groups, strict=True)
    )


def _rank(value: float, peers: Sequence[float], better: Better) -> float | None:
    if len(peers) < FEWEST_PEERS:
        return None
    lower = bisect_left(peers, value)
    equal = bisect_right(peers, value) - lower - 1
    share = (lower + equal / 2) / (len(peers) - 1)
    return share if better == "higher" else 1 - share
