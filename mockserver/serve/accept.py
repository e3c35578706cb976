"""Accepting connections: all that wait at once, and nobody for whom no descriptor is left.

The event loops' own accepting serves neither well. uvloop takes one connection a turn, so that in a rush the last
clients wait for as long as the first ones keep it busy; asyncio, until its repair in 2026, answers a lack of
descriptors by trying thousands of times a second, each with a traceback.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from mockserver.serve.listen import BACKLOG

_EXHAUSTED: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Reception:
    """Lets in whoever comes by a listener, until it is closed; the listener stays open.

    A descriptor is kept in reserve: with it, who cannot be served is hung up on instead of being left waiting.
    """

    def __init__(self, listener: socket.socket, begin: Callable[[], asyncio.BaseProtocol]) -> None:
        self._listener, self._begin = listener, begin
        self._loop = asyncio.get_running_loop()
        self._reserve: int | None = None
        self._keep()
        self._arriving: set[asyncio.Task[object]] = set()
        listener.setblocking(False)
        self._loop.add_reader(listener, self._let_in)

    async def close(self) -> None:
        """Let in nobody any more, and see those in who are half-way, so that whoever ends the others finds them."""
        self._loop.remove_reader(self._listener)
        self._release()
        if self._arriving:
            await asyncio.wait(self._arriving)

    def _let_in(self) -> None:
        for _ in range(BACKLOG):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as problem:
                if problem.errno not in _EXHAUSTED:
                    raise
                self._turn_away()
                return
            connection.setblocking(False)
            arriving = self._loop.create_task(self._loop.connect_accepted_socket(self._begin, connection))
            self._arriving.add(arriving)
            arriving.add_done_callback(self._arrived)

    def _arrived(self, arriving: asyncio.Task[object]) -> None:
        self._arriving.discard(arriving)
        # Who has gone in the meantime is nobody's mistake.
        with suppress(OSError, asyncio.CancelledError):
            arriving.result()

    def _turn_away(self) -> None:
        self._release()
        with suppress(OSError):
            self._listener.accept()[0].close()
        self._keep()

    def _keep(self) -> None:
        # Where another thread was quicker there is none; then nobody is turned away until one is free again.
        with suppress(OSError):
            self._reserve = os.open(os.devnull, os.O_RDONLY)

    def _release(self) -> None:
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None
