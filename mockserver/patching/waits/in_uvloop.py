"""uvloop's clock and timers, replaced when uvloop is imported: they count in C, which does not see the jumps."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from functools import wraps
from typing import Any

from mockserver.patching.waits.current import visible_scheduler
from mockserver.patching.waits.scheduler import Scheduler
from mockserver.patching.waits.settings import SECOND

Loop = asyncio.AbstractEventLoop


def install() -> None:
    """Let the loops of uvloop, which has been imported, show virtual time and keep deadlines in it."""
    loop = sys.modules["uvloop"].Loop
    loop.time = _time(loop.time)
    # `call_at` calls it too.
    loop.call_later = _call_later(loop.call_later)


def _time(beneath: Callable[[Loop], float]) -> Callable[[Loop], float]:
    @wraps(beneath)
    def time(loop: Loop) -> float:
        scheduler = visible_scheduler()
        return beneath(loop) + (0 if scheduler is None else scheduler.passed() / SECOND)

    return time


def _call_later(beneath: Callable[..., asyncio.TimerHandle]) -> Callable[..., asyncio.TimerHandle]:
    @wraps(beneath)
    def call_later(
        loop: Loop, delay: float, callback: Callable[..., object], *arguments: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        scheduler = visible_scheduler()
        if scheduler is None:
            return beneath(loop, delay, callback, *arguments, context=context)
        timer = _Timer(scheduler, loop, loop.time() + delay, lambda: callback(*arguments))
        return timer.begin(beneath, delay, context or copy_context())

    return call_later


class _Timer:
    """A timer that fires once: at its real end, or after the move of the clock that passes it."""

    def __init__(self, scheduler: Scheduler, loop: Loop, due: float, act: Callable[[], object]) -> None:
        self._scheduler, self._loop, self._due, self._act = scheduler, loop, due, act

    def begin(
        self, call_later: Callable[..., asyncio.TimerHandle], delay: float, context: Context
    ) -> asyncio.TimerHandle:
        self._context = context
        self._handle = call_later(self._loop, delay, self._fire, context=context)
        self._scheduler.listeners[self] = self._tell
        return self._handle

    def _tell(self) -> None:
        """Make the loop read the clock, in the loop's own thread."""
        if self._handle.cancelled():
            self._scheduler.listeners.pop(self, None)
        else:
            with suppress(RuntimeError):  # a loop that is closed has no deadlines
                self._loop.call_soon_threadsafe(self._look, context=self._context)

    def _look(self) -> None:
        waits = self in self._scheduler.listeners and not self._handle.cancelled()
        # A clock moves by at least a microsecond; a sum of floats may lack a part of one.
        if waits and self._loop.time() + 1 / SECOND >= self._due:
            self._handle.cancel()
            self._fire()

    def _fire(self) -> None:
        self._scheduler.listeners.pop(self, None)
        self._act()
