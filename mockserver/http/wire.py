"""Faults below HTTP: answers that come late, in drops, cut off, or not at all.

A request finds its connection in `scope["state"]`. After code has closed the connection, it must wait until the
server reports that the client is gone. Otherwise the server logs an error: the application did not answer.
"""

import asyncio
from typing import Final, Protocol

from starlette.types import Message, Receive, Scope, Send

from mockserver.core.delivery import Body, Close, Delivery, Hang, Head, Raw, Reset, Step, Wait
from mockserver.core.instant import SECOND

CONNECTION: Final = "imaginelab.connection"
"""The key in the state of an ASGI scope under which a request finds its connection."""


class Connection(Protocol):
    """The connection of a request, as the server's own door has it; other ASGI servers have none."""

    gone: asyncio.Event
    """Set once the client has closed the connection, or its side of it."""
    oversized: bool
    """Whether the request's headers were over the limit, and were thrown away."""
    whole_url: bytes | None
    """The request's target, if that is a whole URL, as proxies get it."""

    def hold(self) -> None:
        """Keep all bytes that are written from now on."""

    def release(self) -> None:
        """Write the kept bytes, and stop keeping."""

    def write(self, data: bytes, /) -> None:
        """Write bytes, HTTP or not."""

    def close(self) -> None:
        """Close after the bytes that are written."""

    def reset(self) -> None:
        """End the connection with a RST."""


def connection(scope: Scope) -> Connection | None:
    """Return the connection of a request; None where another server than this package's serves the application."""
    state: dict[str, Connection] | None = scope.get("state")
    return None if state is None else state.get(CONNECTION)


async def answer(start: Message, body: bytes, scope: Scope, send: Send) -> bool:
    """Send an answer the plain way, at once and in one piece; tell whether the client had gone before."""
    line = connection(scope)
    if line is None:
        await send(start)
        await send({"type": "http.response.body", "body": body})
        return False
    line.hold()
    try:
        await send(start)
        await send({"type": "http.response.body", "body": body})
    finally:
        # Also when sending fails: the server's own answer to the failure must not be held.
        line.release()
    return line.gone.is_set()


async def deliver(delivery: Delivery, start: Message, body: bytes, wire: tuple[Scope, Receive, Send]) -> bool:
    """Send an answer by the steps of its delivery; tell whether the client went away before the end.

    A client whose connection is killed here has not gone away; one that hangs until it gives up has.
    """
    scope, receive, send = wire
    line, gone = connection(scope), asyncio.ensure_future(until_gone(receive))
    # The answer to a HEAD has no body that could come in pieces.
    outgoing = _Outgoing(start, b"" if scope["method"] == "HEAD" else body, send)
    killed = False
    try:
        for step in delivery:
            if gone.done() or (line is not None and line.gone.is_set()):
                break
            await _take(step, outgoing, gone)
            killed = line is not None and _acts_on_connection(step, line)
        left = not killed and (gone.done() or (line is not None and line.gone.is_set()))
        if killed:
            await gone
        await outgoing.finish()
    finally:
        gone.cancel()
    return left


async def _take(step: Step, outgoing: "_Outgoing", gone: "asyncio.Future[None]") -> None:
    """Carry out one step of a delivery: send a part of the answer, or wait."""
    match step:
        case Wait(duration):
            await _within(gone, duration)
        case Head():
            await outgoing.head()
        case Body():
            await _send_body(step, outgoing, gone)
        case Hang():
            await gone


def _acts_on_connection(step: Step, line: Connection) -> bool:
    """Take a step on the connection itself, if it is one; tell whether it ends the connection."""
    match step:
        case Raw(data):
            line.write(data)
        case Close():
            line.close()
        case Reset():
            line.reset()
    return isinstance(step, Close | Reset)


class _Outgoing:
    """An answer on its way. It must be finished even on a dead connection, or the server reports a bug.

    Once the client has gone, all further bytes are lost.
    """

    def __init__(self, start: Message, body: bytes, send: Send) -> None:
        self.left = body
        self._start: Message | None = start
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


async def until_gone(receive: Receive) -> None:
    """Return once the client has gone; the body of the request has been read."""
    while (await receive())["type"] != "http.disconnect":
        await asyncio.sleep(0)  # a server that never blocks here must not stop the loop


async def _within(gone: "asyncio.Future[None]", duration: int) -> None:
    """Wait that many microseconds of real time, or until the client has gone."""
    if duration:
        await asyncio.wait({gone}, timeout=duration / SECOND)


async def _send_body(step: Body, outgoing: _Outgoing, gone: "asyncio.Future[None]") -> None:
    """Send the body in pieces, except the last piece, or except the part that is cut off."""
    whole, drip = len(outgoing.left), step.drip
    size = whole if drip is None else drip.size
    cut = whole - int(whole * step.part)
    last = 0 if step.part < 1 else size
    while (due := len(outgoing.left) - cut) > last and not gone.done():
        await outgoing.send(min(size, due))
        if drip is not None:
            await _within(gone, drip.every)
