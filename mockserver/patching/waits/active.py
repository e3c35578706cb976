"""The tests under way in this process, and which of them the running thread belongs to.

The one piece of state that is the process's own: a function that everybody calls has nobody else to ask.
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
    """Return who is asked for a sleep of so many seconds, and its microseconds; None where the real function answers.

    It does for a thread whose time is real, and for what is no time: it knows what to say to that.
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
