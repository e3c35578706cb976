"""JSON from the wire: an object of bounded depth, or a sentence about what is wrong with it."""

import json
import math
import re
from collections.abc import Iterator
from typing import Final

from msgspec import DecodeError
from msgspec.json import Decoder

from mockserver.core.document import shortened
from mockserver.core.errors import Flaw, Invalid

DEEPEST: Final = 64
"""Levels of nesting that a body may have."""

_object: Final = Decoder(dict[str, object])
# A string that is never closed runs to the end: looking for its end from each of its quotes would take quadratic time.
_BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def parsed(text: bytes) -> dict[str, object]:
    """Return the object that a text is; Invalid if it is none, or nested too deeply."""
    if _depth(text) > DEEPEST:
        raise Invalid(Flaw("", f"expected JSON of at most {DEEPEST} levels"))
    try:
        return _object.decode(text)
    except (DecodeError, UnicodeDecodeError) as error:
        raise Invalid(_too_large(text) or Flaw("", f"expected a JSON object: {error}")) from error


class _Large(str):
    """A number, as written, that is too large to be converted."""

    __slots__ = ()


def _number(text: str) -> str | None:
    return _Large(text) if math.isinf(float(text)) else None


def _too_large(text: bytes) -> Flaw | None:
    """Return where the first number stands that is too large; None where that is not why the text cannot be read."""
    try:
        value = json.loads(text, parse_int=_number, parse_float=_number)
    except ValueError:
        return None
    return next((Flaw(path, _sentence(large)) for path, large in _numbers(value, "")), None)


def _sentence(number: str) -> str:
    return f"the number {shortened(number)} is too large; put a text in quotes"


def _numbers(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield each number that is too large, with the keys and indices that lead to it."""
    if isinstance(value, _Large):
        yield path, value
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from _numbers(inside, f"{path}.{shortened(key)}" if path else shortened(key))
    elif isinstance(value, list):
        for i, inside in enumerate(value):
            yield from _numbers(inside, f"{path}[{i}]")


def _depth(text: bytes) -> int:
    """Return how deeply JSON is nested, without parsing it: a parser that recurses must not meet it first."""
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return 0
    deepest = depth = 0
    for match in _BRACKETS.finditer(text):
        token = match[0]
        depth += (token in b"[{") - (token in b"]}")
        deepest = max(deepest, depth)
    return deepest
