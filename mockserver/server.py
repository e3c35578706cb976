"""Run an ASGI application in the foreground or in a thread, on Uvicorn's protocols but without its server.

`uvicorn.Server` asks ten times a second whether to stop, then waits for its clients, then raises the signal again that
ended it. Here whoever serves is handed a function that stops, and stopping waits for no client. Uvicorn's loggers are
left alone: they belong to the process, where the client under test may run a Uvicorn of its own.
"""

import asyncio
import errno
import importlib
import logging
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from typing import Self, cast

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.server import ServerState

from mockserver.http.wire import hand_over
from mockserver.tls import Encryption

# Connections the kernel keeps waiting: Uvicorn's own figure.
_BACKLOG = 2048

# Seconds. A connection closed for idling looks like a failure to the client about to use it, and Uvicorn's 5 are
# shorter than many a pause between two polls. Source: the default of nginx's `keepalive_timeout`.
_KEEP_ALIVE = 75

# Seconds that a stop gives the answers on their way out; only a client that reads slowly makes anyone wait.
_GRACE = 0.5

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_REASONS = {
    errno.EADDRINUSE: "the port is taken; stop what listens there, or choose another (0: any free one)",
    errno.EACCES: "this port is not permitted; choose one from 1024 on (0: any free one)",
    errno.EADDRNOTAVAIL: "this machine has no such address; choose 127.0.0.1, or 0.0.0.0 for all it has",
    errno.EAFNOSUPPORT: "this machine has no addresses of that kind; choose 127.0.0.1",
}

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


# A listener, and the context of a server where what comes by it is TLS.
_Door = tuple[socket.socket, ssl.SSLContext | None]


