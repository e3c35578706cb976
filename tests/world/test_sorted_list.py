"""A list in blocks, beside a plain list that is sorted again after each change."""

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from mockserver.world.sorted_list import FULL, SortedList

Pair = tuple[int, int]
pairs = st.tuples(st.integers(0, 30), st.integers(0, 5))


def made(items: list[Pair]) -> SortedList[Pair]:
    result: SortedList[Pair] = SortedList(lambda item: item)
    for item in items:
        result.add(item)
    return result


@given(st.lists(pairs, unique=True), st.lists(pairs), pairs, st.integers(0, 40), st.integers(0, 40))
def test_it_is_what_sorting_gives(items: list[Pair], gone: list[Pair], pair: Pair, start: int, length: int) -> None:
    listed, plain = made(items), sorted(items)
    for item in gone:
        assert listed.remove(item) == (item in plain)
        plain = [other for other in plain if other != item]
    assert ([*listed], len(listed), bool(listed)) == (plain, len(plain), bool(plain))
    assert listed.before(*pair) == bisect_left(plain, pair)
    assert listed.before(pair[0]) == sum(first < pair[0] for first, _ in plain)
    assert listed.through(pair[0]) == sum(first <= pair[0] for first, _ in plain)
    assert [*listed.forward(start, start + length)] == plain[start : start + length]
    assert [*listed.backward(start, start + length)] == plain[start : start + length][::-1]
    assert listed.at(start) == (plain[start] if start < len(plain) else None)
    assert [*listed.split(start)] == plain[:start]
    assert [*listed] == plain[start:]


@given(st.lists(st.integers(0, 3 * FULL), max_size=60), st.integers(0, 3 * FULL), st.integers(0, 3 * FULL))
def test_many_blocks_are_one_list(gone: list[int], start: int, end: int) -> None:
    size = 5 * FULL // 2
    listed: SortedList[int] = SortedList(lambda item: (item,), range(size))
    plain = list(range(size))
    for item in gone:
        if listed.remove(item):
            plain.remove(item)
            listed.add(item + size)
            plain.append(item + size)
    plain.sort()
    assert ([*listed], len(listed)) == (plain, size)
    assert (listed.first, listed.last) == (plain[0], plain[-1])
    assert [*listed.forward(start, end)] == plain[start:end]
    assert [*listed.backward(start, end)] == plain[start:end][::-1]
    assert listed.before(start) == bisect_left(plain, start)
    assert [*listed.split(start), *listed] == plain


def test_growing_at_the_end_keeps_blocks_full_and_growing_elsewhere_divides_them() -> None:
    listed: SortedList[int] = SortedList(lambda item: (item,))
    for item in (*range(0, 6 * FULL, 2), *range(1, 6 * FULL, 2)):
        listed.add(item)
    assert [*listed] == list(range(6 * FULL))
