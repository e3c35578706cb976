"""Faults below HTTP: answers that come late, in drops, cut off, or not at all.

Uvicorn's protocol hands its connection to the application in `scope["extensions"]`. Whoever kills it must wait until the
protocol knows that the client is gone, or the protocol reports an application that did not answer.
"""

import asyncio
import socket
import struct
from typing import Any, Final, TypeVar

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
    """One client's connection, for those who are to break it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def reset(self) -> None:
        """End it with a RST: what was on its way to the client is lost."""
        plain = self._transport.get_extra_info("socket")
        if plain is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def close(self, last: bytes = b"") -> None:
        """End it with a FIN, after these last bytes."""
        if last:
            self._transport.write(last)
        self._transport.close()


Protocol = TypeVar("Protocol", bound=type[asyncio.Protocol])


def tapped(protocol: Protocol) -> Protocol:
    """Return the protocol class with its connection in the scope of each request."""

    class Tapped(protocol):  # type: ignore[misc, valid-type] - the base is a value
        def connection_made(self, transport: asyncio.Transport) -> None:
            connection, inner = Connection(transport), self.app

            async def app(scope: Scope, receive: Receive, send: Send) -> None:
                scope.setdefault("extensions", {})[EXTENSION] = connection
                await inner(scope, receive, send)

            self.app = app
            super().connection_made(transport)

    return Tapped  # type: ignore[return-value]


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


def _kill(connection: Connection, drop: Drop) -> None:
    if drop is Drop.RESET:
        connection.reset()
    elif drop is not Drop.HANG:
        connection.close(_GARBAGE if drop is Drop.GARBAGE else b"")


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
