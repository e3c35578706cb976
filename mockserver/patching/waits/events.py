"""`threading.Event.wait` with a time-out, as a sleep that `set` ends: many clients wait this way before each poll.

A test must ask for it, because the same call also waits for real work, and would time out before the work is done.
"""

from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from threading import Event
from typing import Any, Final
from weakref import WeakKeyDictionary

from mockserver.patching.waits.current import virtual_sleep
from mockserver.patching.waits.replacement import Replacement
from mockserver.patching.waits.scheduler import Sleep
from mockserver.patching.waits.settings import SECOND

_UNDER_WAY: Final[WeakKeyDictionary[Event, set[Sleep]]] = WeakKeyDictionary()


def _waiting(beneath: Callable[..., Any]) -> Callable[..., Any]:
    def wait(event: Event, timeout: float | None = None) -> bool:
        request = None if event.is_set() else virtual_sleep(timeout)
        if request is None or not request[0].settings.events:
            return bool(beneath(event, timeout))
        scheduler, duration = request
        rest = _sleep(event, scheduler.enter(duration, lambda: True))
        return bool(beneath(event, rest / SECOND)) if rest else event.is_set()

    return wait


def _sleep(event: Event, sleep: Sleep) -> int:
    """Wait for the event or the end of a sleep, and return the rest that must be slept for real."""
    under_way = _UNDER_WAY.setdefault(event, set())
    under_way.add(sleep)
    try:
        # Checked after the sleep is listed, so that `set` cannot miss it.
        if not event.is_set():
            with suppress(CancelledError):
                return sleep.result()
        return 0
    finally:
        under_way.discard(sleep)
        sleep.cancel()


def _setting(beneath: Callable[..., Any]) -> Callable[..., Any]:
    def set_(event: Event) -> None:
        beneath(event)
        for sleep in list(_UNDER_WAY.get(event, ())):
            sleep.cancel()

    return set_


EVENTS: Final = (
    Replacement(Event, "wait", _waiting, pristine=Event.wait),
    Replacement(Event, "set", _setting, pristine=Event.set),
)
