import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.age import Age, step_of
from mockserver.core.clock import PATIENCE
from mockserver.core.instant import SECOND
from mockserver.core.timeline import DEFAULT_LIFE, Step, Timeline

microseconds = st.integers(0, 10**15)


@given(microseconds, microseconds)
def test_a_running_age_is_the_time_since_its_zero(zero: int, passed: int) -> None:
    assert Age(zero).at(zero + passed) == passed


@given(microseconds, microseconds, microseconds)
def test_a_held_age_stays_whatever_the_clock_does(zero: int, passed: int, later: int) -> None:
    held = Age(zero).hold(zero + passed, zero)
    assert held.at(zero + passed) == held.at(zero + passed + later) == passed


@given(microseconds, st.integers(0, 10**15) | st.none(), microseconds, microseconds)
def test_an_age_that_runs_again_goes_on_from_where_it_was(zero: int, held: int | None, now: int, later: int) -> None:
    age = Age(zero, held)
    assert age.run(now).at(now) == age.at(now)
    assert age.run(now).at(now + later) == age.at(now) + later


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
