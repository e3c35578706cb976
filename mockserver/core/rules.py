"""When a scripted thing applies. Matching is computing the difference: an empty one is a match."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.json import encode

from mockserver.core.forms import CALLS

Scalar = str | int | float | bool | None
"""One value of a condition: text is a glob, all else equals its JSON value."""

Condition = Scalar | tuple[Scalar, ...]
"""What one key must be: a scalar, or a list that means any of them."""

When = dict[str, Condition]
"""Conditions by key; all must hold."""


class Calls(Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the calls that match fire, counted from 1: those in a span, or every so many-th."""

    spans: tuple[tuple[int, int | None], ...] = ()
    every: Annotated[int, Meta(ge=1)] | None = None

    def include(self, call: int) -> bool:
        """Tell whether the `call`-th match is one of them."""
        if self.every is not None:
            return call % self.every == 0
        return any(first <= call and (last is None or call <= last) for first, last in self.spans)


WhichCalls = Annotated[Calls, CALLS.meta]
"""Calls, written as `2`, `"2-4"`, `"3-"`, `[1, 4]` or `{every: 3}`."""


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in glob)
    return re.compile("".join(parts), re.DOTALL)


def _text(value: object) -> str:
    return value if isinstance(value, str) else encode(value).decode()


def _holds(expected: Scalar, found: object) -> bool:
    if isinstance(expected, str):
        return _pattern(expected).fullmatch(_text(found)) is not None
    if isinstance(expected, bool) or expected is None or isinstance(found, bool):
        return found is expected
    return isinstance(found, int | float) and found == expected


def _difference(condition: Condition, found: object) -> bool:
    expected = condition if isinstance(condition, tuple) else (condition,)
    return found is UNSET or not any(_holds(one, found) for one in expected)


def difference(when: Mapping[str, Condition], subject: Mapping[str, object]) -> dict[str, tuple[Condition, object]]:
    """Return, for each condition that does not hold, what was expected and what was found (UNSET: nothing).

    `subject` maps the keys that the request has to their values; an empty result is a match.
    """
    found: dict[str, object | UnsetType] = {key: subject.get(key, UNSET) for key in when}
    return {key: (when[key], found[key]) for key in when if _difference(when[key], found[key])}
