"""All connections of one server: how their protocols are made, and how they end when the server stops."""

import asyncio
import logging
import ssl
from asyncio.sslproto import SSLProtocol
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from mockserver.http.tunnel import Tunnels
from mockserver.http.wire import CONNECTION
from mockserver.serve.connection import HttpConnection
from mockserver.serve.door import Deadlines, Door, HttpProtocol
from mockserver.serve.memory import Memory
from mockserver.serve.transport import HttpTransport

# Seconds that a stop waits for answers that are being written. Only a client that reads slowly makes it wait.
_GRACE: Final = 0.5

# Seconds for which a client may leave the end of TLS unanswered.
_TLS_SHUTDOWN: Final = 5

# Only errors are logged. Uvicorn logs a request that a stop cancels as an error; the filter drops that record. An
# exception of the application stays.
_log = logging.getLogger(__name__)
_log.setLevel(logging.ERROR)
_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)))


class TlsConnection(SSLProtocol):
    """The server's side of TLS between a protocol and its transport.

    The event loops have TLS of their own, but it hides encrypted bytes that are not sent yet, and it accepts contexts
    of the class `ssl.SSLContext` alone, which other libraries replace.
    """

    max_size = 8 * 1024
    """Bytes of its buffer. asyncio's own 256 KiB would be most of an idle connection's memory."""

    def __init__(
        self, within: asyncio.Protocol, context: ssl.SSLContext, connections: set[asyncio.BaseProtocol], patience: float
    ) -> None:
        super().__init__(
            asyncio.get_running_loop(),
            within,
            context,
            None,  # type: ignore[arg-type]
            server_side=True,
            ssl_handshake_timeout=patience,  # type: ignore[arg-type]
            ssl_shutdown_timeout=_TLS_SHUTDOWN,
        )
        self._connections = connections
        """All open connections; this one adds and removes itself."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin the handshake; the protocol within starts after it."""
        self.transport = transport
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End the protocol within too."""
        self._connections.discard(self)
        super().connection_lost(exc)


class Connections:
    """All connections of one server."""

    def __init__(self, config: Config, tunnels: Tunnels | None, deadlines: Deadlines) -> None:
        made: Any = config.http_protocol_class
        state = ServerState()

        def make(transport: HttpTransport) -> HttpProtocol:
            protocol: Any = made(
                config=config, server_state=state, app_state={CONNECTION: transport}, _loop=self._door.loop
            )
            protocol.logger, protocol.access_log = _log, False
            protocol.connection_made(transport)
            return cast("HttpProtocol", protocol)

        loop = asyncio.get_running_loop()
        self._door = Door(
            loop=loop,
            memory=Memory(loop),
            make=make,
            encrypt=self.accept_tls,
            tunnels=tunnels,
            deadlines=deadlines,
            connections=set(),
        )

    def accept_plain(self) -> HttpConnection:
        """Make the protocol of a connection to the plain port."""
        return HttpConnection(self._door)

    def accept_tls(self, context: ssl.SSLContext) -> TlsConnection:
        """Make the protocol of a connection with TLS, to its own port or in a tunnel."""
        door = self._door
        return TlsConnection(HttpConnection(door), context, door.connections, door.deadlines.request)

    async def close(self) -> None:
        """Close idle connections, give answers in writing `_GRACE` seconds, and abort the rest."""
        for each in tuple(self._door.connections):
            if isinstance(each, HttpConnection):
                each.shut_down()
        await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                writing = self._transports()
                while writing := [each for each in writing if each.get_write_buffer_size()]:
                    await asyncio.sleep(0.001)
        for transport in self._transports():
            transport.abort()
        # In these turns of the loop each request learns that its client is gone, over TLS in the second. A request
        # that waits for that then ends by itself.
        for _ in range(2):
            await asyncio.sleep(0)

    def _transports(self) -> list[asyncio.Transport]:
        """Return the transports of the sockets: TLS has one of its own within."""
        connections = cast("set[HttpConnection | TlsConnection]", self._door.connections)
        return [each.transport for each in connections if isinstance(each, TlsConnection) or not each.secure]


def answering(app: ASGIApp) -> ASGIApp:
    """Return an application whose requests come by this module's connections, and give them back when they end."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        transport: HttpTransport = scope["state"][CONNECTION]
        if transport.headers is not None:
            scope["headers"] = transport.headers
        if transport.whole_url is not None and transport.whole_url[:6].lower() == b"https:":
            scope["scheme"] = "https"
        await app(scope, partial(transport.receive, receive), send)
        transport.answered()

    return answer
