"""Draws the arm of an account by a salted hash within its revenue tier, so that anybody can draw it again."""

import hashlib
import hmac
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

Arm = Literal["treated", "held_out"]
DRAW_STEPS = 10**10
HEX_DIGITS = 15  # 60 bits: fits a signed 64-bit integer in SQL as in Python
BLOCK = 64  # bytes of a SHA-256 block, RFC 2104


def stratum_of(arr: Decimal, boundaries: Sequence[Decimal]) -> str:
    """The revenue tier of an account: arr_1 below the first boundary, arr_<n + 1> from the n-th boundary up.

    `boundaries` ascend and belong to the version: they were fixed when it was submitted.
    """
    return f"arr_{1 + sum(arr >= boundary for boundary in boundaries)}"


def draw(*, salt: str, stratum: str, account_id: str, window_key: str) -> Decimal:
    """A number in [0, 1) with ten decimals that depends on nothing but its arguments.

    HMAC-SHA256 (RFC 2104) of "stratum|account|window" under the version's salt; the first 60 bits modulo 10^10, whose bias is below 1e-8.
    """
    message = f"{stratum}|{account_id}|{window_key}".encode()
    digest = hmac.new(salt.encode(), message, hashlib.sha256).hexdigest()
    return Decimal(int(digest[:HEX_DIGITS], 16) % DRAW_STEPS).scaleb(-10)


def arm_of(drawn: Decimal, *, holdout_share: Decimal) -> Arm:
    """Held out when the draw falls below the holdout share, a number from 0 to 1."""
    return "held_out" if drawn < holdout_share else "treated"


def pads(salt: str) -> tuple[bytes, bytes]:
    """The inner and outer pad of HMAC-SHA256 for this salt, for SQL that has sha256() but no hmac()."""
    key = salt.encode()
    if len(key) > BLOCK:
        key = hashlib.sha256(key).digest()
    key = key.ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)
