"""Give freed memory back to the system after very many connections have ended."""

import asyncio
import threading
from contextlib import suppress
from typing import Final

_MANY: Final = 500
"""Ended connections after which it is worth it."""

_PAUSE: Final = 1
"""Seconds until the memory of connections that end together is freed."""


class Memory:
    """Counts ended connections, and gives memory back once they are many.

    The C library keeps freed memory that lies between pieces still in use: 40 MB after 1,000 connections with TLS.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ended = 0

    def note_end(self) -> None:
        """Count a connection that has ended."""
        self._ended += 1
        if self._ended == _MANY:
            self._loop.call_later(_PAUSE, self._give_back)

    def _give_back(self) -> None:
        self._ended = 0
        # In a thread, because it takes some milliseconds for a large process.
        threading.Thread(target=give_back, name="giving memory back", daemon=True).start()


def give_back() -> None:
    """Give all whole free pages back; does nothing where the C library cannot."""
    with suppress(ImportError, OSError, AttributeError):
        import ctypes  # not at the top: few servers ever need it

        ctypes.CDLL(None).malloc_trim(0)
