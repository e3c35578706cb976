"""The clocks that client code reads: sleeping moves them for the test's own threads alone."""

import asyncio
import time
from collections.abc import Callable

import pytest

from mockserver.patching.waits import RealThread, VirtualSleep
from mockserver.patching.waits.settings import SECOND

from .hands import Hands, InFlight, Started

NOON = 1_780_833_600 * SECOND


def polls_until(deadline: Callable[[], float]) -> int:
    """Poll an endless job for sixty seconds of a clock."""
    count, end = 0, deadline() + 60
    while deadline() < end:
        count += 1
        time.sleep(2)
    return count


@pytest.mark.parametrize(("name", "unit"), [("time", 1), ("time_ns", 1e9), ("monotonic", 1), ("monotonic_ns", 1e9)])
def test_a_deadline_comes_by_sleeping(name: str, unit: float) -> None:
    with VirtualSleep(Hands(NOON), clocks=True):
        assert polls_until(lambda: getattr(time, name)() / unit) == 30


async def polls_within(limit: Callable[[], asyncio.Timeout]) -> int:
    count = 0
    try:
        async with limit():
            while True:
                count += 1
                await asyncio.sleep(2)
    except TimeoutError:
        return count


def test_the_deadline_of_a_task_comes_by_sleeping() -> None:
    hands = Hands(NOON)
    with VirtualSleep(hands, clocks=True):
        assert asyncio.run(polls_within(lambda: asyncio.timeout(60))) == 30
        assert asyncio.run(polls_within(lambda: asyncio.timeout_at(asyncio.get_running_loop().time() + 61))) == 31
    assert hands.at == NOON + (60 + 62) * SECOND


def test_waiting_for_a_task_ends_at_its_deadline() -> None:
    hands = Hands(NOON)

    async def wait() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(3000), 60)

    async def poll_meanwhile() -> None:
        await asyncio.gather(wait(), *(asyncio.sleep(seconds) for seconds in (30, 61)))

    with VirtualSleep(hands, clocks=True):
        asyncio.run(poll_meanwhile())
    assert hands.moves == [30, 31]


def test_a_deadline_comes_while_another_thread_sleeps() -> None:
    hands, go = Hands(NOON), InFlight()

    def sleep_twice() -> None:
        time.sleep(60)
        go.wait()

    async def wait() -> None:
        sleeping = asyncio.get_running_loop().run_in_executor(None, sleep_twice)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(50):
                await asyncio.shield(sleeping)
        go()
        await sleeping

    with VirtualSleep(hands, clocks=True):
        asyncio.run(wait())
    assert hands.moves == [60]


def test_the_date_is_the_worlds() -> None:
    hands = Hands(NOON)
    with VirtualSleep(hands, clocks=True) as virtual:
        dates = [time.time()]
        time.sleep(2.5)
        dates.append(time.time())
        hands.at += 60 * SECOND
        virtual.look()
        dates.append(time.time_ns() / 1e9)
    assert dates == [NOON / SECOND + seconds for seconds in (0, 2.5, 62.5)]


def test_other_threads_see_real_time() -> None:
    hands = Hands()
    with VirtualSleep(hands, clocks=True):
        time.sleep(3)
        mine, theirs = (kind(lambda: (time.time(), time.time_ns())).result() for kind in (Started, _started_real))
    assert mine == (3, 3 * 10**9)
    assert isinstance(theirs, tuple)
    assert min(theirs) > NOON / SECOND


def _started_real(act: Callable[[], object]) -> Started:
    return Started(act, RealThread)


def test_the_time_that_code_takes_is_measured_in_real_time() -> None:
    with VirtualSleep(Hands(), clocks=True):
        before = time.perf_counter()
        time.sleep(3000)
        assert time.perf_counter() - before < 3000


NAMES = ("time", "time_ns", "monotonic", "monotonic_ns")


def shown() -> dict[str, object]:
    return {name: getattr(time, name) for name in NAMES}


def test_clocks_stay_real_without_the_setting() -> None:
    before = shown()
    with VirtualSleep(Hands()):
        assert shown() == before
        with VirtualSleep(Hands(), clocks=True), VirtualSleep(Hands(), clocks=True):
            assert not shown().items() & before.items()
    assert shown() == before


def test_a_kept_reference_to_a_clock_is_real_again_afterwards() -> None:
    with VirtualSleep(Hands(), clocks=True):
        kept = time.time
        assert kept() == 0
        with VirtualSleep(Hands(NOON)):
            assert kept() > NOON / SECOND
    assert kept() > NOON / SECOND


def test_clocks_stay_real_under_virtual_sleep_without_the_setting() -> None:
    with VirtualSleep(Hands(), clocks=True), VirtualSleep(Hands()):
        assert time.time() > NOON / SECOND
