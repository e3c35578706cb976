"""A world's faults: their counts, the choice of the one that fires, and the verdicts on the others."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from mockserver.core.faults import Counted, Drip, Drop, Fault, Phase, Then, Truncate
from mockserver.core.instant import SECOND
from mockserver.core.operation import Operation
from mockserver.core.rules import Calls, When
from mockserver.core.verdict import NO_VERDICTS, Cause, Verdicts
from mockserver.world.faults import MOST_COUNTED, Effects, Faults, Occasion

STATUS = Operation.STATUS
FAIL, CUT, SLOW = Then(status=500), Then(drop=Truncate(0.5)), Then(delay=1)
ONCE, EVERY_OTHER = Calls(spans=((1, 1),)), Calls(every=2)


def rule(then: Then = FAIL, calls: Calls | None = None, **more: object) -> Fault:
    return Fault(on=(STATUS,), then=then, calls=calls, **more)  # type: ignore[arg-type]


def occasion(
    facts: Mapping[str, object] | None = None, account: str = "a@b.co", generation: int | None = 1842, elapsed: int = 0
) -> Occasion:
    return Occasion(STATUS, lambda key: (facts or {}).get(key, UNSET), account, generation, elapsed)


def played(book: Faults, of: Occasion | None = None, *, succeeded: bool = True) -> tuple[Effects, Verdicts]:
    """Apply the rules to a request that the API would answer with success or failure."""
    search = book.search(of or occasion())
    return search.end(succeeded=succeeded and search.answer is None)


def fired(faults: Sequence[Fault], times: int, of: Sequence[Occasion] = ()) -> list[list[int]]:
    """For each rule, the numbers of the requests on which it fired, from 1."""
    book = Faults(faults, seed=7)
    firing: list[list[int]] = [[] for _ in faults]
    for time in range(1, times + 1):
        before = [entry.fired for entry in book.in_force]
        played(book, of[(time - 1) % len(of)] if of else None)
        for i, entry in enumerate(book.in_force):
            firing[i] += [time] * (entry.fired - before[i])
    return firing


@pytest.mark.parametrize(
    ("then", "kind"),
    [
        (Then(status=500), "replaces"),
        (Then(status=200, body=None), "replaces"),
        (Then(drop=Drop.HANG), "replaces"),
        (Then(patch={"a": 1}), "changes"),
        (Then(remove=("a",)), "changes"),
        (Then(drop=Truncate(0)), "changes"),
        (Then(delay=1), "adds"),
        (Then(drip=Drip()), "adds"),
        (Then(headers={"a": "b"}), "adds"),
    ],
)
def test_a_then_is_one_of_three_kinds(then: Then, kind: str) -> None:
    assert [name for name in ("replaces", "changes", "adds") if getattr(then, name)] == [kind]


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        pytest.param([rule()], [[1, 2, 3, 4]], id="without calls a rule always fires"),
        pytest.param([rule(calls=ONCE)], [[1]], id="after the last call the API answers as usual"),
        pytest.param([rule(), rule()], [[1, 2, 3, 4], []], id="the first that fires ends the search"),
        pytest.param(
            [rule(calls=ONCE), rule(calls=EVERY_OTHER)],
            [[1], [2, 4]],
            id="every rule counts requests that another answers",
        ),
        pytest.param([rule(CUT), rule()], [[1, 2, 3, 4], []], id="a change ends the search as well"),
        pytest.param(
            [rule(SLOW), rule(CUT), rule(SLOW)], [[1, 2, 3, 4]] * 2 + [[]], id="an addition does not end the search"
        ),
        pytest.param(
            [rule(phase=Phase.AFTER), rule()], [[], [1, 2, 3, 4]], id="a hidden effect leaves nothing to later rules"
        ),
        pytest.param([rule(phase=Phase.AFTER), rule(CUT)], [[1, 2, 3, 4], []], id="the file's order, before a change"),
        pytest.param([rule(CUT), rule(phase=Phase.AFTER)], [[1, 2, 3, 4], []], id="the file's order, after a change"),
        pytest.param(
            [rule(phase=Phase.AFTER), rule(SLOW)], [[1, 2, 3, 4], []], id="an addition after the end does not fire"
        ),
        pytest.param(
            [rule(SLOW), rule(phase=Phase.AFTER, calls=EVERY_OTHER)],
            [[1, 2, 3, 4], [2, 4]],
            id="an addition before the end fires",
        ),
    ],
)
def test_which_rules_fire(faults: list[Fault], expected: list[list[int]]) -> None:
    assert fired(faults, 4) == expected


def test_a_rule_applies_only_to_its_operations() -> None:
    book = Faults([Fault(on=(Operation.CREATE, Operation.ME), then=FAIL)], seed=7)
    assert book.concerned == {Operation.ME, Operation.CREATE}


def test_a_rule_after_the_effect_counts_only_where_the_api_succeeded() -> None:
    book = Faults([rule(phase=Phase.AFTER, calls=Calls(spans=((2, 2),)))], seed=7)
    answers = [played(book, succeeded=succeeded)[0].answer for succeeded in (True, False, False, True, True)]
    assert [answer is not None for answer in answers] == [False, False, False, True, False]
    assert (book.in_force[0].seen, book.in_force[0].fired) == (3, 1)


@pytest.mark.parametrize(
    ("counted", "expected"),
    [(Counted.WORLD, [2, 4, 6]), (Counted.ACCOUNT, [3, 6]), (Counted.GENERATION, [5, 6])],
)
def test_these_calls_are_counted_together(counted: Counted, expected: list[int]) -> None:
    callers = zip("abaaca", (1, 2, 3, 4, 1, 2), strict=True)
    of = [occasion(account=account, generation=id_) for account, id_ in callers]
    assert fired([rule(calls=EVERY_OTHER, counted=counted)], 6, of) == [expected]


@pytest.mark.parametrize(("elapsed", "fires"), [(9, False), (10, True), (59, True), (60, False)])
def test_between_is_from_inclusive_and_to_exclusive(elapsed: int, fires: bool) -> None:
    book = Faults([rule(between=(10, 60))], seed=7)
    assert (played(book, occasion(elapsed=elapsed))[0].answer is not None) is fires


def test_every_given_condition_must_hold() -> None:
    fault = rule(when={"prompt": "*cat*"}, calls=EVERY_OTHER, between=(0, 10), chance=1.0)
    book = Faults([fault], seed=7)
    asked = [("cat", 0), ("cat", 1), ("dog", 1), ("cat", 2), ("cat", 10), ("cat", 3)]
    answers = [played(book, occasion({"prompt": prompt}, elapsed=elapsed))[0].answer for prompt, elapsed in asked]
    assert [answer is not None for answer in answers] == [False, True, False, False, False, False]


order = st.permutations([id_ for id_ in range(5) for _ in range(8)])


def lucky(ids: Sequence[int], seed: int, name: str = "rule") -> dict[int, list[bool]]:
    book = Faults([rule(chance=0.3, name=name)], seed)
    luck: dict[int, list[bool]] = {}
    for id_ in ids:
        luck.setdefault(id_, []).append(played(book, occasion(generation=id_))[0].answer is not None)
    return luck


@given(order, order)
def test_chance_does_not_depend_on_other_requests_in_between(one: list[int], other: list[int]) -> None:
    assert lucky(one, seed=7) == lucky(other, seed=7)


def test_chance_depends_on_seed_and_rule_and_is_near_its_given_value() -> None:
    ids = list(range(1000))
    ways = [lucky(ids, seed=7), lucky(ids, seed=8), lucky(ids, seed=7, name="other")]
    assert ways[0] != ways[1] != ways[2] != ways[0]
    assert all(250 < sum(luck[0] for luck in way.values()) < 350 for way in ways)


def test_chance_depends_on_the_account_where_no_generation_is_named() -> None:
    def luck(*accounts: str) -> list[bool]:
        book = Faults([rule(chance=0.5)], seed=7)
        scripts = [played(book, occasion(account=account, generation=None))[0] for account in accounts]
        return [script.answer is not None for script, account in zip(scripts, accounts, strict=True) if account == "a"]

    assert luck(*"a" * 20) == luck(*"abcb" * 20)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (rule(), ""),
        (rule(calls=Calls(spans=((2, 4), (9, None)))), "this was call 1; it fires on: 2-4, 9-"),
        (rule(calls=EVERY_OTHER), "this was call 1; it fires on: every 2"),
        (rule(between=(10 * SECOND, 60 * SECOND)), "2.5s is not between 10s and 60s"),
        (rule(chance=0.001), "luck 0.381 is not under chance 0.001"),
    ],
)
def test_a_verdict_gives_its_reason(fault: Fault, why: str) -> None:
    [verdict] = played(Faults([fault], seed=7), occasion(elapsed=2_500_000))[1]
    assert (verdict.rule, verdict.call, verdict.why) == ("faults.1", 1, why)


def test_a_verdict_names_the_conditions_that_differ() -> None:
    when: When = {"prompt": "*cat*", "account": "you@*", "header.x-team": "a"}
    facts = {"prompt": "a dog", "account": "you@b.co"}
    [verdict] = played(Faults([rule(when=when, place="x.yaml:3")], seed=7), occasion(facts))[1]
    assert verdict.difference == {"prompt": ("*cat*", "a dog"), "header.x-team": ("a", UNSET)}
    assert (verdict.place, verdict.call, verdict.why) == ("x.yaml:3", None, "its conditions do not hold")


def test_a_verdict_names_earlier_rules_and_effects_that_did_not_take_place() -> None:
    book = Faults([rule(phase=Phase.AFTER), rule(), rule(), rule(calls=EVERY_OTHER)], seed=7)
    assert [verdict.why for verdict in played(book)[1]] == [
        "the effect that it waits for did not take place",
        "",
        "an earlier rule answered",
        "this was call 1; it fires on: every 2",
    ]


@given(st.lists(st.sampled_from([FAIL, CUT, SLOW]), max_size=6), st.lists(st.booleans(), min_size=6, max_size=6))
def test_verdicts_agree_with_the_rules_that_fired(thens: list[Then], after: list[bool]) -> None:
    phases = [Phase.AFTER if late and then is FAIL else None for then, late in zip(thens, after, strict=False)]
    book = Faults([rule(then, phase=phase) for then, phase in zip(thens, phases, strict=True)], seed=7)
    script, verdicts = played(book)
    told = [entry.rule for entry, verdict in zip(book.in_force, verdicts, strict=True) if not verdict.why]
    last = script.answer or script.change
    assert told == [*script.additions, *([] if last is None else [last])]
    assert [entry.fired for entry in book.in_force] == [int(not verdict.why) for verdict in verdicts]


def test_a_verdict_keeps_little_of_a_long_value() -> None:
    book = Faults([rule(when={"prompt": "*dog*"})] * 200, seed=7)
    assert played(book, occasion({"prompt": ["x" * 1_000_000]}))[1].size < 5_000


def test_a_script_names_the_rules_that_fired_in_their_order() -> None:
    named = [rule(then, name=name, place=f"x:{name}") for name, then in [("b", SLOW), ("a", CUT), ("c", FAIL)]]
    script, verdicts = played(Faults(named, seed=7))
    assert script.causes == (Cause("b", "x:b"), Cause("a", "x:a"))
    assert [verdict.rule for verdict in verdicts if verdict.fired] == ["b", "a"]
    assert played(Faults([rule(calls=EVERY_OTHER)], seed=7))[0].causes == ()


def test_after_a_refusal_by_a_limit_each_verdict_says_that_no_fault_was_read() -> None:
    book = Faults([rule(place="x:1"), Fault(on=(Operation.ME,), then=FAIL)], seed=7)
    [verdict] = book.unasked(STATUS)
    assert (verdict.rule, verdict.place, verdict.call) == ("faults.1", "x:1", None)
    assert verdict.why == "a limit refused the request before any fault was asked"
    assert (book.in_force[0].seen, book.unasked(Operation.CREATE)) == (0, NO_VERDICTS)


def test_a_verdict_stays_the_same_when_rules_come_and_go() -> None:
    book = Faults([rule()], seed=7)
    _, verdicts = played(book)
    before = list(verdicts)
    book.add("late", rule(CUT))
    book.remove("faults.1")
    played(book)
    assert list(verdicts) == before


def test_equal_verdicts_are_equal_sequences() -> None:
    one, other = (played(Faults([rule(), rule(CUT)], seed=7))[1] for _ in range(2))
    assert (one, hash(one), repr(one), one[-1], one[:1]) == (other, hash(other), repr(other), other[1], (other[0],))
    assert one != NO_VERDICTS
    assert (list(NO_VERDICTS), NO_VERDICTS.size) == ([], 0)


def test_a_rule_with_too_many_counters_forgets_the_first_ones() -> None:
    book = Faults([rule(calls=ONCE, counted=Counted.GENERATION)], seed=7)
    answers = [
        played(book, occasion(generation=id_))[0].answer for id_ in (*range(MOST_COUNTED), 1, MOST_COUNTED, 0, 2)
    ]
    assert [answer is not None for answer in answers[-4:]] == [False, True, True, False]


def test_the_bytes_of_added_faults_are_counted_until_they_are_removed() -> None:
    book = Faults((rule(name="scripted"),), seed=7)
    book.add("one", rule(), 100)
    book.add("two", rule(), 20)
    assert book.added_bytes == 120
    for name in ("one", "scripted", "unknown"):
        book.remove(name)
    assert book.added_bytes == 20
