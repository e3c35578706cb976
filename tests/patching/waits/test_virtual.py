"""Sleeping within a virtual sleep: the functions and threads that it covers. It leaves nothing behind."""

import asyncio
import inspect
import re
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep as sleep_imported_before

import pytest

from mockserver.patching.waits import RealThread, VirtualSleep
from mockserver.patching.waits.settings import SECOND

from .hands import PATIENCE, Hands, InFlight, Started, polls, polls_of_a_task

MOMENT = 1e-6
"""The part of a second that a test may sleep for real."""

HOURS = 10_000 * SECOND
"""Virtual time that one sleep may take."""


def sleep_in_a_thread(seconds: float) -> None:
    time.sleep(seconds)


def sleep_by_another_name(seconds: float) -> None:
    sleep_imported_before(seconds)


def sleep_in_a_task(seconds: float) -> None:
    asyncio.run(asyncio.sleep(seconds))


SLEEPS = [sleep_in_a_thread, sleep_by_another_name, sleep_in_a_task]


@pytest.mark.parametrize("sleep", SLEEPS)
@pytest.mark.parametrize(
    ("seconds", "moved"), [(2, 2 * SECOND), (0.1, 100_000), (1.1, 1_100_000), (1e-6, 1), (7200, 7200 * SECOND)]
)
def test_a_sleep_moves_the_clock_by_its_length(sleep: Callable[[float], None], seconds: float, moved: int) -> None:
    hands = Hands(at=5)
    with VirtualSleep(hands, max_virtual=HOURS):
        sleep(seconds)
    assert hands.at == 5 + moved


@pytest.mark.parametrize("sleep", SLEEPS)
@pytest.mark.parametrize("seconds", [0, 0.0, 1e-9])
def test_a_value_that_is_no_duration_moves_nothing(sleep: Callable[[float], None], seconds: float) -> None:
    hands = Hands()
    with VirtualSleep(hands):
        sleep(seconds)
    assert hands.moves == []


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "2", None])
def test_the_real_function_raises_the_error_for_a_wrong_duration(seconds: object) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)) as problem:
        time.sleep(seconds)  # type: ignore[arg-type]
    hands = Hands()
    with VirtualSleep(hands), pytest.raises(problem.type, match=re.escape(str(problem.value))):
        time.sleep(seconds)  # type: ignore[arg-type]
    assert hands.moves == []


def test_the_sleep_of_tasks_stays_a_coroutine_function_with_a_result() -> None:
    assert inspect.iscoroutinefunction(asyncio.sleep)
    with VirtualSleep(Hands()):
        assert asyncio.run(asyncio.sleep(2, "result")) == "result"
        assert asyncio.run(asyncio.sleep(0, "result")) == "result"


@pytest.mark.parametrize(
    ("job", "interval", "count"),
    [(0, 2, 1), (1, 2, 2), (2, 2, 2), (2.000001, 2, 3), (30, 2, 16), (8, 0.1, 81), (600, 7, 87)],
)
def test_one_client_polls_as_often_as_in_real_time(job: float, interval: float, count: int) -> None:
    for poll in (polls, lambda *job_: asyncio.run(polls_of_a_task(*job_))):
        hands = Hands()
        with VirtualSleep(hands):
            assert poll(hands, job, interval) == count
        assert hands.at == (count - 1) * round(interval * SECOND)


