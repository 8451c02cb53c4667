"""Reads JSON and refuses what would be misread, or would break further on."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from cshub.api.errors import ApiProblem

MOST_LEVELS = 32
MOST_DIGITS = 40
MOST_EXACT = 2**63


class StrictJSONParser(BaseParser):
    """UTF-8 JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value. Raises ParseError with a sentence that says what is wrong and where, ApiProblem body_too_large."""
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise ApiProblem("body_too_large")
        return parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """The value of a JSON text. Raises ParseError."""
    try:
        return _quickly_parsed(raw)
    except ValueError:
        return _strictly_parsed(raw)


def _quickly_parsed(raw: bytes) -> Any:
    """The same value at a fifth of the cost. Raises ValueError where anything is wrong, or in doubt: the strict reading then says what."""
    value = orjson.loads(raw)
    if b"\\u0000" in raw:
        raise ValueError
    key_count, level = 0, [value]
    for _depth in range(MOST_LEVELS):
        kinds = set(map(type, level))
        if float in kinds:
            _doubt_numbers(level, raw)
        objects = [item for item in level if type(item) is dict] if dict in kinds else []
        lists = [item for item in level if type(item) is list] if list in kinds else []
        key_count += sum(map(len, objects))
        level = list(chain(chain.from_iterable(map(dict.values, objects)), chain.from_iterable(lists)))
        if not level:
            break
    # A colon behind a key follows its quotation mark. As many of these as different keys: no key stands twice in an object.
    if level or key_count != raw.count(b'":') + len(re.findall(rb'"\s+:', raw)):
        raise ValueError
    return value


def _doubt_numbers(values: list[Any], raw: bytes) -> None:
    """Whole numbers beyond 64 bits have become floats, and long numbers were rounded."""
    numbers = [value for value in values if type(value) is float]
    if max(map(abs, numbers)) >= MOST_EXACT or re.search(rb"[\d.eE+-]{%d}" % (MOST_DIGITS + 1), raw):
        raise ValueError


def _strictly_parsed(raw: bytes) -> Any:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8: byte {error.start} cannot be read.") from error
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_number
        )
    except json.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise ParseError(f"The body is more than {MOST_LEVELS} levels deep.") from error
    _refuse_odd(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(f"The key {twice[:60]!r} stands twice in one object. Keep one of the two.")
    return found


def _refuse_constant(name: str) -> None:
    raise ParseError(f"{name} is not a number in JSON. Send null, or leave the field out.")


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ParseError(f"The number {digits[:20]}… has more than {MOST_DIGITS} digits. Send fewer.")
    return int(digits)


def _number(text: str) -> float:
    value = float(text) if len(text) <= MOST_DIGITS else math.inf
    if math.isinf(value):
        raise ParseError(
            f"The number {text[:20]} is too large or too long. Send a smaller one of at most {MOST_DIGITS} digits."
        )
    return value


def _refuse_odd(value: Any) -> None:
    """Text that the database cannot keep, and depth."""
    level = [value]
    for _depth in range(MOST_LEVELS):
        for text in (item for item in level if isinstance(item, str)):
            _refuse_text(text)
        level = [below for item in level for below in _below(item)]
        if not level:
            return
    raise ParseError(f"The body is more than {MOST_LEVELS} levels deep.")


def _below(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _refuse_text(text: str) -> None:
    if "\x00" in text:
        raise ParseError(f"The text {text[:40]!r} holds a NUL character.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ParseError(f"The text {text[:40]!a} holds half of a surrogate pair.")
