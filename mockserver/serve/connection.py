"""The connections of a server: plain HTTP, TLS, or a tunnel with TLS in it."""

import asyncio
import logging
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, cast

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.server import ServerState

from mockserver.http.tunnel import REASON, Tunnels
from mockserver.http.wire import handing_over

# Seconds that a stop waits for answers that are being written. Only a client that reads slowly makes it wait.
_GRACE: Final = 0.5

_AGREED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_VERB: Final = b"CONNECT "
_END: Final = b"\r\n\r\n"

# Bytes of the longest head of a CONNECT that is read.
_LONGEST: Final = 16 * 1024

# Only errors are logged. Uvicorn warns of a request that is no HTTP, but its client already gets a 400. Uvicorn also
# logs a request that a stop cancels as an error; the filter drops that record. An exception of the application stays.
_log = logging.getLogger(__name__)
_log.setLevel(logging.ERROR)
_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)))


class HttpConnection(asyncio.Protocol):
    """The attributes and methods of Uvicorn's two HTTP protocol classes (httptools and h11) that this module uses."""

    app: ASGIApp
    transport: asyncio.Transport
    logger: logging.Logger
    access_log: bool

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection."""

    def shutdown(self) -> None:
        """Close an idle connection at once, and a busy one after its answer."""


class TlsConnection(SSLProtocol):
    """The server's side of TLS between a protocol and its transport.

    The event loops have TLS of their own, but it hides encrypted bytes that are not sent yet, and it accepts contexts
    of the class `ssl.SSLContext` alone, which other libraries replace.
    """

    def __init__(self, within: asyncio.Protocol, context: ssl.SSLContext, transports: set[asyncio.Transport]) -> None:
        super().__init__(asyncio.get_running_loop(), within, context, None, server_side=True)  # type: ignore[arg-type]
        self._transports = transports
        """All open transports; this connection adds its own and removes it at the end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin the handshake; the protocol within starts after it."""
        self._beneath = transport
        self._transports.add(transport)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End the protocol within too."""
        self._transports.discard(self._beneath)
        super().connection_lost(exc)


class NewConnection(asyncio.Protocol):
    """A connection until its first bytes show whether it carries HTTP or opens a tunnel (`CONNECT`)."""

    def __init__(
        self,
        tunnels: Tunnels,
        plain: Callable[[], asyncio.Protocol],
        encrypted: Callable[[ssl.SSLContext], asyncio.BufferedProtocol],
        transports: set[asyncio.Transport],
    ) -> None:
        self._tunnels = tunnels
        self._plain = plain
        """Makes the protocol of a connection with HTTP."""
        self._encrypted = encrypted
        """Makes the protocol within a tunnel."""
        self._transports = transports
        """All open transports without a protocol of HTTP."""
        self._head = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first bytes."""
        self._transport = transport
        self._transports.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget a connection that ended before it was either."""
        self._transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Choose the protocol as soon as the bytes allow."""
        self._head += data
        if not self._head.startswith(_VERB[: len(self._head)]):
            self._hand_over(self._plain())
        elif _END in self._head:
            self._open_tunnel(*self._head.split(_END, 1))
        elif len(self._head) > _LONGEST:
            self._refuse(f"expected a CONNECT of at most {_LONGEST} bytes\n")

    def _hand_over(self, protocol: asyncio.Protocol) -> None:
        self._transports.discard(self._transport)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._head)

    def _open_tunnel(self, head: bytes, early: bytes) -> None:
        _, _, rest = head.partition(b" ")
        sentence = self._tunnels.objection(rest.partition(b"\r\n")[0].rpartition(b" ")[0].decode("latin-1"))
        if sentence:
            self._refuse(sentence)
            return
        self._transports.discard(self._transport)
        self._transport.write(_AGREED)
        within = self._encrypted(self._tunnels.vouching.context)
        self._transport.set_protocol(within)
        within.connection_made(self._transport)
        _feed(within, early)

    def _refuse(self, sentence: str) -> None:
        self._transport.write(_forbidden(sentence))
        self._transport.close()


def _forbidden(sentence: str) -> bytes:
    """Return an answer with status 403."""
    body = sentence.encode()
    about = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close" % len(body)
    return b"HTTP/1.1 403 %s\r\n%s\r\n\r\n%s" % (REASON, about, body)


def _feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Hand a protocol the bytes that arrived before it existed."""
    while data:
        buffer = memoryview(protocol.get_buffer(len(data))).cast("B")
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]


class Connections:
    """All connections of one server: it makes their protocols, and ends them when the server stops."""

    def __init__(self, config: Config, tunnels: Tunnels | None) -> None:
        self._config = config
        self._tunnels = tunnels
        self._plain, self._encrypted = ServerState(), ServerState()
        self._beneath: set[asyncio.Transport] = set()
        """The transports beneath TLS, and those of new connections."""
        made = handing_over(cast("Callable[..., HttpConnection]", config.http_protocol_class))
        self._protocol = cast("Callable[..., HttpConnection]", made)

    def accept_plain(self) -> asyncio.Protocol:
        """Make the protocol of a connection to the plain port."""
        if self._tunnels is None:
            return self._http(self._plain)
        return NewConnection(self._tunnels, partial(self._http, self._plain), self.accept_tls, self._beneath)

    def accept_tls(self, context: ssl.SSLContext) -> TlsConnection:
        """Make the protocol of a connection with TLS, to its own port or in a tunnel."""
        return TlsConnection(self._http(self._encrypted), context, self._beneath)

    def _http(self, state: ServerState) -> HttpConnection:
        made = self._protocol(config=self._config, server_state=state, app_state={}, _loop=asyncio.get_running_loop())
        made.logger, made.access_log = _log, False
        return made

    async def close(self) -> None:
        """Close idle connections, give answers in writing `_GRACE` seconds, and abort the rest."""
        connections = cast("set[HttpConnection]", self._plain.connections)
        for each in (*connections, *cast("set[HttpConnection]", self._encrypted.connections)):
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
        # In these turns of the loop each request learns that its client is gone, over TLS in the second. A request
        # that waits for that then ends by itself.
        for _ in range(2):
            await asyncio.sleep(0)