JOBS = [1 + 3 * i % 17 for i in range(20)]
FEWEST = [1 + -(-job // 2) for job in JOBS]


def test_twenty_threads_all_see_their_jobs_end() -> None:
    hands = Hands()
    with VirtualSleep(hands), ThreadPoolExecutor(20) as pool:
        counts = list(pool.map(lambda job: polls(hands, job, 2), JOBS))
    # An overtaken thread needs fewer polls, perhaps one. None needs more: each sleep moves the clock by its length.
    assert all(1 <= count <= most for count, most in zip(counts, FEWEST, strict=True))
    assert hands.at >= max(JOBS) * SECOND


def test_twenty_tasks_all_see_their_jobs_end() -> None:
    hands = Hands()

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(polls_of_a_task(hands, job, 2) for job in JOBS))

    with VirtualSleep(hands):
        counts = asyncio.run(all_of_them())
    assert all(2 <= count <= most for count, most in zip(counts, FEWEST, strict=True))
    assert hands.at >= max(JOBS) * SECOND


def test_afterwards_sleeping_is_real_and_nothing_is_left() -> None:
    before, hands = threading.enumerate(), Hands()
    with VirtualSleep(hands, clocks=True, events=True):
        time.sleep(2)
        assert threading.enumerate() != before
    time.sleep(MOMENT)
    asyncio.run(asyncio.sleep(MOMENT))
    assert (hands.moves, threading.enumerate()) == ([2], before)


def test_a_kept_reference_to_a_function_works_in_the_next_test() -> None:
    """A module that is imported during a test keeps the function that it finds."""
    with VirtualSleep(Hands()):
        sleep, sleep_as_task = time.sleep, asyncio.sleep
    sleep(MOMENT)
    hands = Hands()
    with VirtualSleep(hands):
        sleep(2)
        asyncio.run(sleep_as_task(3))
    assert hands.moves == [2, 3]


def test_the_rest_of_a_sleep_is_real_after_the_end() -> None:
    hands, busy = Hands(), InFlight()
    with VirtualSleep(hands, busy=busy):
        sleepers = [Started(lambda: time.sleep(0.001)), Started(lambda: sleep_in_a_task(0.001))]
        busy.wait()
    assert [sleeper.result() for sleeper in sleepers] == [None, None]
    assert hands.moves == []


def test_a_sleep_that_begins_while_it_ends_is_real() -> None:
    hands, busy, go = Hands(), InFlight(), Event()

    def sleep_twice() -> None:
        time.sleep(MOMENT)
        assert go.wait(PATIENCE)
        time.sleep(MOMENT)

    with VirtualSleep(hands, busy=busy):
        sleeper = Started(sleep_twice)
        busy.wait()
    go.set()
    sleeper.result()
    assert hands.moves == []


def test_threads_that_are_not_the_tests_sleep_for_real() -> None:
    hands, go = Hands(), Event()

    def sleep() -> None:
        assert go.wait(PATIENCE)
        time.sleep(MOMENT)
        sleep_in_a_task(MOMENT)

    there_before = Started(sleep)
    with VirtualSleep(hands):
        of_a_server = Started(sleep, RealThread)
        timer = threading.Timer(0, sleep)
        timer.start()
        go.set()
        for thread in (there_before, of_a_server):
            thread.result()
        timer.join(PATIENCE)
        assert hands.moves == []


def test_each_of_two_nested_sleeps_moves_its_own_clock() -> None:
    outer, inner, go = Hands(), Hands(), Event()

    def sleep() -> None:
        assert go.wait(PATIENCE)
        time.sleep(3)

    with VirtualSleep(outer):
        time.sleep(1)
        of_outer = Started(sleep)
        with VirtualSleep(inner):
            go.set()
            of_outer.result()
            time.sleep(5)
        time.sleep(2)
    assert (outer.moves, inner.moves) == ([1, 3, 2], [5])


def test_it_is_entered_once_at_a_time() -> None:
    hands = Hands()
    virtual = VirtualSleep(hands)
    for _ in range(2):
        with virtual:
            time.sleep(1)
            with pytest.raises(RuntimeError, match="make another one"):
                virtual.__enter__()
            time.sleep(1)
    assert hands.moves == [1] * 4


def test_a_clock_that_cannot_be_read_leaves_nothing_behind() -> None:
    class Stopped(Hands):
        def now(self) -> int:
            raise ConnectionError

    virtual = VirtualSleep(Stopped(), clocks=True)
    reads = time.time
    for _ in range(2):
        with pytest.raises(ConnectionError):
            virtual.__enter__()
    assert time.time is reads
    time.sleep(MOMENT)


class Interrupting(Hands):
    """A clock that signals the main thread during its first move, until the thread has handled the signal."""

    def __init__(self) -> None:
        super().__init__()
        self.interrupted = Event()

    def advance(self, duration: int) -> None:
        while not self.interrupted.wait(0.001):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
        super().advance(duration)


def test_a_signal_ends_a_sleep() -> None:
    """pytest-timeout and Ctrl-C end one in this way."""
    hands = Interrupting()

    def interrupt(*_: object) -> None:
        if not hands.interrupted.is_set():
            hands.interrupted.set()
            raise InterruptedError

    previous = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with VirtualSleep(hands):
            with pytest.raises(InterruptedError):
                time.sleep(2)
            time.sleep(3)
    finally:
        signal.signal(signal.SIGUSR1, previous)
    assert hands.moves == [2, 3]


def test_a_task_that_is_cancelled_moves_nothing() -> None:
    hands, busy = Hands(), InFlight()

    async def cancel() -> None:
        sleeping = [asyncio.ensure_future(asyncio.sleep(seconds)) for seconds in (2, 3)]
        while not busy.calls:
            await asyncio.sleep(0)
        sleeping[0].cancel()
        await asyncio.wait(sleeping[:1])
        busy.end()
        await sleeping[1]

    with VirtualSleep(hands, busy=busy):
        asyncio.run(cancel())
    assert hands.moves == [3]
