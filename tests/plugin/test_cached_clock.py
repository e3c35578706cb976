"""The clock of a test's world remembers its last answer."""

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.client.clock import ClockView, Moved
from mockserver.client.control import Answer, Control, Request
from mockserver.testing.cached_clock import CachedClock

BEGAN = datetime(2026, 6, 7, 12, tzinfo=UTC)


class Wire:
    """Answers with the given instants, in seconds since the world began."""

    url = "http://127.0.0.1:1"

    def __init__(self) -> None:
        self.instants: list[int] = []
        self.asked: list[str] = []

    def exchange(self, request: Request, _wait: float = 0) -> Answer:
        self.asked.append(request.method)
        now = f"2026-06-07T12:00:{self.instants.pop(0):02}Z"
        clock = f'"mode": "manual", "step": 2, "rate": 1, "began": "{BEGAN.isoformat()}", "next": null'
        return Answer(
            200, {"content-type": "application/json"}, f'{{"now": "{now}", "moved": 1, "due": [], {clock}}}'.encode()
        )

    def stream(self, request: Request, _silence: float | None) -> Answer:
        return self.exchange(request)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def clock(wire: Wire) -> CachedClock:
    return CachedClock(Control(wire))


def shown(clock: CachedClock) -> float:
    return (clock.shown - BEGAN).total_seconds()


def test_a_clock_is_read_once(wire: Wire, clock: CachedClock) -> None:
    wire.instants += [3]
    assert [shown(clock), shown(clock)] == [3, 3]
    assert wire.asked == ["GET"]


def test_the_clock_remembers_each_answer(wire: Wire, clock: CachedClock) -> None:
    wire.instants += [3, 4, 5, 6]
    seen = []
    for ask in (
        clock.view,
        lambda: clock.set(mode="manual"),
        lambda: clock.advance(1),
        lambda: clock.jump(timedelta(1)),
    ):
        ask()
        seen.append(shown(clock))
    assert seen == [3, 4, 5, 6]
    assert wire.asked == ["GET", "PATCH", "POST", "POST"]


def test_an_older_answer_that_arrives_later_is_ignored(wire: Wire, clock: CachedClock) -> None:
    wire.instants += [5, 3]
    clock.jump(timedelta(seconds=2))
    assert clock.now == BEGAN + timedelta(seconds=3)
    assert shown(clock) == 5


def test_a_clock_that_forgets_begins_anew(wire: Wire, clock: CachedClock) -> None:
    wire.instants += [5, 0]
    clock.view()
    clock.forget()
    assert shown(clock) == 0


def test_each_answer_but_a_jump_calls_the_callback(wire: Wire, clock: CachedClock) -> None:
    wire.instants += [1, 2, 3, 4]
    told: list[float] = []
    clock.on_change = lambda: told.append(shown(clock))
    results = clock.view(), clock.set(mode="manual"), clock.advance(1)
    clock.jump(timedelta(seconds=1))
    assert told == [1, 2, 3]
    assert [type(each) for each in results] == [ClockView, ClockView, Moved]
