import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.age import Reading, step_of
from mockserver.core.clock import PATIENCE
from mockserver.core.instant import SECOND
from mockserver.core.timeline import DEFAULT_LIFE, Step, Timeline

instants = st.integers(0, 10**15)


@given(instants, instants, instants)
def test_after_a_move_of_both_clocks_the_slow_one_is_as_far_behind(slow: int, lag: int, moved: int) -> None:
    reading = Reading(slow + lag, slow)
    later = reading.later(moved)
    assert (later.now - reading.now, later.slow - reading.slow) == (moved, moved)
    assert later.lag == reading.lag == lag


@pytest.mark.parametrize(
    ("age", "step", "older"),
    [
        (0, 500_000, 500_000),
        (10**9, 500_000, 500_000),
        (0, 0, 0),
        (0, "next", 2 * SECOND),
        (SECOND, "next", SECOND),
        (2 * SECOND, "next", 60_000),
        (8 * SECOND - 1, "next", 1),
        (8 * SECOND, "next", PATIENCE),
    ],
)
def test_asking_again_finds_a_generation_one_step_older(age: int, step: int, older: int) -> None:
    assert step_of(DEFAULT_LIFE, age, step) == older


@pytest.mark.documented
def test_a_patient_client_waits_two_seconds_as_in_the_published_example() -> None:
    assert PATIENCE == 2 * SECOND


@given(st.integers(0, 20))
def test_the_next_step_of_a_generation_that_is_stuck_is_the_patience_of_the_example(age: int) -> None:
    assert step_of(Timeline((Step(status="processing", progress=99),)), age, "next") == PATIENCE
