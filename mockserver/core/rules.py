"""The conditions under which a rule applies. Matching computes the difference: an empty difference is a match."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Annotated, Final, Protocol, TypeVar

from msgspec import UNSET, Meta, Struct, structs
from msgspec.json import encode

from mockserver.core.forms import CALLS, LAST_CALL, Most

MOST_CONDITIONS: Final = 100
"""The most conditions of one rule."""

MOST_VALUES: Final = 1_000
"""The most values of one condition."""

LONGEST_GLOB: Final = 1_000
"""The most characters of one glob."""

_FEWER: Final = Most("conditions", "keep those that tell its requests from others")
_FEWER_VALUES: Final = Most("values", "write a glob that takes many of them, or divide the rule into several rules")
_SHORTER: Final = Most("letters", "write a * for a part of the text")

Glob = Annotated[str, Meta(max_length=LONGEST_GLOB, extra={"most": _SHORTER})]

ConditionValue = Glob | int | float | bool | None
"""One value of a condition. A text is a glob. Any other value must be equal to the JSON value found."""

Condition = (
    ConditionValue | Annotated[tuple[ConditionValue, ...], Meta(max_length=MOST_VALUES, extra={"most": _FEWER_VALUES})]
)
"""The condition on one key: a scalar, or a list. A list means any of its members."""

When = Annotated[dict[str, Condition], Meta(max_length=MOST_CONDITIONS, extra={"most": _FEWER})]
"""Conditions by key. All conditions must hold."""


class Calls(Struct, frozen=True, forbid_unknown_fields=True):
    """Selects, by number from 1, the matching calls on which a rule fires: a range, or every n-th call."""

    spans: Annotated[tuple[tuple[int, int | None], ...], Meta(extra={"made": True})] = ()
    every: Annotated[int, Meta(ge=1, le=LAST_CALL)] | None = None

    def include(self, call: int) -> bool:
        """Return whether the `call`-th match is selected."""
        if self.every is not None:
            return call % self.every == 0
        for first, last in self.spans:  # noqa: SIM110 - each request runs this, and `any` takes twice as long
            if first <= call and (last is None or call <= last):
                return True
        return False

    def __str__(self) -> str:
        if self.every is not None:
            return f"every {self.every}"
        return ", ".join(str(first) if first == last else f"{first}-{last or ''}" for first, last in self.spans)


WhichCalls = Annotated[Calls, CALLS.meta]
"""Calls, written as `2`, `"2-4"`, `"3-"`, `[1, 4]` or `{every: 3}`."""


Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """The part that all rules share: conditions, the matching calls on which the rule fires, and its place.

    `name` is printable; None means a name made from the section and the position, from 1. `place` is the file and line
    of the rule.
    """

    name: Name | None = None
    when: When = {}
    calls: WhichCalls | None = None
    place: Annotated[str, Meta(extra={"place": True})] = ""

    @cached_property
    def tests(self) -> tuple["Test", ...]:
        """The conditions of `when`, compiled into tests that can be evaluated many times."""
        return tests(self.when)


R = TypeVar("R", bound=Rule)


def placed(rule: R, name: str, place: str) -> R:
    """Return a copy of a rule with another name and place. Conditions that are already compiled are copied too."""
    moved = structs.replace(rule, name=name, place=place)
    if "tests" in vars(rule):
        vars(moved)["tests"] = rule.tests
    return moved


class Nameable(Protocol):
    """A rule or a limit, to which a scenario may give a name."""

    @property
    def name(self) -> str | None:
        """The name in the scenario; None if the scenario gives no name."""


N = TypeVar("N", bound=Nameable)


def rule_name(section: str, position: int, rule: Nameable) -> str:
    """Return the name of a rule: its own, or its section and its position from 1, such as `faults.2`."""
    return rule.name or f"{section}.{position}"


def named(section: str, rules: Iterable[N]) -> Iterator[tuple[str, N]]:
    """Yield each rule of a section with its name."""
    return ((rule_name(section, position, rule), rule) for position, rule in enumerate(rules, start=1))


Fact = Callable[[str], object]
"""A function that returns the value of a key of `when`; UNSET if the request has no such value."""

Test = tuple[str, Condition, Callable[[object], bool]]
"""A key, its condition, and a function that returns whether a value meets the condition."""


def tests(when: When) -> tuple[Test, ...]:
    """Compile the conditions into tests that can be evaluated many times."""
    return tuple((_key(key), condition, _test(condition)) for key, condition in when.items())


def difference(tests: Iterable[Test], fact: Fact) -> dict[str, tuple[Condition, object]]:
    """Return each condition that does not hold, with the value found. UNSET means that no value was found.

    An empty result is a match.
    """
    return {key: (expected, found) for key, expected, holds in tests if not holds(found := fact(key))}


def matches(condition: Condition, value: object) -> bool:
    """Return whether a value meets a condition."""
    return _test(condition)(value)


def _key(key: str) -> str:
    return key.lower() if key.startswith("header.") else key


def _test(condition: Condition) -> Callable[[object], bool]:
    if not isinstance(condition, tuple):
        return _scalar_test(condition)
    # Texts without special characters of a glob are looked up in a set, so many of them cost no more time than one.
    exact = frozenset(scalar for scalar in condition if isinstance(scalar, str) and not _is_glob(scalar))
    others = [_scalar_test(scalar) for scalar in condition if not isinstance(scalar, str) or _is_glob(scalar)]
    if not exact:
        return lambda found: any(holds(found) for holds in others)
    if not others:
        return lambda found: found is not UNSET and _text(found) in exact
    return lambda found: any(holds(found) for holds in others) or (found is not UNSET and _text(found) in exact)


def _scalar_test(expected: ConditionValue) -> Callable[[object], bool]:
    if isinstance(expected, str):
        fits = _glob(expected)
        return lambda found: found is not UNSET and fits(found if isinstance(found, str) else _text(found))
    if expected is None or isinstance(expected, bool):
        return lambda found: found is expected
    return lambda found: isinstance(found, int | float) and not isinstance(found, bool) and found == expected


def _text(found: object) -> str:
    """Return a value as the text that globs match: a text unchanged, any other value as JSON."""
    return found if isinstance(found, str) else encode(found).decode()


def _is_glob(text: str) -> bool:
    return "*" in text or "?" in text


def _glob(glob: str) -> Callable[[str], bool]:
    """Return a function that tests whether a text matches a glob.

    Most globs use methods of strings, which are fast, because every rule is checked for each order.
    """
    if "?" in glob:
        fits = _pattern(glob).fullmatch
        return lambda text: fits(text) is not None
    match glob.split("*"):
        case [whole]:
            return lambda text: text == whole
        case [start, ""]:
            return lambda text: text.startswith(start)
        case ["", end]:
            return lambda text: text.endswith(end)
        case ["", inside, ""]:
            return lambda text: inside in text
        case parts:
            start, *between, end = parts
            return lambda text: _fits(text, start, between, end)


def _fits(text: str, start: str, inside: Iterable[str], end: str) -> bool:
    """Return whether a text has this start and this end, and between them the other parts in order."""
    at, last = len(start), len(text) - len(end)
    if at > last or not (text.startswith(start) and text.endswith(end)):
        return False
    for part in inside:
        # For each part, only its first place is tried: later places would not change the result.
        at = text.find(part, at, last)
        if at < 0:
            return False
        at += len(part)
    return True


def _pattern(glob: str) -> re.Pattern[str]:
    first, *others = (_literal(part) for part in glob.split("*"))
    # The text between two stars is matched only at its first place. Later places would not change the result, and to
    # try them takes hours on a long prompt.
    between = "".join(f"(?>.*?{part})" for part in others[:-1])
    return re.compile("".join([first, between, *(f".*{part}" for part in others[-1:])]), re.DOTALL)


def _literal(text: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in text)
