"""A meter of stalls: the processor time that one request takes of the thread in which a server's event loop runs.

Meanwhile no other request is answered, so it is the longest time that a request can hold the loop. It is the one figure
that a test may judge. Processor time does not pass while other programs run, and of several tries the least counts,
because what disturbs a try only adds to it.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Self

from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.serve.server import ServerThread
from tests.support.client import raw

SHARED: Final = 2
"""How many times slower a core is for a thread if another busy thread shares it, as in a run of several workers."""

API_BOUND: Final = 0.010 * SHARED
"""Seconds of processor time that a request to the API may take of the loop's thread."""

CONTROL_BOUND: Final = 0.020 * SHARED
"""Seconds of processor time that a request to the control plane may take of the loop's thread."""

TRIES: Final = 15


class MeteredServer:
    """A server in a thread, for the length of a `with` block, whose event loop tells the processor time that it took.

    It takes any ASGI application, and a client reaches it at `url` as it reaches every other server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._server = ServerThread(self._serving)

    async def _serving(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._loop = asyncio.get_running_loop()
        await self._app(scope, receive, send)

    def __enter__(self) -> Self:
        self._server.__enter__()
        self.url = self._server.url
        # The first request tells the loop in which the application runs.
        raw(self.url, b"GET /__mock/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def taken(self, ask: Callable[[], object]) -> float:
        """Return the seconds of processor time that the loop's thread takes from the beginning to the end of `ask`.

        `ask` sends a request and reads the whole answer. It works in the thread of the test, which does not count.
        """
        before = self._spent()
        ask()
        return self._spent() - before

    def least(self, ask: Callable[[], object], tries: int = TRIES) -> float:
        """Return the least time that `taken` tells in so many tries, each of which calls `ask` once."""
        return min(self.taken(ask) for _ in range(tries))

    def _spent(self) -> float:
        """Return the processor time of the loop's thread, once the loop has done all that was to be done before."""
        return asyncio.run_coroutine_threadsafe(_thread_time(), self._loop).result()


async def _thread_time() -> float:
    return time.thread_time()
