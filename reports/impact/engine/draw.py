"""Draw who is worked and who is held out: by lot, within tiers of revenue, repeatable from the stored seed."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from reports.impact.engine.rows import ALWAYS_WORKED, HELD_OUT, TREATED

BLOCK = 10
TIERS = 4
DRAW_BITS = 64


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that may be drawn. `stratum` (a region, say) is crossed with the tiers of revenue."""

    account_id: str
    arr_cents: int
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """The arm of one account. `draw` is its lot, 16 hex digits, kept as evidence."""

    account_id: str
    arm: str
    stratum: str
    draw: str


def draw_arms(
    candidates: Sequence[Candidate],
    *,
    holdout_share: float,
    seed: str,
    always_worked_from_cents: int | None = None,
) -> tuple[Draw, ...]:
    """Arms for a batch of accounts, by account id. Same candidates and seed, same arms, in any order.

    Within each stratum the accounts are cut into up to four tiers of revenue and, by falling revenue, into blocks
    of ten; in each block the lots decide which tenth, fifth or half is held out. Where the share does not divide a
    block, a lot decides about the odd account, so that everyone's chance is exactly `holdout_share`. Accounts of
    `always_worked_from_cents` or more are set apart before the draw.
    Raises ValueError for a share outside 0 to 1, an empty seed, or an account listed twice.
    """
    _check(candidates, holdout_share, seed)
    share = Fraction(str(holdout_share))
    limit = always_worked_from_cents
    apart = [c for c in candidates if limit is not None and c.arr_cents >= limit]
    draws = [Draw(c.account_id, ALWAYS_WORKED, c.stratum, _lot(seed, "account", c.account_id)) for c in apart]
    for stratum, members in _tiers([c for c in candidates if limit is None or c.arr_cents < limit], seed).items():
        for number, first in enumerate(range(0, len(members), BLOCK)):
            draws += _draw_block(members[first : first + BLOCK], stratum, number, share, seed)
    return tuple(sorted(draws, key=lambda draw: draw.account_id))


def draw_late(account_id: str, *, holdout_share: float, seed: str, stratum: str = "") -> Draw:
    """The arm of one account that arrives after the batch: held out if its lot falls below the share."""
    _check((), holdout_share, seed)
    lot = _lot(seed, "late", account_id)
    arm = HELD_OUT if _fraction(lot) < Fraction(str(holdout_share)) else TREATED
    return Draw(account_id, arm, stratum, lot)


def _check(candidates: Sequence[Candidate], holdout_share: float, seed: str) -> None:
    if not 0 < holdout_share < 1:
        raise ValueError(f"holdout_share is {holdout_share}; give a share between 0 and 1, such as 0.2.")
    if not seed:
        raise ValueError("seed is empty; give the random text stored with the trial.")
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.account_id in seen:
            raise ValueError(f"Account {candidate.account_id!r} is listed twice; give each account once.")
        seen.add(candidate.account_id)


def _tiers(candidates: Sequence[Candidate], seed: str) -> dict[str, list[Candidate]]:
    """Accounts by stratum and tier of revenue, the largest first; equal revenue in the order of the lots."""
    by_stratum: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_stratum[candidate.stratum].append(candidate)
    tiers: dict[str, list[Candidate]] = {}
    for stratum, members in sorted(by_stratum.items()):
        ranked = sorted(members, key=lambda c: (-c.arr_cents, _lot(seed, "order", c.account_id)))
        # Tiers below one block would leave too much to the odd lots.
        count = max(1, min(TIERS, len(ranked) // BLOCK))
        for tier in range(count):
            name = f"{stratum}/tier {tier + 1}" if stratum else f"tier {tier + 1}"
            tiers[name] = ranked[tier * len(ranked) // count : (tier + 1) * len(ranked) // count]
    return tiers


def _draw_block(block: Sequence[Candidate], stratum: str, number: int, share: Fraction, seed: str) -> list[Draw]:
    lots = {candidate.account_id: _lot(seed, "account", candidate.account_id) for candidate in block}
    odd = _fraction(_lot(seed, "block", f"{stratum}/{number}"))
    held_out = floor(share * len(block) + odd)
    chosen = set(sorted(lots, key=lambda account_id: (lots[account_id], account_id))[:held_out])
    return [
        Draw(account_id, HELD_OUT if account_id in chosen else TREATED, stratum, lot)
        for account_id, lot in lots.items()
    ]


def _lot(seed: str, purpose: str, name: str) -> str:
    """HMAC-SHA256 of the name under the seed: nobody can foresee it without the seed, anybody can check it with it."""
    message = f"{purpose}:{name}".encode("utf-8", "surrogatepass")
    return hmac.new(seed.encode(), message, hashlib.sha256).hexdigest()[: DRAW_BITS // 4]


def _fraction(lot: str) -> Fraction:
    return Fraction(int(lot, 16), 2**DRAW_BITS)
