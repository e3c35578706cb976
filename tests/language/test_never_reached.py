"""Hidden rules: the checks find them, spare all other rules, and a rule that they find never acts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, convert
from msgspec.structs import replace

from mockserver.core import chance
from mockserver.core.document import Path
from mockserver.core.faults import Counted, Drop, Fault, Phase, Then
from mockserver.core.generation import Life, choose_life
from mockserver.core.limits import By, Limit
from mockserver.core.operation import Operation
from mockserver.core.rules import Calls
from mockserver.core.scenario import Scenario
from mockserver.language.never_reached import MOST_PAIRS, hidden_rules
from mockserver.world.faults import Faults, Occasion
from mockserver.world.limits import Limits, Visitor

BROKEN = {"status": 500}


def found(section: str, rules: list[Mapping[str, object]]) -> list[Path]:
    return [path for path, _ in hidden_rules(convert({section: rules}, Scenario))]


def fault(*on: str, **keys: object) -> dict[str, object]:
    return {"on": list(on) or ["create"], "then": BROKEN, **keys}


def calls(*spans: tuple[int, int | None]) -> dict[str, object]:
    return {"spans": spans}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (fault(), fault()),
        (fault("create", "me"), fault("me", calls=calls((2, 2)))),
        (fault(), fault(then={"delay": 5})),
        (fault(), fault(then={"patch": {"a": 1}}, chance=0.5)),
        (fault(phase="before"), fault(when={"prompt": "x"})),
        (fault(phase="after"), fault(phase="after", between=[0, 5])),
        (fault(when={"prompt": "x*"}), fault(when={"prompt": "x*", "account": "y"})),
        (fault(when={"prompt": "x*"}), fault(when={"prompt": "xyz"})),
        (fault(when={"prompt": "*"}), fault(when={"prompt": "a*b"})),
        (fault(when={"project_id": "*"}), fault(when={"project_id": [5, None]})),
        (fault(when={"project_id": [1, 5]}), fault(when={"project_id": 5.0})),
        (fault(when={"project_id": ["n*", "true"]}), fault(when={"project_id": [None, True]})),
        (fault(when={"header.X-A": "b"}), fault(when={"header.x-a": "b"})),
        (fault(calls=calls((1, None))), fault("create", when={"prompt": "x"})),
        (fault(calls=calls((1, 3), (4, None))), fault()),
        (fault(calls={"every": 1}), fault()),
        (fault(calls=calls((2, 4))), fault(calls=calls((3, 4), (2, 2)))),
        (fault(calls=calls((4, 6), (1, 3))), fault(calls=calls((2, 5)))),
        (fault(calls=calls((3, None))), fault(calls={"every": 3})),
        (fault(calls={"every": 2}), fault(calls={"every": 4})),
        (fault(calls={"every": 2}), fault(calls=calls((4, 4)))),
        (
            fault("me", "create", counted="account", calls={"every": 2}),
            fault("create", "me", counted="account", calls={"every": 2}),
        ),
    ],
)
def test_a_rule_whose_every_call_is_taken_is_hidden(earlier: dict[str, object], later: dict[str, object]) -> None:
    assert found("faults", [earlier, later]) == [("faults", 1)]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (fault(then={"delay": 5}), fault()),
        (fault(then={"patch": {"a": 1}}), fault()),
        (fault(chance=0.5), fault()),
        (fault(between=[0, 5]), fault()),
        (fault(phase="after"), fault()),
        (fault(), fault(phase="after")),
        (fault("create"), fault("create", "me")),
        (fault(when={"prompt": "x"}), fault()),
        (fault(when={"prompt": "*"}), fault()),
        (fault(when={"prompt": "x"}), fault(when={"account": "x"})),
        (fault(when={"prompt": "a*"}), fault(when={"prompt": "ab*"})),
        (fault(when={"prompt": "x"}), fault(when={"prompt": ["x", "y"]})),
        (fault(when={"project_id": 1}), fault(when={"project_id": True})),
        (fault(when={"project_id": 5}), fault(when={"project_id": "5"})),
        (fault(when={"project_id": "5"}), fault(when={"project_id": 5})),
        (fault(calls=calls((1, 1))), fault()),
        (fault(calls=calls((1, 3))), fault(calls=calls((2, 4)))),
        (fault(calls=calls((1, 2), (4, 5))), fault(calls=calls((2, 4)))),
        (fault(calls={"every": 2}), fault(calls={"every": 3})),
        (fault(calls={"every": 2}), fault(calls=calls((2, 4)))),
        (fault(calls={"every": 2}), fault(calls=calls((2, None)))),
        (fault(calls={"every": 2}), fault(calls={"every": 2}, counted="account")),
        (fault(calls={"every": 2}), fault(calls={"every": 2}, when={"prompt": "x"})),
        (fault("create", "me", calls={"every": 2}), fault(calls={"every": 2})),
        (fault(calls=calls((1, 9))), fault(calls={"every": 2})),
    ],
)
def test_a_rule_that_may_act_is_not_reported(earlier: dict[str, object], later: dict[str, object]) -> None:
    assert found("faults", [earlier, later]) == []


@pytest.mark.parametrize(
    ("earlier", "later", "hidden"),
    [
        ({}, {}, True),
        ({"cost": 5}, {"when": {"prompt": "x"}}, True),
        ({"when": {"prompt": "*"}}, {}, True),
        ({"when": {"project_id": "*"}}, {}, False),
        ({"when": {"prompt": "*x*"}}, {"when": {"prompt": "axb"}}, True),
        ({"calls": calls((1, 1))}, {}, False),
        ({"calls": calls((1, 2))}, {"calls": calls((2, 2))}, True),
        ({"calls": calls((1, 2))}, {"calls": calls((2, 2)), "when": {"prompt": "x"}}, False),
    ],
)
def test_a_rule_for_orders_is_hidden_when_an_earlier_one_takes_its_orders(
    earlier: dict[str, object], later: dict[str, object], hidden: bool
) -> None:
    assert found("generations", [earlier, later]) == ([("generations", 1)] if hidden else [])


def limit(allow: int = 5, per: int = 10, by: str = "account", on: str = "create") -> dict[str, object]:
    return {"on": ["create", "me"] if on == "both" else [on], "allow": allow, "per": per, "by": by}


@pytest.mark.parametrize(
    ("earlier", "later", "hidden"),
    [
        (limit(), limit(), True),
        (limit(on="both"), limit(allow=6, per=9), True),
        (limit(by="world"), limit(), True),
        (limit(), limit(by="world"), False),
        (limit(), limit(by="ip"), False),
        (limit(), limit(allow=4), False),
        (limit(), limit(per=11), False),
        (limit(), limit(on="both"), False),
        (limit(), {"on": ["create"], "active": 1}, False),
        ({"on": ["create"], "active": 1}, {"on": ["create"], "active": 1}, True),
        ({"on": ["create"], "active": 2}, {"on": ["create"], "active": 1}, False),
    ],
)
def test_a_limit_that_is_no_stricter_refuses_nothing_first(
    earlier: dict[str, object], later: dict[str, object], hidden: bool
) -> None:
    assert found("limits", [earlier, later]) == ([("limits", 1)] if hidden else [])


def test_the_sentence_names_the_earlier_rule_and_its_line() -> None:
    rules = [fault("me"), fault(place="x.yaml:7"), fault(), fault(name="last")]
    sentence = "this rule never fires: faults.2 (x.yaml:7) comes before it and takes all that it matches"
    way_out = "put this one first, or remove it"
    told = list(hidden_rules(convert({"faults": rules}, Scenario)))
    assert told == [(("faults", i), f"{sentence}; {way_out}") for i in (2, 3)]


def test_with_many_rules_the_first_are_compared_with_all_others() -> None:
    distinct = [fault(when={"prompt": f"{i}"}) for i in range(600)]
    compared = MOST_PAIRS // 602
    assert 500 > compared > 400
    assert found("faults", [*distinct, distinct[400], distinct[500]]) == [("faults", 600)]


# The tests below check this by playing: a rule found to be hidden never acts, in any order of requests.

KEYS = ("prompt", "project_id")
FOUND = ("a", "ab", None, True, 1, 1.0, 5, "5", UNSET)
CONDITION = st.sampled_from(
    ["a", "ab", "a*", "*b", "*", "?", "5", "1*", None, True, 1, 5, ("a", "ab"), ("a*", 5), ("*",)]
)
WHENS: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.dictionaries(st.sampled_from(KEYS), CONDITION, max_size=2)
CALLS = st.sampled_from(
    [
        None,
        *(Calls(every=every) for every in (1, 2, 4)),
        Calls(spans=((1, 1),)),
        Calls(spans=((2, 3),)),
        Calls(spans=((3, 3), (1, 2))),
        Calls(spans=((1, None),)),
        Calls(spans=((2, None),)),
        Calls(spans=((2, 2), (4, None))),
    ]
)
SEEDS = st.integers(0, 1000)
T = TypeVar("T")


def shuffled(seed: int, things: Iterable[T]) -> list[T]:
    return [thing for _, thing in sorted(enumerate(things), key=lambda pair: chance.number(seed, "order", pair[0]))]


def idle(scenario: Scenario) -> list[int]:
    return [int(path[1]) for path, _ in hidden_rules(scenario)]


FAULTS = st.builds(
    Fault,
    on=st.sampled_from([(Operation.CREATE,), (Operation.STATUS,), (Operation.CREATE, Operation.STATUS)]),
    when=WHENS,
    calls=CALLS,
    counted=st.sampled_from([Counted.WORLD, Counted.ACCOUNT]),
    between=st.sampled_from([None, None, (0, 100)]),
    chance=st.sampled_from([None, None, 0.5]),
    phase=st.sampled_from([None, Phase.AFTER]),
    then=st.sampled_from([Then(status=500), Then(drop=Drop.RESET), Then(patch={"a": 1}), Then(delay=1)]),
)
REQUESTS = list(product([Operation.CREATE, Operation.STATUS], FOUND, FOUND, [True, False], "xy"))


def some_like_others(rules: st.SearchStrategy[T], *keys: str) -> st.SearchStrategy[list[T]]:
    """Rules of which the second has some of the first one's keys; otherwise few rules would affect each other."""

    def merged(two: tuple[Any, Any], kept: set[str]) -> list[Any]:
        return [two[0], replace(two[1], **{key: getattr(two[0], key) for key in kept})]

    return st.builds(merged, st.tuples(rules, rules), st.sets(st.sampled_from(keys)))


