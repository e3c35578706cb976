"""The short forms of the scenario language. A person writes the short form; the program stores the long value.

A form belongs to a type as `Annotated[long type, form.meta]`. The scenario reader lengthens each short form before it
converts the value. The JSON Schema for editors uses the schema that the form has.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from mockserver.core import instant
from mockserver.core.operation import Operation
from mockserver.core.wording import shortened

LONGEST_DURATION: Final = 36_525 * instant.DAY
"""A hundred years: the longest duration that can be written."""

LAST_CALL: Final = 999_999_999
"""The highest number of a call that a rule can name."""

_UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_DURATION = re.compile(r"(\d++)(?:\.(\d++))?\s*+(ms|s|m|h)", re.ASCII)
# The most digits of a duration before and after its point. They are enough to write a hundred years in milliseconds
# exactly.
_MOST_DURATION_DIGITS: Final = 15
# The most characters of an instant. Python's parser accepts any number of digits after the second, and drops all digits
# after the sixth.
_LONGEST_INSTANT: Final = 64
# The most characters of a list of operations that an error suggests, for a text that names several operations.
_LONGEST_OFFER: Final = 200
_SPAN = re.compile(r"([1-9]\d{0,8})\s*+(?:(-)\s*+([1-9]\d{0,8})?)?", re.ASCII)


class Form(Struct, frozen=True):
    """One short form: `lengthen` turns plain data into long plain data, or raises ValueError.

    The text of the ValueError, or `expected` if the error has no text, completes the sentence "expected …, found …". If
    a user misspells a word, the error suggests the nearest word of `words`. If the long type is a struct, a mapping is
    not a short form: it is read as that struct.
    """

    expected: str
    lengthen: Callable[[object], object]
    schema: Mapping[str, object]
    words: tuple[str, ...] = ()

    @property
    def meta(self) -> Meta:
        """The annotation that attaches this form to a type."""
        return Meta(extra={"form": self})


class EntryError(ValueError):
    """One entry of a list in short form is wrong. `index` is the position of the entry, from 0."""

    def __init__(self, index: int, expected: str = "") -> None:
        super().__init__(expected)
        self.index = index


class Keyed(Struct, frozen=True):
    """The short form of a struct written as a mapping of one key, `KEY: {…}`, `KEY: VALUE`, or as the bare `KEY`.

    The key becomes the field `key`; a value that is not a mapping becomes the field `value`.
    """

    key: str
    value: str


class Most(Struct, frozen=True):
    """The words for a bound on a text, a list or a mapping.

    `unit` names the things that the bound counts. `way_out` tells the user how to stay within the bound.

    It is an annotation of the type, beside the bound: `Annotated[list, Meta(max_length=9, extra={"most": Most(…)})]`.
    """

    unit: str
    way_out: str


def _duration(value: object) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        # The bounds are checked first, so that neither NaN nor an int of thousands of digits becomes a Decimal.
        _require_century(value, LONGEST_DURATION // instant.SECOND)
        microseconds = Decimal(str(value)) * instant.SECOND
    else:
        microseconds = _written_seconds(value) * instant.SECOND
        _require_century(microseconds, LONGEST_DURATION)
    if microseconds % 1:
        msg = "a duration in whole microseconds"
        raise ValueError(msg)
    return int(microseconds)


def _require_century(duration: float | Decimal, most: int) -> None:
    if not 0 <= duration <= most:
        msg = "a duration from 0 to a hundred years"
        raise ValueError(msg)


def _written_seconds(value: object) -> Decimal:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError
    whole, part, unit = match.groups(default="")
    if max(len(whole), len(part)) > _MOST_DURATION_DIGITS:
        msg = (
            f"a duration from 0 to a hundred years, of at most {_MOST_DURATION_DIGITS} digits before the point"
            f" and {_MOST_DURATION_DIGITS} after it"
        )
        raise ValueError(msg)
    return Decimal(f"{whole}.{part}") * _UNITS[unit]


def _instant(value: object) -> int:
    if not isinstance(value, str) or len(value) > _LONGEST_INSTANT:
        raise ValueError
    try:
        moment = instant.from_iso(value)
    except ValueError:
        # Python's error text describes its parser. The text of the form says how to write the value.
        raise ValueError from None
    if not 0 <= moment < instant.END - 2 * LONGEST_DURATION:
        msg = "an instant between the years 1970 and 9799"
        raise ValueError(msg)
    return moment


def _or_word(word: str, lengthen: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: value if value == word else lengthen(value)


def _each(values: list[object], lengthen: Callable[[object], object]) -> list[object]:
    return [_entry(i, value, lengthen) for i, value in enumerate(values)]


def _entry(index: int, value: object, lengthen: Callable[[object], object]) -> object:
    try:
        return lengthen(value)
    except ValueError as error:
        raise EntryError(index, str(error)) from error


def _calls(value: object) -> object:
    if value == []:
        msg = "a list of at least one call number or range"
        raise ValueError(msg)
    return {"spans": _each(value, _span) if isinstance(value, list) else [_span(value)]}


def _span(value: object) -> tuple[int, int | None]:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LAST_CALL:
        return value, value
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError
    first = int(match[1])
    last = None if match[2] and not match[3] else int(match[3] or first)
    if last is not None and last < first:
        msg = f'a range that goes up, such as "{last}-{first}"'
        raise ValueError(msg)
    return first, last


def _retry_after(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError
    if isinstance(value, str) and not _DURATION.fullmatch(value.strip()):
        return {"raw": value}
    return {"in": _duration(value)}


def _operations(value: object) -> object:
    if value == "any":
        return [*Operation]
    if value == []:
        msg = "at least one operation"
        raise ValueError(msg)
    return _each(value, _operation) if isinstance(value, list) else [_operation(value)]


def _operation(value: object) -> object:
    if value == "any":
        msg = "an operation, since `any` means all of them and stands without a list: `on: any`"
        raise ValueError(msg)
    if isinstance(value, str) and "," in value:
        msg = f"an operation, and several of them as a list, [{shortened(value, _LONGEST_OFFER)}]"
        raise ValueError(msg)
    if value not in [*Operation]:
        raise ValueError
    return value


_DIGITS: Final = f"[0-9]{{1,{_MOST_DURATION_DIGITS}}}"
_DURATION_SCHEMA: Final = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": LONGEST_DURATION // instant.SECOND},
        {"type": "string", "pattern": rf"^\s*{_DIGITS}(\.{_DIGITS})?\s*(ms|s|m|h)\s*$"},
    ]
}
_INSTANT_SCHEMA: Final = {
    "type": "string",
    "maxLength": _LONGEST_INSTANT,
    "pattern": r"^[0-9]{4}[\s\S]*([Zz]|[+-][0-9:.]+)$",
}
_CALL_SCHEMA: Final = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": LAST_CALL},
        {"type": "string", "pattern": r"^[1-9][0-9]{0,8}\s*(-\s*([1-9][0-9]{0,8})?)?$"},
    ]
}
_EVERY_SCHEMA: Final = {
    "type": "object",
    "properties": {"every": {"type": "integer", "minimum": 1, "maximum": LAST_CALL}},
    "required": ["every"],
    "additionalProperties": False,
}

_SIZE: Final = re.compile(r"([1-9][0-9]{0,11})\s*+(KiB|MiB)", re.ASCII)
_SIZE_UNITS: Final = {"KiB": 1024, "MiB": 1024**2}

LARGEST_BODY: Final = 64 * 1024**2
"""The largest value, in bytes, to which a scenario can set the limit of a request body."""


def _size(value: object) -> int:
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    size = value if match is None else int(match[1]) * _SIZE_UNITS[match[2]]
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST_BODY:
        raise ValueError
    return size


SIZE: Final = Form(
    "a number of bytes from 1 to 64 MiB, or a size such as 512KiB or 8MiB",
    _size,
    schema={
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": LARGEST_BODY},
            {"type": "string", "pattern": r"^\s*[1-9][0-9]{0,11}\s*(KiB|MiB)\s*$"},
        ]
    },
)
DURATION: Final = Form(
    expected="a duration: a number of seconds, or a text such as 500ms, 2s, 5m, 1h",
    lengthen=_duration,
    schema=_DURATION_SCHEMA,
)
STEP: Final = Form(
    expected="a duration such as 2s, or the word next",
    lengthen=_or_word("next", _duration),
    schema={"anyOf": [{"const": "next"}, _DURATION_SCHEMA]},
)
START: Final = Form(
    expected="the word now, or an instant such as 2026-06-07T12:00:00Z",
    lengthen=_or_word("now", _instant),
    schema={"anyOf": [{"const": "now"}, _INSTANT_SCHEMA]},
)
INSTANT: Final = Form(
    expected="an instant such as 2026-06-07T12:00:00Z",
    lengthen=_instant,
    schema=_INSTANT_SCHEMA,
)
CALLS: Final = Form(
    expected='a call number, a range such as "2-4" or "3-", a list of them, or {every: 3}',
    lengthen=_calls,
    schema={"anyOf": [_CALL_SCHEMA, {"type": "array", "minItems": 1, "items": _CALL_SCHEMA}, _EVERY_SCHEMA]},
)

RETRY_AFTER: Final = Form(
    expected="a wait such as 2s, {in: 30s, as: http-date}, any other text to be sent as it is, or null for none",
    lengthen=_retry_after,
    schema={"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}, {"type": "object"}]},
)
OPERATIONS: Final = Form(
    expected=f"{', '.join(Operation)}, a list of them, or any",
    lengthen=_operations,
    words=("any", *Operation),
    schema={
        "anyOf": [
            {"enum": ["any", *Operation]},
            {"type": "array", "minItems": 1, "items": {"enum": [*Operation]}},
        ]
    },
)

Duration = Annotated[int, DURATION.meta]
Size = Annotated[int, SIZE.meta]
"""Bytes."""
"""Microseconds, ≥ 0; written as a number of seconds or as `500ms`, `2s`, `5m`, `1h`."""

Instant = Annotated[int, INSTANT.meta]
"""Microseconds since 1970; written as `2026-06-07T12:00:00Z`."""

Step = Annotated[int | Literal["next"], STEP.meta]
"""Microseconds, or `next` for the next visible change."""

Start = Annotated[int | Literal["now"], START.meta]
"""An instant in microseconds since 1970, or `now` for the real instant at which the world begins."""
