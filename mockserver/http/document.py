"""JSON from the wire: an object of bounded depth, or a sentence about what is wrong with it."""

import re
from typing import Final

from msgspec import DecodeError
from msgspec.json import Decoder

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
        raise Invalid(Flaw("", f"expected a JSON object: {error}")) from error


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
