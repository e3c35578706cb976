"""Run an ASGI application in the foreground or in a thread, on Uvicorn's protocols but without its server.

`uvicorn.Server` polls ten times a second for a stop, then waits for its clients, then raises the signal that stopped
it once more. This server stops when a function is called, and waits for no client. It leaves Uvicorn's loggers alone:
they belong to the process, and the client under test may run its own Uvicorn in it.
"""

import asyncio
import importlib
import importlib.util
import signal
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from typing import Literal, Self, cast

from msgspec import Struct
from starlette.types import ASGIApp
from uvicorn import Config

from mockserver.http.threads import RealThread
from mockserver.http.tunnel import Tunnels
from mockserver.serve.accept import Acceptor
from mockserver.serve.connections import Connections, answering
from mockserver.serve.door import Deadlines
from mockserver.serve.listen import listen, url

# Uvicorn's protocol may close a connection that was idle for so many seconds. The connection itself has a shorter
# deadline of its own.
_KEEP_ALIVE = 24 * 60 * 60

# Files that the process may have open at a time; most of them are connections.
_MANY = 65_536

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# Stops one server; may be called from any thread and from a signal handler.
_Stop = Callable[[], object]


class Listeners(Struct, frozen=True):
    """The sockets at which a server accepts connections."""

    plain: socket.socket

    encrypted: tuple[socket.socket, ssl.SSLContext] | None = None
    """A second socket, for TLS with this context."""

    tunnels: Tunnels | None = None
    """Makes the plain socket an HTTPS proxy as well."""

    deadlines: Deadlines = Deadlines()
    """How long a connection may take."""

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """One or both sockets."""
        return (self.plain,) if self.encrypted is None else (self.plain, self.encrypted[0])


def serve(app: ASGIApp, listeners: Listeners, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, then close the listeners and return; call `ready` when connections are accepted.

    Call it in the main thread, as the last thing that the process does: both signals stay ignored afterwards, so that
    a second Ctrl-C cannot turn a clean end into a traceback.
    """

    def accepting(stop: _Stop) -> None:
        def end(*_: object) -> None:
            for number in _STOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            stop()

        for number in _STOP_SIGNALS:
            signal.signal(number, end)
        ready()

    _allow_many_connections()
    _run(app, listeners, accepting)


def _allow_many_connections() -> None:
    """Raise the limit of open files to `_MANY`, or as far as the process may: the usual limit is too low."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # not at the top: not every system has it

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _MANY if hard == resource.RLIM_INFINITY else min(hard, _MANY)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class ServerThread:
    """A server in a thread of this process, for the length of a `with` block.

    Without a `listener` it takes a free port of the loopback interface. `tls` is the context of a server: with it the
    application is served over TLS too, at another free port. With `tunnels` the server is an HTTPS proxy as well. If
    the server cannot start, entering the `with` block raises the error.
    """

    url: str
    """The base URL of the plain port, such as `http://127.0.0.1:8402`."""

    tls_address: tuple[str, int]
    """Host and port for TLS; set only with `tls`."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket | None = None,
        tls: ssl.SSLContext | None = None,
        tunnels: Tunnels | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._app = app
        self._deadlines = deadlines or Deadlines()
        self._listener = listener
        self._tls = tls
        self._tunnels = tunnels

    def __enter__(self) -> Self:
        listener = listen("127.0.0.1", 0) if self._listener is None else self._listener
        self.url = url(listener)
        encrypted = None if self._tls is None else (listen("127.0.0.1", 0), self._tls)
        if encrypted is not None:
            self.tls_address = encrypted[0].getsockname()
        listeners = Listeners(listener, encrypted, self._tunnels, self._deadlines)
        accepting: Future[_Stop] = Future()
        self._thread = RealThread(
            target=_run_in_thread, args=(self._app, listeners, accepting), name=f"serving {self.url}", daemon=True
        )
        self._thread.start()
        try:
            self._stop = accepting.result()
        except Exception:
            self._thread.join()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._thread.join()


def _run_in_thread(app: ASGIApp, listeners: Listeners, accepting: Future[_Stop]) -> None:
    try:
        _run(app, listeners, accepting.set_result)
    except BaseException as problem:
        if accepting.done():
            raise
        accepting.set_exception(problem)


def _run(app: ASGIApp, listeners: Listeners, accepting: Callable[[_Stop], None]) -> None:
    """Serve until the stop function that `accepting` gets is called; closing the runner cancels hung requests."""
    with ExitStack() as open_, asyncio.Runner(loop_factory=_event_loop) as runner:
        for listener in listeners.sockets:
            open_.enter_context(listener)
        runner.run(_answer(app, listeners, accepting))


def _event_loop() -> asyncio.AbstractEventLoop:
    """Make an event loop: uvloop's if the extra `fast` is installed, else asyncio's, whatever the process's policy."""
    try:
        # Not at the top: it is optional, and a program that only looks an address up should not load it.
        return cast("asyncio.AbstractEventLoop", importlib.import_module("uvloop").new_event_loop())
    except ImportError:
        return asyncio.SelectorEventLoop()


def _http() -> Literal["httptools", "h11"]:
    """Choose the HTTP parser: httptools, or h11 if httptools is not installed."""
    return "h11" if importlib.util.find_spec("httptools") is None else "httptools"


def _config(app: ASGIApp) -> Config:
    """Configure Uvicorn's protocols.

    `access_log` is left out, because it would change a logger of the whole process. Only Uvicorn's own server adds the
    headers `Date` and `Server`.
    """
    config = Config(
        answering(app),
        interface="asgi3",
        http=_http(),
        ws="none",
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
        workers=1,  # set, so that Uvicorn reads no environment variable for it
    )
    config.load()
    return config


async def _answer(app: ASGIApp, listeners: Listeners, accepting: Callable[[_Stop], None]) -> None:
    loop = asyncio.get_running_loop()
    connections = Connections(_config(app), listeners.tunnels, listeners.deadlines)
    stopping = asyncio.Event()
    acceptors = [Acceptor(listeners.plain, connections.accept_plain)]
    if listeners.encrypted is not None:
        listener, context = listeners.encrypted
        acceptors.append(Acceptor(listener, partial(connections.accept_tls, context)))
    try:
        accepting(partial(loop.call_soon_threadsafe, stopping.set))
        await stopping.wait()
    finally:
        for acceptor in acceptors:
            await acceptor.close()
        await connections.close()
