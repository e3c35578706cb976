"""Waiting for an event counts as a sleep that `set` ends, if the test asks for it, and never in a timer."""

import threading
import time
from threading import Event, Timer

import pytest

from mockserver.patching.waits import CannotSleep, VirtualSleep
from mockserver.patching.waits.settings import SECOND

from .hands import PATIENCE, Hands, InFlight, Started

MOMENT = 1e-6


def test_waiting_for_an_event_moves_the_clock() -> None:
    hands = Hands()
    with VirtualSleep(hands, events=True):
        assert Event().wait(2) is False
        time.sleep(3)
    assert hands.moves == [2, 3]


def test_without_the_setting_the_wait_is_real() -> None:
    hands = Hands()
    with VirtualSleep(hands, events=True), VirtualSleep(hands):
        assert Event().wait(MOMENT) is False
    assert Event().wait(MOMENT) is False
    assert hands.moves == []


def test_the_event_ends_the_wait() -> None:
    hands, busy, event = Hands(), InFlight(), Event()
    with VirtualSleep(hands, busy=busy, events=True):
        waiting = [Started(lambda: event.wait(seconds)) for seconds in (10, 20)]  # noqa: B023 - either will do
        busy.wait()
        event.set()
        assert [each.result() for each in waiting] == [True, True]
        assert event.wait(5) is True
    assert hands.moves == []


def test_an_event_that_is_set_while_others_sleep_is_not_missed() -> None:
    hands, event = Hands(), Event()

    def set_later() -> None:
        time.sleep(3)
        event.set()

    with VirtualSleep(hands, events=True):
        setting = Started(set_later)
        assert event.wait(10) is True
        setting.result()
        assert hands.moves == [3]


def test_without_a_time_out_it_waits_for_the_event() -> None:
    event = Event()
    with VirtualSleep(Hands(), events=True):
        waiting = Started(event.wait)
        event.set()
        assert waiting.result() is True


def test_a_timer_keeps_real_time() -> None:
    """pytest-timeout uses one to bound a test, and virtual time must not let it fire."""
    hands, fired = Hands(), Event()
    timer = Timer(PATIENCE, fired.set)
    with VirtualSleep(hands, events=True):
        timer.start()
        time.sleep(2 * PATIENCE)
        assert not fired.is_set()
        timer.cancel()
        timer.join()
    assert hands.moves == [2 * PATIENCE]


def test_the_rest_of_a_wait_is_real_after_the_end() -> None:
    hands, busy = Hands(), InFlight()
    with VirtualSleep(hands, busy=busy, events=True):
        waiting = Started(lambda: Event().wait(0.001))
        busy.wait()
    assert (waiting.result(), hands.moves) == (False, [])


def test_a_wait_that_is_too_long_is_an_error() -> None:
    with VirtualSleep(Hands(), events=True, max_virtual=SECOND), pytest.raises(CannotSleep):
        Event().wait(2)


def test_events_are_as_they_were_afterwards() -> None:
    before = threading.Event.wait, threading.Event.set
    with VirtualSleep(Hands(), events=True):
        assert threading.Event.wait is not before[0]
    assert (threading.Event.wait, threading.Event.set) == before
