"""The facts that all connections of one server share."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from mockserver.http.tunnel import Tunnels
from mockserver.serve.memory import Memory
from mockserver.serve.transport import HttpTransport


class Deadlines(Struct, frozen=True):
    """How long a connection may take, in seconds."""

    request: float = 60
    """From the first byte of a request to its last; for TLS from the connection to the end of the handshake."""
    idle: float = 75
    """Without a request.

    A client that is about to use the connection sees a failure, and Uvicorn's 5 seconds are shorter than the pause
    between two polls of many clients. Source: the default of nginx's `keepalive_timeout`.
    """


class HttpProtocol(Protocol):
    """Uvicorn's protocol of a connection, by the methods that its own server and the event loop call."""

    def connection_made(self, transport: asyncio.Transport, /) -> None:
        """Begin to serve a connection."""

    def connection_lost(self, exc: Exception | None, /) -> None:
        """End serving it."""

    def data_received(self, data: bytes, /) -> None:
        """Read bytes of a request."""

    def pause_writing(self) -> None:
        """Stop writing until the client has read."""

    def resume_writing(self) -> None:
        """Go on writing."""

    def shutdown(self) -> None:
        """Close an idle connection at once, and a busy one after its answer."""


class Door(Struct, frozen=True, eq=False):
    """The facts that all connections of one server share."""

    loop: asyncio.AbstractEventLoop
    make: Callable[[HttpTransport], HttpProtocol]
    """Makes Uvicorn's protocol for a connection."""
    encrypt: Callable[[ssl.SSLContext], asyncio.BufferedProtocol]
    """Makes the protocol of TLS within a tunnel."""
    tunnels: Tunnels | None
    """The hosts to which tunnels lead; None for a server that is no proxy."""
    deadlines: Deadlines
    memory: Memory
    connections: set[asyncio.BaseProtocol]
    """The protocols of all open connections."""
