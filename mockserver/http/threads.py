"""Run a function in a thread of its own, for which a stop of the server does not wait.

`asyncio.to_thread` takes a thread of a pool, and the end of the event loop, and of the process, waits for all of them.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class RealThread(threading.Thread):
    """A thread that ends with the process, and sleeps in real time even where a test's sleeps are virtual."""

    sleeps_for_real = True


async def in_thread(function: Callable[[], T]) -> T:
    """Return the result of a function that runs in a thread; its errors are raised here."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    RealThread(target=_run, args=(function, loop, done), name="beside the event loop", daemon=True).start()
    try:
        return await done
    finally:
        # An error names this frame, which must not name the error.
        del done


def _run(function: Callable[[], T], loop: asyncio.AbstractEventLoop, done: "asyncio.Future[T]") -> None:
    try:
        tell = partial(_succeed, done, function())
    except Exception as error:  # noqa: BLE001 - it is raised where the result is awaited
        tell = partial(_fail, done, error)
    # A loop that is closed has nothing left to tell.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(tell)
    # As above: the error names this frame.
    del tell, done


def _succeed(done: "asyncio.Future[T]", result: T) -> None:
    if not done.cancelled():
        done.set_result(result)


def _fail(done: "asyncio.Future[T]", error: Exception) -> None:
    if not done.cancelled():
        done.set_exception(error)
