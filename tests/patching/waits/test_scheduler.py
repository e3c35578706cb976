"""The moments at which the clock jumps: not before work is done, not beyond the bound, and only if it can be moved."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress

import pytest

from mockserver.patching.waits import CannotSleep, VirtualSleep
from mockserver.patching.waits.scheduler import MOST_POLLS, Scheduler, Sleep, Threads
from mockserver.patching.waits.settings import SECOND, SleepSettings

from .hands import PATIENCE, Hands, InFlight, Started


def test_the_earliest_sleeper_wakes_first_and_equal_ones_wake_together() -> None:
    hands = Hands()
    woken: list[tuple[float, int]] = []

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        woken.append((seconds, hands.at // SECOND))

    with VirtualSleep(hands), ThreadPoolExecutor(5) as pool:
        list(pool.map(sleep, (5, 3, 1, 3, 5)))
    assert woken == [(1, 1), (3, 3), (3, 3), (5, 5), (5, 5)]
    assert hands.moves == [1, 2, 2]


def test_no_jump_while_a_request_is_in_flight() -> None:
    hands = Hands()
    moves_seen = []

    def over(asked: int) -> bool:
        moves_seen.append(list(hands.moves))
        return asked > 3

    with VirtualSleep(hands, busy=InFlight(over)):
        Started(lambda: time.sleep(2)).result()
    # The fourth answer ends the third look; the fourth look asks twice.
    assert (moves_seen[:4], hands.moves) == ([[]] * 4, [2])


def computed() -> int:
    return sum(i * i for i in range(300_000))


def test_no_jump_while_another_thread_works() -> None:
    hands = Hands()
    with VirtualSleep(hands):
        sleeper = Started(lambda: time.sleep(10))
        computed()
        time.sleep(1)
        assert hands.at == SECOND
        sleeper.result()
    assert hands.moves == [1, 9]


def test_no_jump_while_another_task_works() -> None:
    hands = Hands()

    async def both() -> None:
        sleeping = asyncio.ensure_future(asyncio.sleep(10))
        await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.to_thread(computed)
        await asyncio.sleep(1)
        assert hands.at == SECOND
        await sleeping

    with VirtualSleep(hands):
        asyncio.run(both())
    assert hands.moves == [1, 9]


def test_a_request_that_hangs_holds_sleepers_up_for_a_bounded_time() -> None:
    hands = Hands()
    with VirtualSleep(hands, busy=lambda: True, patience=0):
        Started(lambda: time.sleep(2)).result()
    assert hands.moves == [2]


def test_a_lone_sleeper_does_not_wait_for_quiet() -> None:
    """The sleeper does not wait for a request that its client has given up."""
    hands = Hands()
    with VirtualSleep(hands, busy=lambda: True):
        time.sleep(2)
        asyncio.run(asyncio.sleep(3))
    assert hands.moves == [2, 3]


def sleep_in_a_thread(seconds: float) -> None:
    time.sleep(seconds)


def sleep_in_a_task(seconds: float) -> None:
    asyncio.run(asyncio.sleep(seconds))


def surviving(sleep: Callable[[float], None]) -> None:
    """Go on like a client that catches every error."""
    while True:
        with suppress(Exception):
            sleep(40)


@pytest.mark.parametrize("sleep", [sleep_in_a_thread, sleep_in_a_task])
def test_an_endless_wait_is_an_error_that_names_the_generation(sleep: Callable[[float], None]) -> None:
    hands = Hands(at=7 * SECOND)
    virtual = VirtualSleep(hands, max_virtual=100 * SECOND, waiting=lambda: "generation 1842 (processing, 99 %)")
    with virtual, pytest.raises(CannotSleep) as problem:
        surviving(sleep)
    assert hands.moves == [40, 40]
    assert str(problem.value) == (
        "the clients have slept for all of the 100 s of virtual time that they may, and still wait for generation 1842"
        " (processing, 99 %); let that end, give the client a deadline, or raise max_virtual"
    )


def test_the_whole_bound_may_be_slept() -> None:
    hands = Hands()
    with VirtualSleep(hands, max_virtual=SECOND):
        time.sleep(1)
        with pytest.raises(CannotSleep):
            time.sleep(1e-6)


def test_only_the_sleep_that_would_pass_the_bound_is_refused() -> None:
    hands = Hands()
    with VirtualSleep(hands, max_virtual=10 * SECOND):
        patient, hasty = Started(lambda: time.sleep(20)), Started(lambda: time.sleep(4))
        hasty.result()
        with pytest.raises(CannotSleep):
            patient.result()
    assert hands.moves == [4]


class Broken(Hands):
    """A clock that cannot be moved."""

    def advance(self, duration: int) -> None:
        raise ConnectionError(duration)


def failing() -> str:
    pytest.fail("it cannot be said")


def failing_test() -> bool:
    pytest.fail("it cannot be said")


# Also an error that is no Exception, such as a failure of pytest.
FAILURES = {
    "the clock": (VirtualSleep(Broken()), r"which says ConnectionError\(2000000\); is its server still there\?"),
    "whether requests are in flight": (VirtualSleep(Hands(), busy=failing_test), "it cannot be said"),
    "the generations": (VirtualSleep(Hands(), waiting=failing, max_virtual=1), "it cannot be said"),
}


@pytest.mark.parametrize(("virtual", "sentence"), FAILURES.values(), ids=list(FAILURES))
def test_a_mock_that_does_not_answer_wakes_every_sleeper(virtual: VirtualSleep, sentence: str) -> None:
    with virtual:
        sleepers = [Started(lambda: time.sleep(2)), Started(lambda: sleep_in_a_task(2))]
        for sleeper in sleepers:
            with pytest.raises(CannotSleep, match=sentence) as problem:
                sleeper.result()
            assert problem.value.__cause__ is not None


def test_a_move_by_other_code_wakes_the_sleepers_that_are_due() -> None:
    hands, busy = Hands(), InFlight()
    with VirtualSleep(hands, busy=busy) as virtual:
        sleeper = Started(lambda: time.sleep(10))
        busy.wait()
        hands.at += 60 * SECOND
        virtual.look()
        busy.end()
        sleeper.result()
        assert hands.moves == []
        time.sleep(3)
    assert (hands.moves, hands.at) == ([3], 63 * SECOND)


def test_a_sleep_begins_at_the_present_time_of_a_moved_clock() -> None:
    hands = Hands()
    with VirtualSleep(hands):
        time.sleep(1)
        hands.at += 60 * SECOND
        time.sleep(2)
    assert (hands.moves, hands.at) == ([1, 2], 63 * SECOND)


def test_a_clock_that_polls_do_not_move_is_diagnosed() -> None:
    polls = 50
    virtual = VirtualSleep(Hands(), polls=lambda: polls)
    assert virtual.diagnosis() == ""
    with virtual:
        polls += MOST_POLLS - 1
        assert virtual.diagnosis() == ""
        polls += 1
        assert virtual.diagnosis().startswith("1000 polls came while virtual time stood still: ")
        time.sleep(1)
        assert virtual.diagnosis() == ""
    virtual.look()


def test_polls_are_counted_only_with_the_setting() -> None:
    with VirtualSleep(Hands()) as virtual:
        assert virtual.diagnosis() == ""


def never_alone() -> bool:
    return False


def test_at_the_end_each_sleep_returns_its_rest() -> None:
    hands, busy = Hands(), InFlight()
    scheduler = Scheduler(SleepSettings(hands, busy), Threads())
    sleeps = [scheduler.enter(seconds * SECOND, never_alone) for seconds in (10, 3)]
    busy.wait_for_all()
    hands.at += 4 * SECOND
    scheduler.look()
    scheduler.close()
    sleeps.append(scheduler.enter(2 * SECOND, never_alone))
    assert [sleep.result(PATIENCE) for sleep in sleeps] == [6 * SECOND, 0, 2 * SECOND]
    assert hands.moves == []


class Hasty(Hands):
    """A clock that cancels the first sleep at its third read."""

    reads = 0
    sleep: Sleep | None = None

    def now(self) -> int:
        self.reads += 1
        if self.reads == 3 and self.sleep is not None:
            self.sleep.cancel()
        return super().now()


def test_a_sleep_cancelled_at_the_last_moment_moves_nothing() -> None:
    hands = Hasty()
    scheduler = Scheduler(SleepSettings(hands, busy=lambda: hands.sleep is None), Threads())
    hands.sleep = scheduler.enter(10 * SECOND, never_alone)
    with pytest.raises(CancelledError):
        hands.sleep.result(PATIENCE)
    assert scheduler.enter(30 * SECOND, never_alone).result(PATIENCE) == 0
    scheduler.close()
    assert hands.moves == [30]


def test_the_thread_starts_with_the_first_sleep() -> None:
    with VirtualSleep(Hands()):
        before = threading.enumerate()
        time.sleep(1)
        [thread] = set(threading.enumerate()) - set(before)
        assert (thread.name, thread.daemon) == ("virtual sleep", True)
    assert not thread.is_alive()
