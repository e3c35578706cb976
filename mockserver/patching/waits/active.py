"""The running tests of this process, and the test to which the current thread belongs.

This is the one piece of state of the whole process: a replaced `time.sleep` has nothing else to ask.
"""

import os
import threading
from typing import Final, SupportsIndex

from mockserver.patching.waits.scheduler import Scheduler
from mockserver.patching.waits.terms import SECOND

ACTIVE: Final[list[Scheduler]] = []
"""The schedulers in force, the innermost last."""


def here() -> Scheduler | None:
    """Return the scheduler of the test that the running thread belongs to; None if its time is real."""
    if not ACTIVE:
        return None
    thread = threading.current_thread()
    return next((scheduler for scheduler in reversed(ACTIVE) if scheduler.threads.has(thread)), None)


def seeing() -> Scheduler | None:
    """Return the scheduler whose time the running thread sees; None if it sees real time."""
    scheduler = here()
    return scheduler if scheduler is not None and scheduler.terms.clocks else None


def asked(seconds: object) -> tuple[Scheduler, int] | None:
    """Return the scheduler for a sleep of so many seconds, and its microseconds; None to call the real function.

    The real function handles a thread whose time is real, and a value that is no time: it raises the right error.
    """
    scheduler = here()
    if scheduler is None or not isinstance(seconds, float | SupportsIndex) or not 0 < float(seconds) < float("inf"):
        return None
    # To the nearest: 1.1 s are 1,100,000 microseconds, though the float is a little more.
    duration = round(float(seconds) * SECOND)
    return (scheduler, duration) if duration else None


def _begin_in_child() -> None:
    for scheduler in ACTIVE:
        scheduler.begin()


os.register_at_fork(after_in_child=_begin_in_child)