class AddressError(Exception):
    """An address that cannot be listened on; its text is one sentence with the reason and the way out."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on port {port} of {host or 'an empty host'}: {reason}")


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen at once, so that a bad address is known before anything else is done.

    `port` 0 is any free one; a name with addresses of both families means its IPv4 one. Raises `AddressError` when the
    host is unknown or not of this machine, and when the port is out of range, taken or not permitted.
    """
    if not 0 <= port <= 65535:
        raise AddressError(host, port, "a port is a number from 0 to 65535 (0: any free one)")
    try:
        family, *_, address = min(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (socket.gaierror, UnicodeError) as problem:  # the latter: a name that cannot be encoded for DNS
        raise AddressError(
            host, port, "the host is not known; choose 127.0.0.1, or 0.0.0.0 for all addresses"
        ) from problem
    try:
        return _bound(family, address)
    except OSError as problem:
        raise AddressError(host, port, _REASONS.get(problem.errno or 0, str(problem))) from problem


def _bound(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    # The protocol is named because asyncio switches Nagle's delay off only on sockets that say they are TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def url(listener: socket.socket) -> str:
    """Say where `listener` is reached: `http://127.0.0.1:8402`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: ASGIApp, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, then return; `ready` is called once connections are being answered.

    Must run in the main thread and closes `listener`. It is meant as the last thing a process does: both signals stay
    ignored afterwards, so that a second Ctrl-C cannot turn a clean end into a traceback.
    """

    def accepting(stop: _Stop) -> None:
        def end(*_: object) -> None:
            for number in _STOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            stop()

        for number in _STOP_SIGNALS:
            signal.signal(number, end)
        ready()

    _run(app, [(listener, None)], accepting)


class _Thread(threading.Thread):
    """A thread whose time is real, also where a test's own sleeping is not (`mockserver.sleep`)."""

    sleeps_for_real = True


class ServerThread:
    """An application served by a thread of this process for the length of a `with` block; `url` says where.

    Without a `listener` of the caller's it takes a free port of the loopback interface. With `tls`, the context of a
    server, the same application is served over TLS too, at `tls_address`: another free port there. What keeps it from
    being served is raised by `with` itself.
    """

    url: str
    tls_address: tuple[str, int]

    def __init__(self, app: ASGIApp, listener: socket.socket | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._app = app
        self._listener = listener
        self._tls = tls

    def __enter__(self) -> Self:
        listener = listen("127.0.0.1", 0) if self._listener is None else self._listener
        self.url = url(listener)
        doors: list[_Door] = [(listener, None)]
        if self._tls is not None:
            doors.append((listen("127.0.0.1", 0), self._tls))
            self.tls_address = doors[-1][0].getsockname()
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


def _run_in_thread(app: ASGIApp, doors: Sequence[_Door], accepting: Future[_Stop]) -> None:
    try:
        _run(app, doors, accepting.set_result)
    except BaseException as problem:
        if accepting.done():
            raise
        accepting.set_exception(problem)


def _run(app: ASGIApp, doors: Sequence[_Door], accepting: Callable[[_Stop], None]) -> None:
    """Serve until the function that `accepting` is handed is called; closing the runner cancels hung requests."""
    with ExitStack() as open_, asyncio.Runner(loop_factory=_event_loop) as runner:
        for listener, _ in doors:
            open_.enter_context(listener)
        runner.run(_answer(_config(app), doors, accepting))


def _event_loop() -> asyncio.AbstractEventLoop:
    """Make a loop of uvloop's where the extra `fast` is installed, else asyncio's, whatever policy the process has."""
    try:
        # By name and on need: optional, and nothing that only looks up an address should load it.
        return cast("asyncio.AbstractEventLoop", importlib.import_module("uvloop").new_event_loop())
    except ImportError:
        return asyncio.SelectorEventLoop()


def _config(app: ASGIApp) -> Config:
    """Say all that Uvicorn's protocols are told.

    What is not said: `access_log`, which would change a logger of the whole process, and the headers `Date` and
    `Server`, which only Uvicorn's own server adds.
    """
    config = Config(
        app,
        interface="asgi3",
        http="auto",
        ws="none",
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
        workers=1,  # said, so that no variable of the environment is read for it
    )
    config.load()
    return config


async def _answer(config: Config, doors: Sequence[_Door], accepting: Callable[[_Stop], None]) -> None:
    loop = asyncio.get_running_loop()
    plain, encrypted = ServerState(), ServerState()
    beneath: set[asyncio.Transport] = set()
    stopping = asyncio.Event()
    protocol = cast("Callable[..., _Connection]", config.http_protocol_class)

    def connection(state: ServerState) -> _Connection:
        made = protocol(config=config, server_state=state, app_state={}, _loop=loop)
        made.logger, made.access_log = _log, False
        hand_over(made)
        return made

    def encryption(context: ssl.SSLContext) -> Encryption:
        return Encryption(connection(encrypted), context, beneath)

    servers = []
    for listener, context in doors:
        factory = partial(connection, plain) if context is None else partial(encryption, context)
        servers.append(await loop.create_server(factory, sock=listener, backlog=_BACKLOG))
    try:
        accepting(partial(loop.call_soon_threadsafe, stopping.set))
        await stopping.wait()
    finally:
        for server in servers:
            server.close()
        await _end(plain, encrypted, beneath)


async def _end(plain: ServerState, encrypted: ServerState, beneath: set[asyncio.Transport]) -> None:
    """Close what is idle, let out the answers that are already written or can be at once, abort the rest."""
    connections = cast("set[_Connection]", plain.connections)
    for each in (*connections, *cast("set[_Connection]", encrypted.connections)):
        each.shutdown()

    def transports() -> list[asyncio.Transport]:
        return [*(each.transport for each in connections), *beneath]

    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE):
            await asyncio.sleep(0)
            while any(transport.get_write_buffer_size() for transport in transports()):
                await asyncio.sleep(0.001)
    for transport in transports():
        transport.abort()
    # The turns in which each request learns that its client is gone, by TLS in the second; one that waits for that ends
    # by itself.
    for _ in range(2):
        await asyncio.sleep(0)
