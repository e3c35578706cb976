from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.instant import END, SECOND, from_iso
from mockserver.world.clock import Clock, RealTime

REFERENCE = from_iso("2026-06-07T12:00:00Z")
TODAY = from_iso("2031-01-01T00:00:00Z")


@dataclass
class Watch:
    """Real time that only a test moves."""

    elapsed: int = 0

    @property
    def real(self) -> RealTime:
        return RealTime(elapsed=lambda: self.elapsed, today=lambda: TODAY)


def clock(watch: Watch, mode: Mode | None = Mode.REAL, rate: float = 1, start: int | None = 0) -> Clock:
    return Clock(ClockSettings(mode=mode, rate=rate, start=start), watch.real)


@pytest.mark.parametrize(
    ("mode", "start", "now"),
    [
        (Mode.POLL, None, REFERENCE),
        (Mode.MANUAL, None, REFERENCE),
        (Mode.REAL, None, TODAY),
        (None, None, TODAY),
        (Mode.POLL, "now", TODAY),
        (Mode.MANUAL, "now", TODAY),
        (Mode.REAL, "now", TODAY),
        (Mode.POLL, 5, 5),
        (Mode.REAL, 5, 5),
    ],
)
def test_a_clock_starts_at_the_reference_start_unless_it_is_real_or_has_its_own_start(
    mode: Mode | None, start: int | None, now: int
) -> None:
    assert clock(Watch(elapsed=77), mode, start=start).now() == now


@pytest.mark.parametrize(
    ("rate", "passed", "now"),
    [(1, 0, 0), (1, 1, 1), (60, SECOND, 60 * SECOND), (0.5, 3, 1), (0.1, 10 * SECOND, SECOND), (1_000_000, 1, SECOND)],
)
def test_a_real_clock_moves_with_real_time_by_its_rate(rate: float, passed: int, now: int) -> None:
    watch = Watch(elapsed=1000)
    moving = clock(watch, rate=rate)
    watch.elapsed += passed
    assert moving.read() == moving.now() == now


def test_time_stands_still_until_the_clock_is_read_again() -> None:
    watch = Watch()
    moving = clock(watch)
    watch.elapsed += 10
    assert [moving.now(), moving.read(), moving.now()] == [0, 10, 10]


def test_real_time_does_not_pass_an_instant_reached_within_an_exchange() -> None:
    watch = Watch()
    real = clock(watch)
    real.read()
    watch.elapsed = 5
    real.reach(2)
    assert real.now() == 2


@pytest.mark.parametrize("mode", [Mode.POLL, Mode.MANUAL])
def test_real_time_moves_no_other_clock(mode: Mode) -> None:
    watch = Watch()
    still = clock(watch, mode)
    watch.elapsed += 10**12
    assert still.read() == still.now() == 0


@pytest.mark.parametrize("mode", Mode)
def test_a_clock_reaches_a_later_instant_and_continues_from_there(mode: Mode) -> None:
    watch = Watch()
    reaching = clock(watch, mode, rate=2)
    watch.elapsed += 10
    reaching.read()
    reaching.reach(1000)
    assert reaching.now() == 1000
    watch.elapsed += 10
    assert reaching.read() == (1020 if mode is Mode.REAL else 1000)


moves = st.lists(st.tuples(st.integers(0, 1000), st.integers(-100, 3000)))
rates = st.sampled_from([0.001, 0.3, 0.5, 1, 1.7, 60, 1_000_000])


@given(st.sampled_from(Mode), rates, moves)
def test_a_clock_never_goes_back(mode: Mode, rate: float, sequence: list[tuple[int, int]]) -> None:
    watch = Watch()
    moving, before = clock(watch, mode, rate), 0
    for passed, instant in sequence:
        watch.elapsed += passed
        assert moving.read() >= before
        moving.reach(instant)
        assert moving.now() >= max(before, instant)
        before = moving.now()


@given(rates, moves)
def test_reaching_a_past_instant_moves_nothing(rate: float, sequence: list[tuple[int, int]]) -> None:
    watch = Watch()
    asked, left_alone = clock(watch, rate=rate), clock(watch, rate=rate)
    for passed, _ in sequence:
        watch.elapsed += passed
        asked.reach(left_alone.read())
        assert asked.now() == left_alone.now()


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("instant", [END - 1, END, 10**30])
def test_no_clock_reaches_the_year_10000(mode: Mode, instant: int) -> None:
    watch = Watch()
    far = clock(watch, mode)
    far.reach(instant)
    watch.elapsed += 10**18
    assert far.read() == END - 1


def test_the_real_time_of_the_machine_moves_a_real_clock_forward() -> None:
    moving = Clock(ClockSettings(mode=Mode.REAL), RealTime())
    first = moving.now()
    assert from_iso("2026-01-01T00:00:00Z") < first <= moving.read() < END - 1
