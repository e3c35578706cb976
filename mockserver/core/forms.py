"""The short forms of the scenario language: what a person writes, and the long value that the program keeps.

A form hangs on a type as `Annotated[long type, form.meta]`; the scenario reader lengthens what it meets before the
value is converted, and the JSON Schema for editors takes the form's own fragment.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from mockserver.core import instant

LONGEST: Final = 36_525 * instant.DAY
"""A hundred years: the longest duration that can be written."""

_UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)", re.ASCII)
_SPAN = re.compile(r"([1-9]\d*)\s*(?:(-)\s*([1-9]\d*)?)?", re.ASCII)


class Form(Struct, frozen=True):
    """One short form: `lengthen` turns plain data into long plain data, or raises ValueError with a sentence."""

    expected: str
    lengthen: Callable[[object], object]
    schema: Mapping[str, object]

    @property
    def meta(self) -> Meta:
        """The annotation that carries this form on a type."""
        return Meta(extra={"form": self})


class Keyed(Struct, frozen=True):
    """The short form of a struct written as a mapping of one key, `KEY: {…}`, `KEY: VALUE`, or as the bare `KEY`.

    The key becomes the field `key`; a value that is not a mapping becomes the field `value`.
    """

    key: str
    value: str


def _duration(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError
        seconds = Decimal(match[1]) * _UNITS[match[2]]
    else:
        seconds = Decimal(str(value))
    if not 0 <= seconds * instant.SECOND <= LONGEST:
        msg = "a duration is between 0 and a hundred years"
        raise ValueError(msg)
    return int(seconds * instant.SECOND)


def _instant(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError
    if not 0 <= (moment := instant.from_iso(value)) < instant.END - 2 * LONGEST:
        msg = "an instant is between the years 1970 and 9799"
        raise ValueError(msg)
    return moment


def _or_word(word: str, lengthen: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: value if value == word else lengthen(value)


def _span(value: object) -> tuple[int, int | None]:
    match = _SPAN.fullmatch(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if match is None:
        raise ValueError
    first = int(match[1])
    last = None if match[2] and not match[3] else int(match[3] or first)
    if last is not None and last < first:
        msg = f"a range goes up: {last}-{first}"
        raise ValueError(msg)
    return first, last


def _calls(value: object) -> object:
    if isinstance(value, Mapping):
        return value
    numbers = value if isinstance(value, list) else [value]
    if not numbers:
        msg = "an empty list names no call"
        raise ValueError(msg)
    return {"spans": [_span(number) for number in numbers]}


_DURATION_SCHEMA: Final = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|m|h)$"}]
}
_INSTANT_SCHEMA: Final = {"type": "string", "format": "date-time"}

DURATION: Final = Form("a duration: a number of seconds, or a text such as 500ms, 2s, 5m, 1h", _duration, _DURATION_SCHEMA)
STEP: Final = Form(
    "a duration such as 2s, or the word next",
    _or_word("next", _duration),
    {"anyOf": [{"const": "next"}, _DURATION_SCHEMA]},
)
START: Final = Form(
    "the word now, or an instant such as 2026-06-07T12:00:00Z",
    _or_word("now", _instant),
    {"anyOf": [{"const": "now"}, _INSTANT_SCHEMA]},
)
CALLS: Final = Form(
    'a call number, a range such as "2-4" or "3-", a list of them, or {every: 3}',
    _calls,
    {
        "$defs": {},
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": r"^[1-9]\d*\s*(-\s*([1-9]\d*)?)?$"},
            {
                "type": "array",
                "minItems": 1,
                "items": {
                    "anyOf": [
                        {"type": "integer", "minimum": 1},
                        {"type": "string", "pattern": r"^[1-9]\d*\s*(-\s*([1-9]\d*)?)?$"},
                    ]
                },
            },
            {
                "type": "object",
                "properties": {"every": {"type": "integer", "minimum": 1}},
                "required": ["every"],
                "additionalProperties": False,
            },
        ],
    },
)

Duration = Annotated[int, DURATION.meta]
"""Microseconds, ≥ 0; written as a number of seconds or as `500ms`, `2s`, `5m`, `1h`."""

Step = Annotated[int | Literal["next"], STEP.meta]
"""Microseconds, or `next` for the next visible change."""

Start = Annotated[int | Literal["now"], START.meta]
"""An instant in microseconds since 1970, or `now` for the real one at which the world begins."""
