"""What a kind of source says about itself, and what it hands over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from django.utils.functional import _StrPromise

    Cursor = dict[str, Any]
    Row = dict[str, Any]
    Fetch = Callable[["Source", Cursor], Iterator["Page"]]
    Map = Callable[["Source", Sequence[Row]], list["Mapped"]]

TEXT, LONG, WHOLE, CHOICE, YES_NO = "text", "long", "whole", "choice", "yes_no"


@dataclass(frozen=True)
class Option:
    """One thing a person says about a source."""

    name: str
    label: str | _StrPromise
    reads: str = TEXT
    needed: bool = False
    default: Any = ""
    choices: tuple[tuple[str, str | _StrPromise], ...] = ()
    help: str | _StrPromise = ""
    lowest: int = 0
    highest: int = 1_000_000


@dataclass(frozen=True)
class Source:
    """A source as its adapter sees it: options by name, the secret in the clear, field → place in a row, the moment of reading."""

    options: Mapping[str, Any]
    secret: str
    mapping: Mapping[str, str]
    as_of: datetime


@dataclass(frozen=True)
class Page:
    """Some rows, and the cursor that continues behind them. A page is kept whole or not at all, together with its cursor."""

    rows: tuple[Row, ...]
    cursor: Cursor


@dataclass(frozen=True)
class Mapped:
    """A row as the fields of its kind, or nothing where it is none of ours."""

    row: Row
    values: Row | None


@dataclass(frozen=True)
class Adapter:
    """A kind of source. `fetch` yields the pages behind a cursor and raises CannotReach; `map` turns a page's rows into fields.

    `checked` says what is wrong between options, by option, and may tidy them. `brings` are the kinds of import it can feed; one alone is taken without asking. `secret` is the label of what is kept encrypted.
    """

    key: str
    options: tuple[Option, ...]
    secret: str | _StrPromise
    brings: tuple[str, ...]
    fetch: Fetch
    map: Map
    takes_mapping: bool = True
    checked: Callable[[dict[str, Any]], dict[str, str]] = lambda options: {}
