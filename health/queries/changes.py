"""What a change of the score means on every page."""

from decimal import Decimal

CHANGE_DAYS = 30


def difference(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Unknown as soon as one of the two is."""
    return None if now is None or before is None else now - before
