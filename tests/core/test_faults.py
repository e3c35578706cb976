"""The wait of a refused client, and that both ways to decide whether a fault fires agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.faults import Fault, RetryAfter, Then, patience
from mockserver.core.forms import LONGEST_DURATION
from mockserver.core.instant import END, SECOND, http_date
from mockserver.core.operation import Operation
from mockserver.core.rules import Calls
from mockserver.core.scenario import REFERENCE_START

STEP = 2 * SECOND


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ("5", 5 * SECOND),
        ("0", 0),
        ("0.493", 493_000),
        (" 7 ", 7 * SECOND),
        ("-3", 0),
        ("86400", 86_400 * SECOND),
        ("1e9", 10**9 * SECOND),
        ("1e999999", STEP),
        ("9" * 5000, LONGEST_DURATION),
        ("soon", STEP),
        ("", STEP),
        ("NaN", STEP),
        ("2s", STEP),
        ("Sun, 07 Jun 2026 12:00:30 GMT", 30 * SECOND),
        ("Sun, 07 Jun 2026 11:59:30 GMT", 0),
        ("Sun, 31 Feb 2026 12:00:30 GMT", STEP),
    ],
)
def test_a_refused_client_waits_this_long(told: str, wait: int) -> None:
    assert patience(told, REFERENCE_START, STEP) == wait


@given(st.integers(0, 10**12), st.integers(0, 10**7), st.sampled_from(["seconds", "http-date"]))
def test_the_wait_in_a_header_is_always_enough(wait: int, later: int, written: str) -> None:
    now = REFERENCE_START + later
    told = patience(RetryAfter(wait=wait, written=written).header(now), now, STEP)  # type: ignore[arg-type]
    assert wait <= told < wait + SECOND


def test_a_date_is_that_of_the_virtual_clock() -> None:
    assert RetryAfter(wait=SECOND, written="http-date").header(0) == http_date(SECOND)


def test_a_date_stays_within_the_years_that_can_be_written() -> None:
    told = RetryAfter(wait=30 * SECOND, written="http-date").header(END - SECOND)
    assert told == "Fri, 31 Dec 9999 23:59:59 GMT"


spans = st.tuples(st.integers(1, 5), st.none() | st.integers(5, 9))
calls = st.none() | st.builds(Calls, spans=st.tuples(spans)) | st.builds(Calls, every=st.integers(1, 4))
between = st.none() | st.tuples(st.integers(0, 5), st.integers(5, 9))


@given(calls, between, st.none() | st.floats(0.01, 1), st.tuples(st.integers(1, 9), st.integers(0, 9), st.floats(0, 1)))
def test_a_fault_fires_unless_one_of_its_conditions_fails(
    calls: Calls | None, between: tuple[int, int] | None, chance: float | None, at: tuple[int, int, float]
) -> None:
    then = Then(status=500)
    fault = Fault(on=(Operation.ME,), then=then, calls=calls, between=between, chance=chance)
    assert fault.fires(*at) is (fault.silence(*at) == "")
