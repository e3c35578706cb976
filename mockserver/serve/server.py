"""Run an ASGI application in the foreground or in a thread, on Uvicorn's protocols but without its server.

`uvicorn.Server` asks ten times a second whether to stop, then waits for its clients, then raises the signal again that
ended it. Here whoever serves is handed a function that stops, and stopping waits for no client. Uvicorn's loggers are
left alone: they belong to the process, where the client under test may run a Uvicorn of its own.
"""

import asyncio
import importlib
import logging
import signal
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from typing import Literal, Self, cast

from msgspec import Struct
from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.server import ServerState

from mockserver.http.tunnel import Entrance, Tunnels
from mockserver.http.wire import handing_over
from mockserver.serve.accept import Reception
from mockserver.serve.listen import listen, url
from mockserver.tls.encryption import Encryption

# Seconds. A connection closed for idling looks like a failure to the client about to use it, and Uvicorn's 5 are
# shorter than many a pause between two polls. Source: the default of nginx's `keepalive_timeout`.
_KEEP_ALIVE = 75

# Seconds that a stop gives the answers on their way out; only a client that reads slowly makes anyone wait.
_GRACE = 0.5

# Files that are open at a time, most of them connections.
_MANY = 65_536

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# Uvicorn's protocols warn of a request that is no HTTP, whose client is told with a 400, and call two things errors: an
# exception out of the application, which must be seen, and a request cancelled by a stop, which is meant.
_log = logging.getLogger(__name__)
_log.setLevel(logging.ERROR)
_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)))

# Ends the serving it belongs to; may be called from any thread and from a signal handler.
_Stop = Callable[[], object]


class _Connection(asyncio.Protocol):
    """What is needed here of Uvicorn's protocol classes, httptools' and h11's alike."""

    app: ASGIApp
    transport: asyncio.Transport
    logger: logging.Logger
    access_log: bool

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection."""

    def shutdown(self) -> None:
        """Close when idle, else after the answer under way."""


class Doors(Struct, frozen=True):
    """How a server is reached: by a listener; by another one over TLS; and through tunnels that begin at the first."""

    plain: socket.socket
    encrypted: tuple[socket.socket, ssl.SSLContext] | None = None
    tunnels: Tunnels | None = None

    @property
    def listeners(self) -> tuple[socket.socket, ...]:
        """All that listen."""
        return (self.plain,) if self.encrypted is None else (self.plain, self.encrypted[0])


def serve(app: ASGIApp, doors: Doors, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, then return; `ready` is called once connections are being answered.

    Must run in the main thread and closes the listeners. It is meant as the last thing a process does: both signals
    stay ignored afterwards, so that a second Ctrl-C cannot turn a clean end into a traceback.
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
    _run(app, doors, accepting)


def _allow_many_connections() -> None:
    """Have as many files open as this process may, within reason: the usual figure is for programs of another kind."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # not at the top: not every system has it

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _MANY if hard == resource.RLIM_INFINITY else min(hard, _MANY)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class _Thread(threading.Thread):
    """A thread whose time is real, also where a test's own sleeping is not (`mockserver.patching.waits`)."""

    sleeps_for_real = True


