"""What happens in a world, sent to whoever listens while it happens. Source: WHATWG HTML, "Server-sent events"."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.json import encode
from starlette.types import Receive, Scope, Send

from mockserver.core.due import Due
from mockserver.core.errors import Flaw, Invalid, NotFound, Unavailable
from mockserver.core.instant import iso
from mockserver.http.control.clock import due_view, seconds
from mockserver.http.control.desk import HEADERS
from mockserver.http.control.exchanges import RuleName, rule_names
from mockserver.http.control.route import Parameter, Stream, up_to
from mockserver.http.control.visit import MOST, Visit
from mockserver.http.wire import EXTENSION, until_gone
from mockserver.http.wire import answer as plain
from mockserver.world.bounds import MOST_LISTENERS
from mockserver.world.events import ClockChanged, Event, Events, ExchangeRecorded, Happening, Listener, Restarted
from mockserver.world.worlds import Worlds

PARAMETERS: Final = (
    Parameter("since", "Go on after the event with this id, where it is still remembered.", up_to(MOST)),
)

HEARTBEAT: Final = 15
"""Seconds of silence after which a comment is sent, so that nobody between takes the connection for dead."""

_RETRY: Final = 1_000
"""Milliseconds after which a browser that was cut off is to come back."""

_GRAIN: Final = 0.001
"""Seconds between two looks at a clock that runs fast: an event loop wakes no more precisely than that."""

_COMMENT: Final = b":\n\n"

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    *HEADERS,
    # Source: nginx's documentation of `proxy_buffering`; other proxies know it too.
    (b"x-accel-buffering", b"no"),
]

Write = Callable[[bytes], Awaitable[None]]


class ExchangeEvent(Struct, frozen=True):
    """An exchange that was recorded; `status` is null where there was no answer, `rules` those that had a hand."""

    number: int
    at: str
    operation: str | None
    status: int | None
    account: str | None
    generation: int | None
    rules: list[RuleName]


class ClockEvent(Struct, frozen=True):
    """Where the clock has come to, what moves it, and by how many seconds it was moved."""

    now: str
    mode: str
    moved: float


def events(visit: Visit) -> Stream:
    """Tell what happens in the world, from now on or from where the listener was cut off.

    Who comes back to a world that is no more does not make it anew: a browser comes back by itself.
    """
    since = _since(visit)
    if since is not None and visit.name not in visit.worlds.present:
        raise NotFound(f"there is no world {visit.name} whose events could go on; ask without an id to begin anew")
    feed = visit.world.events
    if _listeners(visit.worlds) >= MOST_LISTENERS:
        raise Unavailable(f"{MOST_LISTENERS} listen to this server's events already, and no more can; end one of them")
    return Stream(partial(play, feed, since))


def _since(visit: Visit) -> int | None:
    """Return the id of the last event that the listener knows, None where it knows none.

    A browser that comes back says it in a header, and asks for the very address that it asked for at first.
    """
    known = visit.request.header(b"last-event-id")
    if known is None:
        return visit.number("since", 0, MOST) if "since" in visit.request.query else None
    if not (known.isascii() and known.isdecimal() and len(known) < 16):
        raise Invalid(Flaw("Last-Event-ID", f"expected the id of an event of this server, found {known[:40]!r}"))
    return int(known)


def _listeners(worlds: Worlds) -> int:
    return sum(len(world.events.listeners) for world in worlds.present.values())


async def play(feed: Events, since: int | None, scope: Scope, receive: Receive, send: Send) -> None:
    """Send events as an ASGI application, until the client goes, has to be dropped, or the world is discarded.

    Who does not read is dropped from the feed at once, and told so when it reads again.
    """
    start = {"type": "http.response.start", "status": 200, "headers": _HEADERS}
    if scope["method"] == "HEAD":
        await plain(start, b"", scope, send)
        return
    gone = asyncio.ensure_future(until_gone(scope.get("extensions", {}).get(EXTENSION), receive))
    try:
        # First of all, so that nobody takes the place meanwhile that there was.
        with feed.listening(since) as listener:
            await send(start)
            await _write(send, _opening(listener, since))
            await relay(feed, listener, gone, partial(_write, send))
    finally:
        gone.cancel()
    await send({"type": "http.response.body", "body": b""})


async def relay(
    feed: Events, listener: Listener, gone: "asyncio.Future[None]", write: Write, heartbeat: float = HEARTBEAT
) -> None:
    """Write what a listener is told, and a comment after so many seconds of silence."""
    while not gone.done():
        feed.passed()
        told = feed.take(listener)
        if told is None:
            await write(_written("dropped", {"since": listener.taken}))
            return
        if told:
            await write(b"".join(map(_block, told)))
        elif feed.ended:
            return
        elif await _silent(feed, gone, heartbeat):
            await write(_COMMENT)


async def _silent(feed: Events, gone: "asyncio.Future[None]", heartbeat: float) -> bool:
    """Wait until there may be something to tell, or nobody to tell it to; tell whether there was only silence."""
    due = feed.due_in
    patience = max(min(due, heartbeat), _GRAIN)
    woken, _ = await asyncio.wait({gone, feed.news.next()}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    return not woken and heartbeat <= due


async def _write(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


# The text of the stream


def _opening(listener: Listener, since: int | None) -> bytes:
    """Return what a browser keeps for coming back, and whether some of what it asks for is lost."""
    opening = b"retry: %d\nid: %d\n\n" % (_RETRY, listener.taken)
    return opening + (_written("missed", {"since": since, "next": listener.taken + 1}) if listener.missed else b"")


def _block(event: Event) -> bytes:
    return b"id: %d\n" % event.id + _written(*_view(event.told))


def _written(kind: str, view: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), encode(view))


def _view(told: Happening) -> tuple[str, object]:
    """Return what an event is called, and the view of what it tells."""
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
