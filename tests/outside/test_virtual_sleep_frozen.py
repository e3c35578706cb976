"""Virtual sleep in a test that also replaces time by freezegun or time-machine, around it or within it."""

import asyncio
import datetime
import time

import backoff
import freezegun
import pytest
import time_machine
import trio

from mockserver.patching.waits import VirtualSleep

SECOND = 1_000_000
NOON = 1_780_833_600 * SECOND


class Hands:
    """A clock that moves only when a client sleeps."""

    def __init__(self) -> None:
        self.at = NOON
        self.moves: list[float] = []

    def now(self) -> int:
        return self.at

    def advance(self, duration: int) -> None:
        self.at += duration
        self.moves.append(duration / SECOND)


def slept_under(hands: Hands) -> None:
    time.sleep(2)
    asyncio.run(asyncio.sleep(3))
    trio.run(trio.sleep, 4)
    assert hands.moves == [2, 3, 4]


@pytest.mark.parametrize("clocks", [False, True])
def test_virtual_sleep_works_within_freezegun(clocks: bool) -> None:
    with freezegun.freeze_time("2020-02-02"):
        hands = Hands()
        with VirtualSleep(hands, clocks=clocks):
            slept_under(hands)
            assert time.time() == (hands.at / SECOND if clocks else 1_580_601_600)
        assert time.time() == 1_580_601_600
    assert time.time() > 1_580_601_600


@pytest.mark.parametrize("clocks", [False, True])
def test_freezegun_works_within_virtual_sleep(clocks: bool) -> None:
    hands = Hands()
    with VirtualSleep(hands, clocks=clocks):
        with freezegun.freeze_time("2020-02-02"):
            slept_under(hands)
            assert time.time() == 1_580_601_600
        time.sleep(5)
    assert hands.moves[3:] == [5]


@pytest.mark.parametrize("clocks", [False, True])
def test_virtual_sleep_works_with_time_machine(clocks: bool) -> None:
    hands = Hands()
    with time_machine.travel("2020-02-02", tick=False), VirtualSleep(hands, clocks=clocks):
        slept_under(hands)
        assert datetime.datetime.now(tz=datetime.UTC).year == 2020
    with VirtualSleep(hands), time_machine.travel("2020-02-02", tick=False):
        time.sleep(5)
    assert hands.moves[3:] == [5]


def unfinished() -> None:
    raise TimeoutError


def test_time_machine_can_follow_the_virtual_clock() -> None:
    """The way for client code that reads `datetime.now`, which virtual sleep does not replace."""

    class Travelling(Hands):
        def advance(self, duration: int) -> None:
            super().advance(duration)
            traveller.shift(duration / SECOND)

    with time_machine.travel(datetime.datetime.fromtimestamp(NOON / SECOND, datetime.UTC), tick=False) as traveller:
        hands = Travelling()
        with VirtualSleep(hands):
            giving_up = backoff.on_exception(backoff.constant, TimeoutError, interval=2, jitter=None, max_time=60)
            with pytest.raises(TimeoutError):
                giving_up(unfinished)()
    assert hands.moves == [2] * 30
