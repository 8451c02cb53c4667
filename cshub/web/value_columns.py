"""The columns that one may add to the account list: what customers are worth, what serving them costs, and their tier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cshub.l10n import formats
from cshub.web.queries.account_list import AccountRow, Worth
from health.value.models import Tier

CLV, COST, TIER = "clv", "cost_to_serve", "value_tier"  # as segments name them
LABELS: dict[str, Promise] = {
    CLV: gettext_lazy("Lifetime value"),
    COST: gettext_lazy("Cost to serve"),
    TIER: gettext_lazy("Value tier"),
}
TIER_KINDS = {Tier.HIGH: "u-good", Tier.LOSS: "u-risk", Tier.UNKNOWN: "u-faint"}


@dataclass(frozen=True)
class ValueCell:
    """A cell as text: its column, what it says, and below it the interval."""

    label: str
    text: str
    below: str = ""
    kind: str = ""
    is_number: bool = True


def value_cells(worth: Worth | None, columns: Sequence[str]) -> tuple[ValueCell, ...]:
    """The cells of one row, in the order of `columns`."""
    return tuple(_cell(worth, column) for column in columns)


def value_note(rows: Sequence[AccountRow], columns: Sequence[str]) -> str:
    """One sentence below the list on what its figures are; empty where none of these columns is shown."""
    known = [(row.worth.computed_at, row.worth.months or 0) for row in rows if row.worth and row.worth.computed_at]
    if not columns or not known:
        return ""
    told_at, months = max(known)
    words = {"months": formats.number(months), "day": formats.date(told_at.date())}
    return _(
        "Lifetime value: over %(months)s months after margin and discount, without expansion, with its 95%% interval. Cost to serve: of the past year. Told on %(day)s, in each account's own currency; its page says how each came about."
    ) % words  # fmt: skip


def _cell(worth: Worth | None, column: str) -> ValueCell:
    label = str(LABELS[column])
    if worth is None or not worth.tier:
        return ValueCell(label, formats.DASH, is_number=column != TIER)
    if column == TIER:
        tier = Tier(worth.tier)
        return ValueCell(label, str(tier.label), kind=TIER_KINDS.get(tier, ""), is_number=False)
    if column == COST:
        return ValueCell(label, _money(worth.cost, worth.currency))
    interval = (
        f"{_money(worth.low, worth.currency)}–{_money(worth.high, worth.currency)}" if worth.low is not None else ""
    )
    return ValueCell(label, _money(worth.amount, worth.currency), below=interval)


def _money(amount: Decimal | None, currency: str) -> str:
    return formats.DASH if amount is None else formats.money(amount, currency, compact=True)
