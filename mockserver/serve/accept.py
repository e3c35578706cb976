"""Accept all waiting connections at once, and refuse them when file descriptors run out.

The event loops do neither. uvloop accepts one connection a turn, so that the last clients of a rush wait while the
first ones keep it busy. When descriptors run out, asyncio before its repair in 2026 tries again thousands of times a
second, and logs a traceback each time.
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


class Acceptor:
    """Accepts the connections of a listener until it is closed; the listener stays open.

    It keeps one descriptor in reserve. When no other is left, it frees that one to accept a connection and close it,
    so that the client does not wait.
    """

    def __init__(self, listener: socket.socket, make: Callable[[], asyncio.BaseProtocol]) -> None:
        self._listener, self._make_protocol = listener, make
        self._loop = asyncio.get_running_loop()
        self._reserve: int | None = None
        self._open_reserve()
        self._starting: set[asyncio.Task[object]] = set()
        listener.setblocking(False)
        self._loop.add_reader(listener, self._accept_all)

    async def close(self) -> None:
        """Stop accepting, and wait for connections that have no protocol yet, so that the server can end them."""
        self._loop.remove_reader(self._listener)
        self._close_reserve()
        if self._starting:
            await asyncio.wait(self._starting)

    def _accept_all(self) -> None:
        for _ in range(BACKLOG):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as problem:
                if problem.errno not in _EXHAUSTED:
                    raise
                self._refuse_one()
                return
            connection.setblocking(False)
            starting = self._loop.create_task(self._loop.connect_accepted_socket(self._make_protocol, connection))
            self._starting.add(starting)
            starting.add_done_callback(self._finish)

    def _finish(self, starting: asyncio.Task[object]) -> None:
        self._starting.discard(starting)
        # A client that has gone in the meantime is no error.
        with suppress(OSError, asyncio.CancelledError):
            starting.result()

    def _refuse_one(self) -> None:
        self._close_reserve()
        with suppress(OSError):
            self._listener.accept()[0].close()
        self._open_reserve()

    def _open_reserve(self) -> None:
        # Another thread may have taken the last descriptor. Then no connection is refused until one is free again.
        with suppress(OSError):
            self._reserve = os.open(os.devnull, os.O_RDONLY)

    def _close_reserve(self) -> None:
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None
