"""Faults below HTTP: answers that come late, in drops, cut off, or not at all.

A request finds its connection in `scope["extensions"]`. Whoever kills it must then wait until the server knows that the
client is gone, or the server reports an application that did not answer.
"""

import asyncio
import socket
import struct
from typing import Any, Final, Protocol

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


class Connected(Protocol):
    """A server's protocol object, as far as it matters here: `app` answers its requests, `transport` is its socket."""

    app: ASGIApp
    transport: asyncio.Transport


def hand_over(connected: Connected) -> None:
    """Let each request of a connection find, in its scope, the connection that it came by."""
    inner = connected.app

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[EXTENSION] = connected
        await inner(scope, receive, send)

    connected.app = app


def _reset(transport: asyncio.Transport) -> None:
    """End a connection with a RST: what is on its way to the client is lost."""
    plain = transport.get_extra_info("socket")
    if plain is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def deliver(delivery: Delivery, start: dict[str, Any], body: bytes, wire: tuple[Scope, Receive, Send]) -> None:
    """Send an answer, or what becomes of it. A client that goes away meanwhile is not answered."""
    scope, receive, send = wire
    gone = asyncio.ensure_future(_gone(receive))
    try:
        if delivery.delay and await _within(gone, delivery.delay):
            return
        if delivery.drop is not None:
            _kill(scope["extensions"][EXTENSION].transport, delivery.drop)
            await gone
            return
        await send(start)
        await _send_body(delivery, body, gone, send)
        if delivery.cut is not None:
            scope["extensions"][EXTENSION].transport.close()
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


def _kill(transport: asyncio.Transport, drop: Drop) -> None:
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