@settings(max_examples=200)
@given(some_like_others(FAULTS, "on", "when", "calls", "counted", "between", "chance", "phase"), SEEDS)
def test_a_hidden_fault_never_fires(rules: list[Fault], seed: int) -> None:
    book = Faults(rules, seed)
    for elapsed, (operation, prompt, project, succeeds, account) in enumerate(shuffled(seed, REQUESTS)):
        facts = {"prompt": prompt, "project_id": project}
        search = book.search(Occasion(operation, facts.__getitem__, account, None, elapsed))
        search.end(succeeded=succeeds and search.answer is None)
    assert not any(book.in_force[i].fired for i in idle(Scenario(faults=tuple(rules))))


LIVES = st.builds(Life, when=WHENS, calls=CALLS)
ORDERS = list(product(("a", "ab", "b"), FOUND))


@settings(max_examples=200)
@given(some_like_others(LIVES, "when", "calls"), SEEDS)
def test_a_hidden_rule_for_orders_scripts_no_life(rules: list[Life], seed: int) -> None:
    rules = [replace(rule, place=str(i)) for i, rule in enumerate(rules)]
    seen, fired = [0] * len(rules), Counter[str]()
    for prompt, project in shuffled(seed, ORDERS * 3):
        drawn = choose_life(rules, seen, {"prompt": prompt, "project_id": project}.__getitem__)
        fired[drawn.life.place] += 1
        for i in drawn.matching:
            seen[i] += 1
    assert not any(fired[str(i)] for i in idle(Scenario(generations=tuple(rules))))


LIMITS = st.builds(
    Limit,
    on=st.sampled_from([(Operation.CREATE,), (Operation.ME,), (Operation.CREATE, Operation.ME)]),
    allow=st.integers(1, 3),
    per=st.integers(1, 9),
    by=st.sampled_from(By),
)
VISITS = list(product([Operation.CREATE, Operation.ME], "xy", "12", (0, 1, 1, 2)))


@settings(max_examples=200)
@given(some_like_others(LIMITS, "on", "allow", "per", "by"), SEEDS)
def test_a_hidden_limit_never_refuses_first(rules: list[Limit], seed: int) -> None:
    told = [rules[i] for i in idle(Scenario(limits=tuple(rules)))]
    traffic, now = Limits(rules), 0
    for operation, account, address, passed in shuffled(seed, VISITS * 4):
        now += passed
        refusal = traffic.judge(operation, Visitor(account, address), now, lambda _: {}).refusal
        assert refusal is None or not any(refusal.limit is limit for limit in told)
