"""Writes the rows of the account list, which were formatted before: fifty of them with nine cells are the larger part of the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape as shown
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from cshub.l10n import formats
from cshub.web import drawn
from cshub.web.rows import ShownRow
from cshub.web.templatetags.icon import icon
from cshub.web.value_columns import ValueCell

SOMEWHERE = UUID(int=0)  # stands for an account in the address that all rows share


@dataclass(frozen=True)
class _Around:
    """What all rows of a page share."""

    address: str
    select: str
    last_touch: str
    no_next_step: str
    dot: str
    sentiment: str


def drawn_rows(rows: Iterable[ShownRow]) -> str:
    """The rows of one group, ready for a tbody."""
    around = _Around(
        address=reverse("account", args=[SOMEWHERE]),
        select=shown(_("Select")),
        last_touch=shown(_("last touch")),
        no_next_step=f'<span class="c-tag is-watch">{icon("triangle-alert", "is-small")}{shown(_("No next step"))}</span>',
        dot=formats.separator(),
        sentiment=shown(_("Sentiment")),
    )
    return "\n".join(_row(row, around) for row in rows)


def _row(row: ShownRow, around: _Around) -> str:
    name, address = shown(row.name), around.address.replace(str(SOMEWHERE), str(row.pk))
    kind = "u-risk" if row.band == "risk" else "u-muted"
    change = f'<bdi class="u-small u-number {row.change_kind}">{row.change}</bdi>' if row.change else ""
    word = (
        f'<span class="u-tiny {row.sentiment_kind}" title="{around.sentiment}"><span class="u-visually-hidden">{around.sentiment}: </span>{shown(row.sentiment)}</span>'
        if row.sentiment
        else ""
    )
    owner = drawn.avatar(row.owner, alone=True) if row.owner else '<span class="u-faint">–</span>'
    return f"""<tr data-row>
  <td class="is-check"><input type="checkbox" class="c-checkbox" name="account" value="{row.pk}" data-select data-amount="{row.amount}" aria-label="{around.select} {name}"></td>
  <td class="is-account"><div class="c-account-name">{drawn.monogram(row.name)}<div class="u-two-lines"><a href="{address}" class="u-strong u-ellipsis"><bdi>{name}</bdi></a><span class="u-small u-ellipsis {kind}">{shown(row.reason)}</span></div></div></td>
  <td class="is-health"><div class="u-two-lines"><div class="u-row">{drawn.pill(row.score, row.band)}{change}</div>{word}</div></td>
  <td class="is-wide">{drawn.spark(row.spark, row.band)}</td>
  <td class="is-number is-revenue u-medium"><bdi>{shown(row.arr)}</bdi></td>{_further(row)}
  <td class="is-renewal"><div class="u-two-lines"><span>{shown(row.renewal)}</span><span class="u-small u-faint">{shown(row.renewal_in)}</span></div></td>
  <td class="is-wide">{_share(row)}</td>
  <td class="is-next">{_next(row, around)}</td>
  <td class="is-desktop">{owner}</td>
</tr>"""


def _further(row: ShownRow) -> str:
    """The columns one added, each with its heading for where a row is a card."""
    return "".join(map(_value, row.further))


def _value(cell: ValueCell) -> str:
    css = "is-value is-number" if cell.is_number else "is-value"
    below = f'<bdi class="u-small u-faint">{shown(cell.below)}</bdi>' if cell.below else ""
    return (
        f'<td class="{css}" data-label="{shown(cell.label)}"><div class="u-two-lines">'
        f'<bdi class="{cell.kind}">{shown(cell.text)}</bdi>{below}</div></td>'
    )


def _share(row: ShownRow) -> str:
    if not row.share:
        return '<span class="u-faint">–</span>'
    return f'<div class="u-row">{drawn.split_bar(row.share_width, "small")}<bdi class="u-number u-small u-muted">{shown(row.share)}</bdi></div>'


def _next(row: ShownRow, around: _Around) -> str:
    if not row.next_title:
        return around.no_next_step
    due = f'<span class="u-risk u-medium">{shown(row.next_due)}</span>' if row.next_is_due else shown(row.next_due)
    touched = f"{around.dot}{around.last_touch} {shown(row.touched)}" if row.touched else ""
    return (
        f'<div class="u-two-lines"><span class="u-ellipsis"><bdi>{shown(row.next_title)}</bdi></span>'
        f'<span class="u-small u-faint u-ellipsis">{due}{touched}</span></div>'
    )
