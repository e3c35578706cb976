"""Limits as laws: no window admits more than allowed, and the announced wait is exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.limits import active_wait, window_wait

allowances = st.integers(1, 5)
spans = st.integers(1, 1000)
pauses = st.lists(st.integers(0, 400), max_size=60)


def admissions(pauses: list[int], allow: int, per: int) -> list[int]:
    """The instants at which a window admits requests with these distances."""
    admitted: list[int] = []
    now = 0
    for pause in pauses:
        now += pause
        if not window_wait(admitted, now, allow, per):
            admitted.append(now)
    return admitted


@given(pauses, allowances, spans)
def test_no_window_admits_more_than_allowed(pauses: list[int], allow: int, per: int) -> None:
    admitted = admissions(pauses, allow, per)
    for first in admitted:
        assert sum(first <= instant < first + per for instant in admitted) <= allow


@given(pauses, allowances, spans, st.integers(0, 2000))
def test_waiting_as_told_is_enough_and_a_microsecond_less_is_not(
    pauses: list[int], allow: int, per: int, later: int
) -> None:
    admitted = admissions(pauses, allow, per)
    now = sum(pauses) + later
    wait = window_wait(admitted, now, allow, per)
    assert 0 <= wait <= per
    assert window_wait(admitted, now + wait, allow, per) == 0
    assert not wait or window_wait(admitted, now + wait - 1, allow, per) == 1


@given(pauses, allowances, spans)
def test_a_window_refuses_only_where_it_is_full(pauses: list[int], allow: int, per: int) -> None:
    admitted = admissions(pauses, allow, per)
    now = sum(pauses)
    full = sum(now - per < instant for instant in admitted) >= allow
    assert (window_wait(admitted, now, allow, per) > 0) is full


remaining = st.lists(st.integers(1, 1000) | st.none(), max_size=12)


def after(remaining: list[int | None], wait: int) -> list[int | None]:
    """The unfinished generations after some time."""
    return [each and each - wait for each in remaining if each is None or each > wait]


@given(remaining, allowances)
def test_waiting_for_a_cap_as_told_is_exact(remaining: list[int | None], cap: int) -> None:
    wait = active_wait(remaining, cap)
    if wait is None:
        assert remaining.count(None) >= cap
    else:
        assert active_wait(after(remaining, wait), cap) == 0
        assert not wait or active_wait(after(remaining, wait - 1), cap) == 1


@pytest.mark.parametrize(
    ("remaining", "cap", "wait"),
    [
        ([], 1, 0),
        ([5], 2, 0),
        ([5], 1, 5),
        ([9, 5], 2, 5),
        ([9, 5, 7], 2, 7),
        ([9, 5, 7], 1, 9),
        ([None], 1, None),
        ([None, 5], 2, 5),
        ([None, 5], 1, None),
        ([3 * 10**21 + 1], 1, 3 * 10**21 + 1),
    ],
)
def test_a_cap_waits_until_enough_are_finished(remaining: list[int | None], cap: int, wait: int | None) -> None:
    assert active_wait(remaining, cap) == wait
