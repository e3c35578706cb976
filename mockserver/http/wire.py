"""Faults below HTTP: answers that come late, in drops, cut off, or not at all.

A request finds its connection in `scope["extensions"]`. Whoever kills it must then wait until the server knows that the
client is gone, or the server reports an application that did not answer.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable
from typing import Any, Final, Protocol, cast

from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.core.faults import Drip, Drop
from mockserver.core.instant import SECOND

EXTENSION: Final = "imaginelab.connection"
"""The key under which a request finds its connection."""

_GARBAGE: Final = b"\x16\x03\x01 this is no HTTP \x00\xff\xfe\r\n\r\n"


class Delivery(Struct, frozen=True):
    """How an answer goes over the wire: after `delay` microseconds of real time, in drops, cut off, or not at all.

    `cut` is the part of the body, from 0 to 1, after which the connection closes.
    """

    delay: int = 0
    drip: Drip | None = None
    drop: Drop | None = None
    cut: float | None = None


class Connection:
    """A transport that can hold what is written to it, so that the head and the body of an answer leave together.

    The server's protocol writes them one after the other; each would be a segment of its own, and wake the client.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: list[bytes] | None = None
        # Asked at every request: spares it the way through `__getattr__`.
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        """Be the transport in everything else."""
        return getattr(self._transport, name)

    def hold(self) -> None:
        """Keep what is written from now on."""
        self._held = []

    def release(self) -> None:
        """Write what was kept, and keep nothing any more."""
        held, self._held = self._held, None
        if held:
            self._transport.write(b"".join(held))

    def write(self, data: bytes) -> None:
        """Write now, or keep it."""
        if self._held is None:
            self._transport.write(data)
        else:
            self._held.append(data)

    def close(self) -> None:
        """Write what was kept, and close."""
        self.release()
        self._transport.close()


class Connected(Protocol):
    """A server's protocol object, as far as it matters here: `app` answers the requests of its connection."""

    app: ASGIApp

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to serve a connection."""


def hand_over(connected: Connected) -> None:
    """Let each request of a connection find, in its scope, the connection that it came by."""
    inner, begin = connected.app, connected.connection_made

    def connection_made(transport: asyncio.Transport) -> None:
        connection = Connection(transport)

        def app(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            scope.setdefault("extensions", {})[EXTENSION] = connection
            return inner(scope, receive, send)

        connected.app = app
        begin(cast("asyncio.Transport", connection))

    connected.connection_made = connection_made  # type: ignore[method-assign]


def _reset(transport: Connection) -> None:
    """End a connection with a RST: what is on its way to the client is lost."""
    plain = transport.get_extra_info("socket")
    if plain is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def answer(start: dict[str, Any], body: bytes, scope: Scope, send: Send) -> None:
    """Send an answer the plain way, at once and in one piece."""
    connection: Connection | None = scope.get("extensions", {}).get(EXTENSION)
    if connection is not None:
        connection.hold()
    await send(start)
    await send({"type": "http.response.body", "body": body})
    if connection is not None:
        connection.release()


async def deliver(delivery: Delivery, start: dict[str, Any], body: bytes, wire: tuple[Scope, Receive, Send]) -> None:
    """Send an answer, or what becomes of it. A client that goes away meanwhile is not answered."""
    scope, receive, send = wire
    gone = asyncio.ensure_future(_gone(receive))
    try:
        if delivery.delay and await _within(gone, delivery.delay):
            return
        if delivery.drop is not None:
            _kill(scope["extensions"][EXTENSION], delivery.drop)
            await gone
            return
        await send(start)
        await _send_body(delivery, body, gone, send)
        if delivery.cut is not None:
            scope["extensions"][EXTENSION].close()
            await gone
    finally:
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _within(gone: "asyncio.Future[None]", duration: int) -> bool:
    """Wait that many microseconds of real time, and tell whether the client went away meanwhile."""
    done, _ = await asyncio.wait({gone}, timeout=duration / SECOND)
    return bool(done)


def _kill(transport: Connection, drop: Drop) -> None:
    if drop is Drop.RESET:
        _reset(transport)
    elif drop is not Drop.HANG:
        transport.write(_GARBAGE if drop is Drop.GARBAGE else b"")
        transport.close()


async def _send_body(delivery: Delivery, body: bytes, gone: "asyncio.Future[None]", send: Send) -> None:
    cut = delivery.cut is not None
    sent = body[: int(len(body) * delivery.cut)] if delivery.cut is not None else body
    size = len(sent) if delivery.drip is None else delivery.drip.size
    for first in range(0, len(sent), max(size, 1)):
        if first and delivery.drip is not None and await _within(gone, delivery.drip.every):
            return
        last = first + size >= len(sent) and not cut
        await send({"type": "http.response.body", "body": sent[first : first + size], "more_body": not last})
    if not sent:
        await send({"type": "http.response.body", "body": b"", "more_body": cut})
