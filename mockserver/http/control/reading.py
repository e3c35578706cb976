"""Read scenarios in threads of their own, so that a large one keeps no other world waiting."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

T = TypeVar("T")

LARGE: Final = 32 * 1024
"""Characters from which a scenario is large: it takes some tenths of a second to read."""


class Readings:
    """The readings of one server: one large scenario at a time, and small ones beside it."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def run(self, read: Callable[[], T], size: int) -> T:
        """Return the result of reading a text of this size; its errors are raised here."""
        if size < LARGE:
            return await _in_thread(read)
        async with self._turn:
            return await _in_thread(read)


class _Thread(threading.Thread):
    """A thread that ends with the process, and sleeps in real time even where a test's sleeps are virtual."""

    sleeps_for_real = True


async def _in_thread(read: Callable[[], T]) -> T:
    """Run a function in a thread for which a stop of the server does not wait."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    _Thread(target=_run, args=(read, loop, done), name="reading a scenario", daemon=True).start()
    try:
        return await done
    finally:
        # An error names this frame, which must not name the error.
        del done


def _run(read: Callable[[], T], loop: asyncio.AbstractEventLoop, done: "asyncio.Future[T]") -> None:
    try:
        tell = partial(_succeed, done, read())
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
