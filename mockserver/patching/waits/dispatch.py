"""Replace the functions that sleep: each checks which thread calls it, and sleeps virtually or for real.

They are installed once and stay, because a module that is imported meanwhile keeps the function that it finds.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from typing import Any, Final

from mockserver.patching.waits import in_trio, in_uvloop, real
from mockserver.patching.waits.current import virtual_sleep
from mockserver.patching.waits.replacement import replace_everywhere, when_imported
from mockserver.patching.waits.scheduler import Sleep
from mockserver.patching.waits.settings import SECOND

WAIT_FOR_REAL: Final = frozenset({"subprocess"})
"""Modules that sleep while they wait for something real, which does not come sooner in virtual time."""


@cache
def install() -> Callable[[float], None]:
    """Replace the functions that sleep, also in modules that have imported them by name; return the new `time.sleep`.

    Later calls only return the same function.
    """
    sleep = _thread_sleep(real.SHARED.sleep)
    replace_everywhere(real.SHARED.sleep, sleep)
    replace_everywhere(asyncio.sleep, _task_sleep(asyncio.sleep))
    when_imported("trio", in_trio.install)
    when_imported("uvloop", in_uvloop.install)
    return sleep


def _thread_sleep(beneath: Callable[[float], None]) -> Callable[[float], None]:
    @wraps(beneath)
    def sleep(seconds: float, /) -> None:
        request = virtual_sleep(seconds)
        if request is None or sys._getframe(1).f_globals.get("__name__") in WAIT_FOR_REAL:
            beneath(seconds)
            return
        scheduler, duration = request
        under_way = scheduler.enter(duration, lambda: True)
        try:
            rest = under_way.result()
        finally:
            under_way.cancel()
        if rest:
            beneath(rest / SECOND)

    return sleep


def _task_sleep(beneath: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(beneath)
    async def sleep(delay: float, result: object = None) -> object:
        request = virtual_sleep(delay)
        if request is None:
            return await beneath(delay, result)
        scheduler, duration = request
        under_way = scheduler.enter(duration, _only_task)
        try:
            await _ended(under_way)
        finally:
            under_way.cancel()
        rest = under_way.result()
        return await beneath(rest / SECOND, result) if rest else result

    return sleep


async def _ended(under_way: Sleep) -> None:
    """Wait until a sleep has ended; any thread may end it."""
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    def tell(_: object) -> None:
        with suppress(RuntimeError):  # a closed loop has no sleeping task
            # A turn later: a deadline that the clock has passed comes first, as it does in real time.
            loop.call_soon_threadsafe(loop.call_soon, end)

    under_way.add_done_callback(tell)
    await ended


def _only_task() -> bool:
    """Return whether the running task is the only one of its loop."""
    return len(asyncio.all_tasks()) == 1
