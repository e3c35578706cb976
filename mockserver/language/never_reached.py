"""Finds rules that can never act, because an earlier rule always acts first.

A rule is listed only if this is certain.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.json import encode

from mockserver.core.document import Finding
from mockserver.core.faults import Fault
from mockserver.core.generation import Life
from mockserver.core.limits import By, Limit
from mockserver.core.rules import Calls, Condition, ConditionValue, Rule, rule_name
from mockserver.core.scenario import Scenario

MOST_PAIRS: Final = 300_000
"""The most pairs of rules that are compared in one section.

A section with 548 rules or more has more pairs. Then only the first rules are compared with all others.
"""

# Every accepted order has these keys, so a condition that accepts any text excludes no order.
_OF_EACH_ORDER: Final = ("generation_type", "model_name", "prompt", "account")

T = TypeVar("T")


def hidden_rules(scenario: Scenario) -> Iterator[Finding]:
    """Yield each rule that never acts because an earlier rule of its section hides it."""
    never = "this rule never fires: {} comes before it and takes all that it matches; put this one first, or remove it"
    idle = "this limit never refuses first: {} is no less strict to all that it counts; remove one of them"
    lives, faults, limits = scenario.generations, scenario.faults, scenario.limits
    yield from _findings("generations", lives, never, _hidden([_reach_of_life(life) for life in lives], _hides))
    yield from _findings("faults", faults, never, _hidden([_reach_of_fault(fault) for fault in faults], _hides))
    yield from _findings("limits", limits, idle, _hidden(limits, _as_strict))


def _findings(
    section: str, rules: Sequence[Rule | Limit], sentence: str, pairs: Iterable[tuple[int, int]]
) -> Iterator[Finding]:
    for i, j in pairs:
        name = rule_name(section, i + 1, rules[i])
        yield (section, j), sentence.format(f"{name} ({rules[i].place})")


def _hidden(rules: Sequence[T], hides: Callable[[T, T], bool]) -> Iterator[tuple[int, int]]:
    """Yield the indices of each pair of rules of which the first hides the second."""
    first = rules[: MOST_PAIRS // max(len(rules), 1)]
    for j, later in enumerate(rules):
        i = next((i for i, earlier in enumerate(first[:j]) if hides(earlier, later)), None)
        if i is not None:
            yield i, j


class _Demand(Struct, frozen=True):
    """One condition: its values, whether it accepts any value, and its test."""

    key: str
    values: frozenset[ConditionValue]
    anything: bool
    holds: Callable[[object], bool]


class _Reach(Struct, frozen=True):
    """The reach of a rule: requests for these operations that meet these demands, on these calls.

    `kept` maps the key of each condition to its values. A flag with each value says whether it matches only one value.
    `certain` means that the rule acts on every such request. `counting` is equal for two rules that count the same
    requests in the same way. Only rules of the same `phase` are compared.
    """

    on: frozenset[str]
    demands: tuple[_Demand, ...]
    kept: dict[str, list[tuple[tuple[ConditionValue, bool], ...]]]
    calls: Calls | None
    counting: object
    certain: bool = True
    phase: object = None


def _reach_of_life(life: Life) -> _Reach:
    demands = tuple(demand for demand in _demands(life) if not (demand.anything and demand.key in _OF_EACH_ORDER))
    return _Reach(frozenset(), demands, _kept(life), life.calls, _conditions(life))


def _reach_of_fault(fault: Fault) -> _Reach:
    on = frozenset(operation.value for operation in fault.on)
    certain = fault.then.replaces and fault.chance is None and fault.between is None
    counting = (_conditions(fault), on, fault.counted)
    return _Reach(on, tuple(_demands(fault)), _kept(fault), fault.calls, counting, certain, fault.after)


def _demands(rule: Rule) -> Iterator[_Demand]:
    for key, condition, holds in rule.tests:
        values = _values(condition)
        anything = any(isinstance(value, str) and set(value) == {"*"} for value in values)
        # In a set, True and 1 are equal.
        without_bools = frozenset(value for value in values if not isinstance(value, bool))
        yield _Demand(key, without_bools, anything, holds)


def _kept(rule: Rule) -> dict[str, list[tuple[tuple[ConditionValue, bool], ...]]]:
    kept: dict[str, list[tuple[tuple[ConditionValue, bool], ...]]] = {}
    for key, condition, _ in rule.tests:
        kept.setdefault(key, []).append(tuple((value, _is_one(value)) for value in _values(condition)))
    return kept


def _values(condition: Condition) -> tuple[ConditionValue, ...]:
    return condition if isinstance(condition, tuple) else (condition,)


def _is_one(value: ConditionValue) -> bool:
    """Return whether a condition value matches only one value.

    A glob matches many values, and 5 also matches 5.0, which has another text.
    """
    if isinstance(value, str):
        return not set(value) & set("*?")
    return value is None or isinstance(value, bool)


def _conditions(rule: Rule) -> bytes:
    return encode(rule.when, order="sorted")


def _hides(earlier: _Reach, later: _Reach) -> bool:
    if not earlier.certain or earlier.phase != later.phase or not later.on <= earlier.on:
        return False
    for demand in earlier.demands:
        if not any(_covers(demand, kept) for kept in later.kept.get(demand.key, ())):
            return False
    if earlier.calls is None or _includes(earlier.calls, None):
        return True
    return earlier.counting == later.counting and _includes(earlier.calls, later.calls)


def _covers(demand: _Demand, kept: tuple[tuple[ConditionValue, bool], ...]) -> bool:
    """Return whether every value that meets the condition `kept` also meets the condition `demand`."""
    return demand.anything or all(demand.holds(value) if is_one else value in demand.values for value, is_one in kept)


def _as_strict(earlier: Limit, later: Limit) -> bool:
    if earlier.by not in {later.by, By.WORLD} or not set(later.on) <= set(earlier.on):
        return False
    if earlier.active is not None and later.active is not None:
        return earlier.active <= later.active
    if earlier.allow is None or earlier.per is None or later.allow is None or later.per is None:
        return False
    return earlier.allow <= later.allow and earlier.per >= later.per


def _includes(earlier: Calls, later: Calls | None) -> bool:
    """Return whether the calls of the earlier rule include all calls of the later rule. None means all calls."""
    if later is None:
        return _holds_span(earlier, 1, None)
    if later.every is None:
        return all(_holds_span(earlier, first, last) for first, last in later.spans)
    if earlier.every is not None:
        return later.every % earlier.every == 0
    return _holds_span(earlier, later.every, None)


def _holds_span(calls: Calls, first: int, last: int | None) -> bool:
    if calls.every is not None:
        return calls.every == 1 or (first == last and first % calls.every == 0)
    for start, end in sorted(calls.spans, key=lambda span: span[0]):
        if start <= first and (end is None or first <= end):
            if end is None or (last is not None and last <= end):
                return True
            first = end + 1
    return False
