"""The schedulers in force in this process, and the scheduler of the current thread.

The list is the only state of the whole process: a replaced `time.sleep` gets only a duration, so it must
find its scheduler here.
"""

import os
import threading
from typing import Final, SupportsIndex

from mockserver.patching.waits.scheduler import Scheduler
from mockserver.patching.waits.settings import SECOND

SCHEDULERS: Final[list[Scheduler]] = []
"""The schedulers in force, the innermost last."""


def current_scheduler() -> Scheduler | None:
    """Return the scheduler of the test to which the current thread belongs; None if the thread sleeps for real."""
    if not SCHEDULERS:
        return None
    thread = threading.current_thread()
    return next((scheduler for scheduler in reversed(SCHEDULERS) if scheduler.threads.has(thread)), None)


def visible_scheduler() -> Scheduler | None:
    """Return the scheduler whose virtual time the current thread reads; None if the thread reads real time."""
    scheduler = current_scheduler()
    return scheduler if scheduler is not None and scheduler.settings.clocks else None


def virtual_sleep(seconds: object) -> tuple[Scheduler, int] | None:
    """Return the scheduler for a sleep of so many seconds, and the microseconds; None to call the real function.

    The real function is called for a thread that sleeps for real, and for a value that is no duration, since it raises
    the right error.
    """
    scheduler = current_scheduler()
    if scheduler is None or not isinstance(seconds, float | SupportsIndex) or not 0 < float(seconds) < float("inf"):
        return None
    # To the nearest: 1.1 s are 1,100,000 microseconds, though the float is a little more.
    duration = round(float(seconds) * SECOND)
    return (scheduler, duration) if duration else None


def _begin_in_child() -> None:
    for scheduler in SCHEDULERS:
        scheduler.begin()


os.register_at_fork(after_in_child=_begin_in_child)
