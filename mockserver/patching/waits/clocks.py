"""Replace the clocks that client code reads, if the test sets `clocks`: virtual in the test's own threads only.

`time.time` returns the world's date, so that it agrees with the dates, links and tokens of the mock. `time.monotonic`,
and with it the clock of asyncio's own event loops, goes on with real time and makes the jumps: the time-outs of sockets
count in it too. `time.perf_counter` stays real: it measures the cost of code. Only the attributes of `time` are
replaced; threading, queue and pytest have taken theirs at import and keep them.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from mockserver.patching.waits import real
from mockserver.patching.waits.current import visible_scheduler
from mockserver.patching.waits.replacement import Replacement
from mockserver.patching.waits.scheduler import Scheduler
from mockserver.patching.waits.settings import SECOND


def _time(scheduler: Scheduler) -> float:
    return scheduler.date() / SECOND


def _time_ns(scheduler: Scheduler) -> int:
    return scheduler.date() * 1000


def _monotonic(scheduler: Scheduler) -> float:
    _remember_loop(scheduler)
    return float(real.TIME.monotonic()) + scheduler.passed() / SECOND


def _monotonic_ns(scheduler: Scheduler) -> int:
    return int(real.TIME.monotonic_ns()) + scheduler.passed() * 1000


def _remember_loop(scheduler: Scheduler) -> None:
    """Record the event loop that reads the time: it may have a deadline, which a jump can pass."""
    loop = asyncio._get_running_loop()
    if loop is not None:
        scheduler.listeners.setdefault(loop, partial(_wake, loop))


def _wake(loop: asyncio.AbstractEventLoop) -> None:
    with suppress(RuntimeError):  # a loop that is closed has no deadlines
        loop.call_soon_threadsafe(_nothing)


def _nothing() -> None:
    """Do nothing: waking the loop is enough."""


def _clock(name: str, virtual: Callable[[Scheduler], float]) -> Replacement:
    def reading(beneath: Callable[[], float]) -> Callable[[], float]:
        def read() -> float:
            scheduler = visible_scheduler()
            return beneath() if scheduler is None else virtual(scheduler)

        return read

    return Replacement(real.SHARED, name, reading, pristine=getattr(real.TIME, name))


CLOCKS: Final = (
    _clock("time", _time),
    _clock("time_ns", _time_ns),
    _clock("monotonic", _monotonic),
    _clock("monotonic_ns", _monotonic_ns),
)
