"""The counts of exchanges are kept for ever; with too many kinds of rules, the counts say that they are incomplete."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from mockserver.core.operation import Operation
from mockserver.core.verdict import Cause
from mockserver.world.counts import FURTHER, Counts, PastCounts, Rules

SLOW, FAILS, SLOW_AGAIN = Cause("slow", "x.yaml:1"), Cause("fails", "x.yaml:2"), Cause("slow", "x.yaml:3")

kinds = st.tuples(
    st.sampled_from([Operation.CREATE, Operation.STATUS, None]),
    st.sampled_from([200, 404, 0]),
    st.lists(st.sampled_from([SLOW, FAILS, SLOW_AGAIN]), max_size=3).map(tuple),
)
Kind = tuple[Operation | None, int, Rules]


def counted(added: list[Kind], most: int = 100) -> Counts:
    counts = Counts(most)
    for kind in added:
        counts.add(*kind)
    return counts


@given(st.lists(kinds), st.sampled_from([UNSET, None, *Operation]), st.sampled_from([None, 200, 0]))
@pytest.mark.parametrize("rule", [None, "slow", "x.yaml:2", "other"])
def test_the_count_of_any_combination_is_exact(
    rule: str | None, added: list[Kind], operation: Operation | UnsetType | None, status: int | None
) -> None:
    expected = [
        (of, answered, rules)
        for of, answered, rules in added
        if operation in (UNSET, of) and status in (None, answered)
        if rule is None or any(rule in (each.name, each.place) for each in rules)
    ]
    assert counted(added).count(operation, status, rule) == len(expected)


@given(st.lists(kinds))
def test_each_operation_status_and_rule_is_counted(added: list[Kind]) -> None:
    counts = counted(added)
    assert counts.operations() == Counter(operation for operation, _, _ in added)
    assert counts.statuses() == Counter(status for _, status, _ in added)
    assert counts.rules() == Counter(name for _, _, rules in added for name in {rule.name for rule in rules})
    assert counts.complete


@given(st.lists(kinds), st.integers(0, 3))
def test_with_too_many_kinds_the_rules_are_not_counted_and_the_count_is_incomplete(
    added: list[Kind], most: int
) -> None:
    counts, whole = counted(added, most), counted(added)
    assert (counts.operations(), counts.statuses()) == (whole.operations(), whole.statuses())
    assert counts.complete is (len({kind for kind in added if kind[2]}) <= most)
    assert counts.rules() <= whole.rules()
    assert counts.complete is (counts.rules() == whole.rules())
    assert counts.count(rule="") == 0


# Of a whole server


@given(st.lists(kinds))
def test_answers_and_causes_are_counted_one_by_one(added: list[Kind]) -> None:
    counts = counted(added)
    assert counts.answers() == Counter((operation, status) for operation, status, _ in added)
    assert counts.causes() == Counter(rule for _, _, rules in added for rule in set(rules))


def test_rules_of_too_many_kinds_count_as_further_ones() -> None:
    counts = counted([(None, 200, (SLOW,)), (None, 200, (FAILS,)), (None, 404, (FAILS, SLOW))], most=1)
    assert counts.causes() == {SLOW: 1, FURTHER: 2}


class Sums:
    """The counts of the past and the present worlds, each read no smaller than before."""

    def __init__(self, past: PastCounts) -> None:
        self.past = past
        self.answers, self.causes = past.answers([]), past.causes([])

    def read(self, present: list[Counts]) -> None:
        answers, causes = self.past.answers(present), self.past.causes(present)
        assert self.answers <= answers
        assert self.causes <= causes
        self.answers, self.causes = answers, causes


steps = st.lists(st.tuples(st.sampled_from(["add", "end", "add late", "read"]), st.integers(0, 2), kinds), max_size=40)


@given(steps, st.integers(0, 4))
def test_no_count_of_a_server_ever_falls_or_is_lost(steps: list[tuple[str, int, Kind]], most: int) -> None:
    sums, present, left, added = Sums(PastCounts(most)), [Counts() for _ in range(3)], list[Counts](), list[Kind]()
    for step, which, kind in steps:
        if step == "end":
            left.append(sums.past.take(present[which]))
            present[which] = Counts()
        elif step == "read":
            sums.read(present)
        elif step == "add" or left:
            (present[which] if step == "add" else left[which % len(left)]).add(*kind)
            added.append(kind)
    sums.read(present)
    assert sums.answers == Counter((operation, status) for operation, status, _ in added)
    assert sums.causes.total() == sum(len(set(rules)) for _, _, rules in added)
    assert len(sums.causes.keys() - {FURTHER}) <= most
    if most >= 3:
        assert sums.causes == Counter(rule for _, _, rules in added for rule in set(rules))


def test_a_request_of_a_discarded_world_reads_the_counts_of_that_world() -> None:
    past = PastCounts()
    past.take(counted([(None, 200, (SLOW,))]))
    left = past.take(counted([(Operation.ME, 200, (FAILS,))]))
    left.add(Operation.ME, 401, (SLOW,))
    assert left.answers() == {(Operation.ME, 200): 1, (Operation.ME, 401): 1}
    assert past.answers([]) == {(None, 200): 1, (Operation.ME, 200): 1, (Operation.ME, 401): 1}
    assert (left.rules(), past.causes([])) == ({"fails": 1, "slow": 1}, {SLOW: 2, FAILS: 1})


def test_a_read_changes_no_count() -> None:
    past = PastCounts()
    past.take(counted([(None, 200, (SLOW,))]))
    for _ in range(2):
        assert past.answers([counted([(None, 200, ())])]) == {(None, 200): 2}
        assert past.causes([counted([(None, 200, (FAILS,))])]) == {SLOW: 1, FAILS: 1}
