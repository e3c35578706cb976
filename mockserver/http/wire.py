"""Faults below HTTP: answers that come late, in drops, cut off, or not at all.

A request finds its connection in `scope["extensions"]`. Code that kills the connection must then wait until the server
knows that the client is gone; otherwise the server reports an application that did not answer.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, Protocol

from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.core.faults import Drip, Drop
from mockserver.core.instant import SECOND

EXTENSION: Final = "imaginelab.connection"
"""The key under which a request finds its connection."""

_GARBAGE: Final = b"\x16\x03\x01 this is no HTTP \x00\xff\xfe\r\n\r\n"


class Delivery(Struct, frozen=True):
    """The way of an answer over the wire, where it is not sent at once and whole."""

    delay: int = 0
    """Microseconds of real time before the answer."""
    drip: Drip | None = None
    """The size and the interval of the pieces of the body."""
    drop: Drop | None = None
    """The way in which the connection ends without an answer."""
    cut: float | None = None
    """The part of the body, from 0 to 1, after which the connection closes."""


class Connection:
    """A transport that can hold bytes back, so that the head and the body of an answer leave together.

    The server's protocol writes the two one after the other. Each would be a segment of its own, and wake the client.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.lost = asyncio.Event()
        self._transport = transport
        self._held: list[bytes] | None = None
        # Called at every request; kept here, it does not go through `__getattr__`.
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the transport, for everything else."""
        return getattr(self._transport, name)

    def hold(self) -> None:
        """Keep all bytes that are written from now on."""
        self._held = []

    def release(self) -> None:
        """Write the kept bytes, and stop keeping."""
        held, self._held = self._held, None
        if held:
            self.write(b"".join(held))

    def write(self, data: bytes) -> None:
        """Write now, or keep the bytes; bytes after the end of the connection are lost."""
        if self._held is not None:
            self._held.append(data)
        elif not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Write the kept bytes, and close."""
        self.release()
        self._transport.close()


class Connected(Protocol):
    """A server's protocol object, as far as it matters here: `app` answers the requests of its connection."""

    app: ASGIApp
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to serve a connection."""

    def connection_lost(self, exc: Exception | None) -> None:
        """End serving it."""


def handing_over(protocol: Callable[..., Connected]) -> Callable[..., Connected]:
    """Return a protocol whose every request finds, in its scope, the connection that it came by.

    This is a class, not functions put on each protocol object: those would point to the object that has them, and keep
    a closed connection with its last request until the next garbage collection.
    """

    class HandingOver(protocol):  # type: ignore[misc, valid-type]
        def connection_made(self, transport: asyncio.Transport) -> None:
            connection = Connection(transport)
            self.app: ASGIApp = partial(_handed_over, connection, self.app)
            super().connection_made(connection)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self.transport.lost.set()

    return HandingOver


def _handed_over(connection: Connection, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    scope.setdefault("extensions", {})[EXTENSION] = connection
    return app(scope, receive, send)


def _reset(transport: Connection) -> None:
    """End a connection with a RST; bytes on their way to the client are lost."""
    plain = transport.get_extra_info("socket")
    if plain is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def answer(start: dict[str, Any], body: bytes, scope: Scope, send: Send) -> bool:
    """Send an answer the plain way, at once and in one piece; tell whether the client had gone before."""
    connection: Connection | None = scope.get("extensions", {}).get(EXTENSION)
    gone = connection is not None and connection.lost.is_set()
    if connection is not None:
        connection.hold()
    try:
        await send(start)
        await send({"type": "http.response.body", "body": body})
    finally:
        # Also when sending fails: the server's own answer to the failure must not be held.
        if connection is not None:
            connection.release()
    return gone


async def deliver(delivery: Delivery, start: dict[str, Any], body: bytes, wire: tuple[Scope, Receive, Send]) -> bool:
    """Send an answer in the way of its delivery; tell whether the client went away before the end.

    A client whose connection is killed here has not gone away; one that hangs until it gives up has.
    """
    scope, receive, send = wire
    connection: Connection | None = scope.get("extensions", {}).get(EXTENSION)
    gone = asyncio.ensure_future(until_gone(connection, receive))
    # The answer to a HEAD has no body that could come in drops.
    outgoing = _Outgoing(start, b"" if scope["method"] == "HEAD" else body, send)
    try:
        await _within(gone, delivery.delay)
        if delivery.drop is None:
            await outgoing.head()
            await _drip(delivery, outgoing, gone)
        elif delivery.drop is Drop.HANG and connection is not None:
            await gone
        left = gone.done() or (connection is not None and connection.lost.is_set())
        if connection is not None and not left and _killed(connection, delivery):
            await gone
        await outgoing.finish()
    finally:
        gone.cancel()
    return left


class _Outgoing:
    """An answer on its way. It must be finished even on a dead connection, or the server reports a bug.

    Once the client has gone, all further bytes are lost.
    """

    def __init__(self, start: dict[str, Any], body: bytes, send: Send) -> None:
        self.left = body
        self._start: dict[str, Any] | None = start
        self._send = send

    async def head(self) -> None:
        """Send the head, if that is still to come."""
        if self._start is not None:
            # A connection that dies without an answer has no status.
            await self._send({**self._start, "status": self._start["status"] or 500})
            self._start = None

    async def send(self, size: int) -> None:
        """Send so many bytes of the body."""
        drop, self.left = self.left[:size], self.left[size:]
        await self._send({"type": "http.response.body", "body": drop, "more_body": True})

    async def finish(self) -> None:
        """Send all that is left."""
        await self.head()
        await self._send({"type": "http.response.body", "body": self.left})


async def until_gone(connection: Connection | None, receive: Receive) -> None:
    """Return once the client has gone. Of requests that were sent at once, the server tells the last one only."""
    signs = [asyncio.ensure_future(_disconnected(receive))]
    if connection is not None:
        signs.append(asyncio.ensure_future(_lost(connection)))
    try:
        await asyncio.wait(signs, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for sign in signs:
            sign.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lost(connection: Connection) -> None:
    await connection.lost.wait()


async def _within(gone: "asyncio.Future[None]", duration: int) -> None:
    """Wait that many microseconds of real time, or until the client has gone."""
    if duration:
        await asyncio.wait({gone}, timeout=duration / SECOND)


def _killed(connection: Connection, delivery: Delivery) -> bool:
    """End the connection if that is how the answer ends, and tell whether it is."""
    if delivery.drop is Drop.RESET:
        _reset(connection)
        return True
    if delivery.drop is Drop.GARBAGE:
        connection.write(_GARBAGE)
    ends = delivery.drop is not None or delivery.cut is not None
    if ends:
        connection.close()
    return ends


async def _drip(delivery: Delivery, outgoing: _Outgoing, gone: "asyncio.Future[None]") -> None:
    """Send the body in pieces, except the last piece, or the part that is cut off."""
    size = len(outgoing.left) if delivery.drip is None else delivery.drip.size
    lost = 0 if delivery.cut is None else len(outgoing.left) - int(len(outgoing.left) * delivery.cut)
    last = size if delivery.cut is None else 0
    while (due := len(outgoing.left) - lost) > last and not gone.done():
        await outgoing.send(min(size, due))
        if delivery.drip is not None:
            await _within(gone, delivery.drip.every)