class ServerThread:
    """An application served by a thread of this process for the length of a `with` block; `url` says where.

    Without a `listener` of the caller's it takes a free port of the loopback interface. With `tls`, the context of a
    server, the same application is served over TLS too, at `tls_address`: another free port there. With `tunnels` it is
    an HTTPS proxy as well. What keeps it from being served is raised by `with` itself.
    """

    url: str
    tls_address: tuple[str, int]

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket | None = None,
        tls: ssl.SSLContext | None = None,
        tunnels: Tunnels | None = None,
    ) -> None:
        self._app = app
        self._listener = listener
        self._tls = tls
        self._tunnels = tunnels

    def __enter__(self) -> Self:
        listener = listen("127.0.0.1", 0) if self._listener is None else self._listener
        self.url = url(listener)
        encrypted = None if self._tls is None else (listen("127.0.0.1", 0), self._tls)
        if encrypted is not None:
            self.tls_address = encrypted[0].getsockname()
        doors = Doors(listener, encrypted, self._tunnels)
        accepting: Future[_Stop] = Future()
        self._thread = _Thread(
            target=_run_in_thread, args=(self._app, doors, accepting), name=f"serving {self.url}", daemon=True
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


def _run_in_thread(app: ASGIApp, doors: Doors, accepting: Future[_Stop]) -> None:
    try:
        _run(app, doors, accepting.set_result)
    except BaseException as problem:
        if accepting.done():
            raise
        accepting.set_exception(problem)


def _run(app: ASGIApp, doors: Doors, accepting: Callable[[_Stop], None]) -> None:
    """Serve until the function that `accepting` is handed is called; closing the runner cancels hung requests."""
    with ExitStack() as open_, asyncio.Runner(loop_factory=_event_loop) as runner:
        for listener in doors.listeners:
            open_.enter_context(listener)
        runner.run(_answer(_config(app), doors, accepting))


def _event_loop() -> asyncio.AbstractEventLoop:
    """Make a loop of uvloop's where the extra `fast` is installed, else asyncio's, whatever policy the process has."""
    try:
        # By name and on need: optional, and nothing that only looks up an address should load it.
        return cast("asyncio.AbstractEventLoop", importlib.import_module("uvloop").new_event_loop())
    except ImportError:
        return asyncio.SelectorEventLoop()


def _http() -> "type[asyncio.Protocol] | Literal['h11']":
    """Choose what reads HTTP: httptools, or h11 where httptools was taken away.

    h11 forgets the host of a request for a whole URL, as requests to proxies are.
    """
    try:
        # By name and on need, as above.
        return cast("type[asyncio.Protocol]", importlib.import_module("mockserver.serve.framing").HttpProtocol)
    except ImportError:
        return "h11"


def _config(app: ASGIApp) -> Config:
    """Say all that Uvicorn's protocols are told.

    What is not said: `access_log`, which would change a logger of the whole process, and the headers `Date` and
    `Server`, which only Uvicorn's own server adds.
    """
    config = Config(
        app,
        interface="asgi3",
        http=_http(),
        ws="none",
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
        workers=1,  # said, so that no variable of the environment is read for it
    )
    config.load()
    return config


async def _answer(config: Config, doors: Doors, accepting: Callable[[_Stop], None]) -> None:
    loop = asyncio.get_running_loop()
    ways = _Ways(config, doors.tunnels)
    stopping = asyncio.Event()
    receptions = [Reception(doors.plain, ways.by_plain)]
    if doors.encrypted is not None:
        listener, context = doors.encrypted
        receptions.append(Reception(listener, partial(ways.by_tls, context)))
    try:
        accepting(partial(loop.call_soon_threadsafe, stopping.set))
        await stopping.wait()
    finally:
        for reception in receptions:
            await reception.close()
        await ways.end()


class _Ways:
    """The connections of one server, and what each begins as."""

    def __init__(self, config: Config, tunnels: Tunnels | None) -> None:
        self._config = config
        self._tunnels = tunnels
        self._plain, self._encrypted = ServerState(), ServerState()
        self._beneath: set[asyncio.Transport] = set()
        made = handing_over(cast("Callable[..., _Connection]", config.http_protocol_class))
        self._protocol = cast("Callable[..., _Connection]", made)

    def by_plain(self) -> asyncio.Protocol:
        """Begin a connection by the plain port."""
        if self._tunnels is None:
            return self._connection(self._plain)
        return Entrance(self._tunnels, partial(self._connection, self._plain), self.by_tls, self._beneath)

    def by_tls(self, context: ssl.SSLContext) -> Encryption:
        """Begin a connection that speaks TLS, by its own port or in a tunnel."""
        return Encryption(self._connection(self._encrypted), context, self._beneath)

    def _connection(self, state: ServerState) -> _Connection:
        made = self._protocol(config=self._config, server_state=state, app_state={}, _loop=asyncio.get_running_loop())
        made.logger, made.access_log = _log, False
        return made

    async def end(self) -> None:
        """Close what is idle, let out the answers that are already written or can be at once, abort the rest."""
        connections = cast("set[_Connection]", self._plain.connections)
        for each in (*connections, *cast("set[_Connection]", self._encrypted.connections)):
            each.shutdown()

        def transports() -> list[asyncio.Transport]:
            return [*(each.transport for each in connections), *self._beneath]

        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await asyncio.sleep(0)
                while any(transport.get_write_buffer_size() for transport in transports()):
                    await asyncio.sleep(0.001)
        for transport in transports():
            transport.abort()
        # The turns in which each request learns that its client is gone, by TLS in the second; one that waits for that
        # ends by itself.
        for _ in range(2):
            await asyncio.sleep(0)
