"""Replace trio's sleep and clock when trio is imported: a client without trio has no cost."""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from types import ModuleType
from typing import Any

from mockserver.patching.waits.current import virtual_sleep, visible_scheduler
from mockserver.patching.waits.replacement import replace_everywhere
from mockserver.patching.waits.scheduler import Sleep
from mockserver.patching.waits.settings import SECOND


def install() -> None:
    """Replace the sleep and the clock of trio, which has been imported."""
    trio = sys.modules["trio"]
    replace_everywhere(trio.sleep, _sleep(trio, trio.sleep))
    clock = sys.modules["trio._core._run"].SystemClock
    clock.current_time = _current_time(clock.current_time)


def _sleep(trio: ModuleType, beneath: Callable[[float], Any]) -> Callable[[float], Any]:
    @wraps(beneath)
    async def sleep(seconds: float) -> None:
        request = virtual_sleep(seconds)
        if request is None:
            await beneath(seconds)
            return
        scheduler, duration = request
        under_way = scheduler.enter(duration, lambda: _only_task(trio))
        try:
            await _ended(trio, under_way)
        finally:
            under_way.cancel()
        if rest := under_way.result():
            await beneath(rest / SECOND)

    return sleep


async def _ended(trio: ModuleType, under_way: Sleep) -> None:
    """Wait until a sleep has ended; any thread may end it."""
    ended, token = trio.Event(), trio.lowlevel.current_trio_token()

    def tell(_: object) -> None:
        with suppress(trio.RunFinishedError):
            token.run_sync_soon(ended.set)

    under_way.add_done_callback(tell)
    await ended.wait()


def _only_task(trio: ModuleType) -> bool:
    """Return whether the running task is the only one, except trio's own tasks."""
    task = trio.lowlevel.current_task()
    nursery = task.parent_nursery
    children = [child for own in task.child_nurseries for child in own.child_tasks]
    return (
        not children
        and nursery is not None
        and nursery.parent_task is trio.lowlevel.current_root_task()
        and set(nursery.child_tasks) == {task}
    )


def _current_time(beneath: Callable[[object], float]) -> Callable[[object], float]:
    @wraps(beneath)
    def current_time(clock: object) -> float:
        scheduler = visible_scheduler()
        return beneath(clock) + (0 if scheduler is None else scheduler.passed() / SECOND)

    return current_time
