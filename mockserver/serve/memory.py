"""Give freed memory back to the system when a server that has worked hard is idle."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from mockserver.http.threads import RealThread

MANY_ENDS: Final = 500
"""Ended connections after which it is worth it."""

MANY_REQUESTS: Final = 10_000
"""Requests after which it is worth it, once none has come for `IDLE` seconds."""

IDLE: Final = 5
"""Seconds without a request after which a server is idle."""

_PAUSE: Final = 1
"""Seconds in which the memory of connections that end together is freed."""


def give_back() -> None:
    """Give all whole free pages back; does nothing where the C library cannot."""
    with suppress(ImportError, OSError, AttributeError):
        import ctypes  # not at the top: few servers ever need it

        ctypes.CDLL(None).malloc_trim(0)


def _in_thread() -> None:
    """Give memory back in a thread, because it takes some milliseconds for a large process."""
    RealThread(target=give_back, name="giving memory back", daemon=True).start()


class Memory:
    """Counts the work of a server, and gives memory back after much of it.

    The C library keeps freed memory that lies between pieces still in use: 20 MB after 1,000 connections with TLS, and
    more than 100 MB after full journals of 200 worlds.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, give: Callable[[], None] = _in_thread) -> None:
        self._loop = loop
        self._give = give
        self._ended = 0
        self._requests = self._seen = 0

    def note_end(self) -> None:
        """Count a connection that has ended; after `MANY_ENDS`, memory is given back soon."""
        self._ended += 1
        if self._ended == MANY_ENDS:
            self._loop.call_later(_PAUSE, self._after_ends)

    def note_request(self) -> None:
        """Count a request; after `MANY_REQUESTS`, memory is given back when the server is idle."""
        self._requests += 1
        if self._requests == MANY_REQUESTS:
            self._loop.call_later(IDLE, self._when_idle)

    def _after_ends(self) -> None:
        self._ended = 0
        self._give()

    def _when_idle(self) -> None:
        if self._requests != self._seen:
            self._seen = self._requests
            self._loop.call_later(IDLE, self._when_idle)
        else:
            self._requests = self._seen = 0
            self._give()
