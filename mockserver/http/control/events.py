"""A stream of the events in a world, sent to its listeners at once. Source: WHATWG HTML, "Server-sent events"."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from msgspec import Struct
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from mockserver.core.due import Due
from mockserver.core.errors import Flaw, Invalid, NotFound, Unavailable
from mockserver.core.instant import iso
from mockserver.core.wording import written_json
from mockserver.http.control.answers import HEADERS
from mockserver.http.control.clock import due_view, seconds
from mockserver.http.control.exchanges import RuleName, rule_names
from mockserver.http.control.request import MOST, ControlEndpoint, ControlRequest, up_to
from mockserver.http.endpoints import Parameter
from mockserver.http.request import whole_number
from mockserver.http.wire import until_gone
from mockserver.world.bounds import MOST_LISTENERS
from mockserver.world.events import ClockChanged, Event, Events, ExchangeRecorded, Happening, Listener, Restarted
from mockserver.world.worlds import Worlds

PARAMETERS: Final = (
    Parameter("since", "Go on after the event with this id, where it is still remembered.", up_to(MOST)),
)

_EVENT_DIGITS: Final = 15
"""Digits of an event's id that are read."""

HEARTBEAT: Final = 15
"""Seconds of silence after which a comment is sent, so that no proxy takes the connection for dead."""

_RETRY: Final = 1_000
"""Milliseconds after which a browser that was cut off is to come back."""

_GRAIN: Final = 0.001
"""Seconds between two looks at a clock that runs fast: an event loop wakes no more precisely than that."""

_COMMENT: Final = b":\n\n"

_HEADERS: Final = {
    "content-type": "text/event-stream; charset=utf-8",
    **{name.decode(): value.decode() for name, value in HEADERS},
    # Source: nginx's documentation of `proxy_buffering`; other proxies know it too.
    "x-accel-buffering": "no",
}


class ExchangeEvent(Struct, frozen=True):
    """An exchange that was recorded. `status` is null if there was no answer. `rules` are the rules that acted."""

    number: int
    at: str
    operation: str | None
    status: int | None
    account: str | None
    generation: int | None
    rules: list[RuleName]


class ClockEvent(Struct, frozen=True):
    """The clock after a change: its time, its mode, and the seconds by which it was moved."""

    now: str
    mode: str
    moved: float


def events(request: ControlRequest) -> StreamingResponse:
    """Stream the events of the world, from now on or from the last event that the listener received.

    A listener that reconnects does not make a discarded world again, because browsers reconnect by themselves.
    """
    since = _since(request)
    if since is not None and request.name not in request.worlds.present:
        raise NotFound(f"there is no world {request.name} whose events could go on; ask without an id to begin anew")
    feed = request.open_world().events
    if _listeners(request.worlds) >= MOST_LISTENERS:
        raise Unavailable(f"{MOST_LISTENERS} listen to this server's events already, and no more can; end one of them")
    return EventStream(feed, since)


EVENTS: Final = partial(
    ControlEndpoint,
    name="events",
    answer=events,
    summary="Tell what happens in the world, while it happens",
    media_type="text/event-stream",
    parameters=PARAMETERS,
    errors=(404, 503),
)


def _since(request: ControlRequest) -> int | None:
    """Return the id of the last event that the listener received; None if it is new.

    A browser that reconnects sends the id in a header, and the query of its first request.
    """
    known = request.sent.header(b"last-event-id")
    if known is None:
        return request.number("since", 0, MOST) if "since" in request.sent.query else None
    number = whole_number(known, _EVENT_DIGITS)
    if number is None:
        raise Invalid(Flaw("Last-Event-ID", f"expected the id of an event of this server, found {known[:40]!r}"))
    return number


def _listeners(worlds: Worlds) -> int:
    return sum(len(world.events.listeners) for world in worlds.present.values())


class EventStream(StreamingResponse):
    """A stream of events. It ends when the client disconnects or is dropped, or when the world is discarded.

    A client that reads too slowly is dropped. If it reads again, the last event tells it so.
    """

    def __init__(self, feed: Events, since: int | None) -> None:
        super().__init__(_nothing(), headers=_HEADERS)
        self._feed = feed
        self._since = since

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream. Starlette's own method would cancel it within an event when the client disconnects."""
        if scope["method"] == "HEAD":
            await self.stream_response(send)
            return
        gone = asyncio.ensure_future(until_gone(receive))
        try:
            # First of all, so that no other listener takes the free place meanwhile.
            with self._feed.listening(self._since) as listener:
                self.body_iterator = self._text(listener, gone)
                await self.stream_response(send)
        finally:
            gone.cancel()

    async def _text(self, listener: Listener, gone: "asyncio.Future[None]") -> AsyncIterator[bytes]:
        yield _opening(listener, self._since)
        async for text in relay(self._feed, listener, gone):
            yield text


async def _nothing() -> AsyncIterator[bytes]:
    lines: tuple[bytes, ...] = ()
    for line in lines:
        yield line


async def relay(
    feed: Events, listener: Listener, gone: "asyncio.Future[None]", heartbeat: float = HEARTBEAT
) -> AsyncIterator[bytes]:
    """Yield the events of a listener, and a comment after `heartbeat` seconds without an event."""
    while not gone.done():
        feed.passed()
        told = feed.take(listener)
        if told is None:
            yield _written("dropped", {"since": listener.taken})
            return
        if told:
            yield b"".join(map(_block, told))
        elif feed.ended:
            return
        elif await _silent(feed, gone, heartbeat):
            yield _COMMENT


async def _silent(feed: Events, gone: "asyncio.Future[None]", heartbeat: float) -> bool:
    """Wait for an event or for the end of the client. Return whether neither came in time."""
    due = feed.due_in
    patience = max(min(due, heartbeat), _GRAIN)
    woken, _ = await asyncio.wait({gone, feed.news.next()}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    return not woken and heartbeat <= due


# The text of the stream


def _opening(listener: Listener, since: int | None) -> bytes:
    """Return the first lines: the delay and id with which a browser reconnects, and a note if events are lost."""
    opening = b"retry: %d\nid: %d\n\n" % (_RETRY, listener.taken)
    return opening + (_written("missed", {"since": since, "next": listener.taken + 1}) if listener.missed else b"")


def _block(event: Event) -> bytes:
    return b"id: %d\n" % event.id + _written(*_view(event.told))


def _written(kind: str, view: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), written_json(view))


def _view(told: Happening) -> tuple[str, object]:
    """Return the name and the view of an event."""
    match told:
        case ExchangeRecorded():
            return "exchange", _exchange(told)
        case ClockChanged(now, mode, by):
            return "clock", ClockEvent(iso(now), mode, seconds(by))
        case Due():
            return "generation", due_view(told)
        case Restarted():
            return "reset", told


def _exchange(told: ExchangeRecorded) -> ExchangeEvent:
    return ExchangeEvent(
        told.number,
        iso(told.at),
        told.operation,
        told.status or None,
        told.account,
        told.generation,
        rule_names(told.rules),
    )
