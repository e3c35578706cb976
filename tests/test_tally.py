"""What is counted of exchanges for ever, and what is said where there is too much to count."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from mockserver.core.operation import Operation
from mockserver.core.verdict import Cause
from mockserver.tally import Rules, Tally

SLOW, FAILS, SLOW_AGAIN = Cause("slow", "x.yaml:1"), Cause("fails", "x.yaml:2"), Cause("slow", "x.yaml:3")

kinds = st.tuples(
    st.sampled_from([Operation.CREATE, Operation.STATUS, None]),
    st.sampled_from([200, 404, 0]),
    st.lists(st.sampled_from([SLOW, FAILS, SLOW_AGAIN]), max_size=3).map(tuple),
)
Kind = tuple[Operation | None, int, Rules]


def tallied(added: list[Kind], most: int = 100) -> Tally:
    tally = Tally(most)
    for kind in added:
        tally.add(*kind)
    return tally


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
    assert tallied(added).count(operation, status, rule) == len(expected)


@given(st.lists(kinds))
def test_each_operation_status_and_rule_is_counted(added: list[Kind]) -> None:
    tally = tallied(added)
    assert tally.operations() == Counter(operation for operation, _, _ in added)
    assert tally.statuses() == Counter(status for _, status, _ in added)
    assert tally.rules() == Counter(name for _, _, rules in added for name in {rule.name for rule in rules})
    assert tally.complete


@given(st.lists(kinds), st.integers(0, 3))
def test_where_there_are_too_many_kinds_the_rules_are_not_counted_and_it_says_so(added: list[Kind], most: int) -> None:
    tally, whole = tallied(added, most), tallied(added)
    assert (tally.operations(), tally.statuses()) == (whole.operations(), whole.statuses())
    assert tally.complete is (len({kind for kind in added if kind[2]}) <= most)
    assert tally.rules() <= whole.rules()
    assert tally.complete is (tally.rules() == whole.rules())
    assert tally.count(rule="") == 0
