"""One request's way: identify, move time, refuse, act, record, send.

Everything between the last byte of the request and the first of the answer is one plain call: nothing is awaited in
it, so no other request can come between what it reads and what it writes.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from msgspec import Struct, field, structs
from starlette.types import Receive, Scope, Send

from mockserver.core import instant
from mockserver.core.errors import ApiError, HeadersTooLarge, MethodNotAllowed, NotFound, TooLarge
from mockserver.core.redaction import Headers, clean, harmless
from mockserver.core.scenario import ApiSettings
from mockserver.http.act import act
from mockserver.http.addressing import Arrival, address, whereabouts
from mockserver.http.call import Answer, Call, Endpoint
from mockserver.http.control.guard import Guard
from mockserver.http.refusal import refusal
from mockserver.http.request import HEADER_LIMIT, MOST_HEADERS, ClientGone, Request
from mockserver.http.routing import Routes, split
from mockserver.http.tunnel import Tunnels
from mockserver.http.wire import answer as plain
from mockserver.http.wire import deliver
from mockserver.world.journal import Exchange, Real, recorded
from mockserver.world.log import Exchanged, Log
from mockserver.world.world import World
from mockserver.world.worlds import Worlds

BODY_LIMIT: Final = 1024 * 1024
"""Bytes of the largest request body that is read."""


class Settings(Struct, frozen=True):
    """What whoever starts the server decides.

    `public_url` is what links begin with, None for the scheme and host that the client used; `log` is told of each
    exchange, None for nobody; `guard` says who may steer, `tunnels` where the server leads as a proxy.
    """

    public_url: str | None = None
    log: Log | None = None
    guard: Guard = Guard()
    tunnels: Tunnels = field(default_factory=Tunnels)


class Api:
    """The emulated API as an ASGI application."""

    def __init__(self, worlds: Worlds, routes: Routes[Endpoint], settings: Settings) -> None:
        self._worlds = worlds
        self._routes = routes
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, in the world as it is when its head has come."""
        request, present = Request(scope), self._worlds.present
        if request.announces_body:
            try:
                await request.read(receive, BODY_LIMIT)
            except ClientGone:
                return
        answer, headers, call = self._exchange(request, present)
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        if answer.delivery is not None:
            gone = await deliver(answer.delivery, start, answer.body, (scope, receive, send))
        else:
            gone = await plain(start, answer.body, scope, send)
        if gone and call is not None:
            call.world.journal.note_gone(call.number)

    def _exchange(self, request: Request, present: Mapping[str, World]) -> tuple[Answer, Headers, Call | None]:
        prefix, path = split(request.path)
        route = self._routes.match(path)
        endpoint = route[0].get(request.method) if route[0] else None
        arrival = Arrival(request, prefix, endpoint, present)
        try:
            where = address(self._worlds, arrival)
        except ApiError as error:
            return self._turned_away(arrival, error)
        world = where.world
        world.clock.read()
        call = Call(world, request, where.email, self._settings.public_url)
        try:
            answer = self._unrouted(call, path, route[0]) if endpoint is None else _reached(call, endpoint, route[1])
        except ApiError as error:
            answer = refusal(error, world.scenario.api)
        if where.hint is not None and answer.status == 401 and answer.hint is not None:
            # The world knows less of why: it has never heard of the address behind the plus.
            answer = structs.replace(answer, hint=where.hint)
        headers = _headers(answer, world.clock.now() // instant.SECOND, world.scenario.api.cors)
        exchange = _recorded(call, answer, headers)
        world.journal.record(exchange)
        if world.events.live:
            world.events.exchanged(exchange)
        if self._settings.log is not None:
            self._settings.log(_told(world.name, exchange, answer))
        return answer, headers, call

    def _turned_away(self, arrival: Arrival, error: ApiError) -> tuple[Answer, Headers, None]:
        """Refuse a request for a world that there is no room for; no journal has it, so the log says why."""
        answer = refusal(error, ApiSettings())
        if self._settings.log is not None:
            self._settings.log(_told_of_nobody(arrival, answer))
        return answer, _headers(answer, None, None), None

    def _unrouted(self, call: Call, path: str, methods: Mapping[str, Endpoint] | None) -> Answer:
        request, settings = call.request, call.world.scenario.api
        if methods is None:
            # As it was sent: a slash that is written %2F would be redirected to itself.
            slash = request.target.partition(b"?")[0].endswith(b"/")
            if settings.trailing_slash == 404 or not slash or self._routes.match(path.rstrip("/"))[0] is None:
                raise _nowhere(request.path)
            return _redirect(request, self._settings.public_url or request.origin)
        if request.method == "OPTIONS" and settings.cors is not None:
            return _preflight(methods)
        raise MethodNotAllowed(tuple(methods))


def _reached(call: Call, endpoint: Endpoint, ids: Mapping[str, str]) -> Answer:
    call.reach(endpoint, ids)
    if call.request.oversized_head:
        raise HeadersTooLarge(hint=f"at most {MOST_HEADERS} headers, and {HEADER_LIMIT} bytes in them")
    if call.request.oversized:
        raise TooLarge(hint=f"a body may have at most {BODY_LIMIT} bytes")
    return act(call, endpoint)


def _nowhere(path: str) -> NotFound:
    """Return the refusal of a path that leads nowhere: a sentence for who steers, a hint beside the API's own else."""
    told = whereabouts(*split(path))
    return NotFound(told) if told is not None and "/__mock" in path else NotFound(hint=told)


def _recorded(call: Call, answer: Answer, headers: Headers) -> Exchange:
    """Return the entry for the journal, however far the request came."""
    world, request, caller = call.world, call.request, call.caller
    generation = call.shown
    # Of the answer to a HEAD only the headers are sent.
    body = b"" if request.method == "HEAD" else answer.body
    return recorded(
        Exchange(
            number=call.number,
            at=world.clock.now(),
            operation=call.operation,
            method=request.method,
            target=request.target,
            headers=request.head.harmless,
            body=request.body,
            body_size=len(request.body),
            status=answer.status,
            answer_headers=harmless(headers) if answer.headers else headers,
            answer=body,
            answer_size=len(body),
            real=Real(world.clock.today(), request.client),
            account=call.named if caller is None else caller.account.email,
            generation=None if generation is None else generation.id,
            rules=call.rules,
            explanation=call.explanation,
        )
    )


def _headers(answer: Answer, second: int | None, cors: str | None) -> Headers:
    """Return the headers of an answer, in the order in which they are sent; `second` is the virtual one since 1970."""
    if not answer.status:
        return ()
    about_body = None if answer.status in _BODILESS else (answer.content_type, len(answer.body))
    return _written(answer.headers, about_body, second, (answer.place, answer.hint, cors))


@lru_cache(maxsize=256)
def _written(
    own: Headers, about_body: tuple[bytes, int] | None, second: int | None, notes: tuple[str, str | None, str | None]
) -> Headers:
    """Return headers as they go over the wire; the answer's own take the place of those that every answer has.

    Polls get the same ones again and again, so the last are remembered.
    """
    headers: list[tuple[bytes, bytes]] = []
    place, hint, cors = notes
    if about_body is not None:
        headers += [(b"content-type", about_body[0]), (b"content-length", b"%d" % about_body[1])]
    if second is not None:
        headers.append((b"date", instant.http_date(second * instant.SECOND).encode()))
    if place:
        headers.append((b"x-mock-rule", _ascii(place)))
    if hint is not None:
        headers.append((b"x-mock-hint", _ascii(hint)))
    if cors is not None:
        headers += [(b"access-control-allow-origin", cors.encode("ascii", "replace")), (b"vary", b"origin")]
    scripted = {name for name, _ in own}
    return (*own, *((name, value) for name, value in headers if name not in scripted))


_BODILESS: Final = (204, 304)


_CONTROLS: Final = bytes((*range(32), 127))
"""The characters of ASCII that no value of a header may have."""


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "backslashreplace").translate(None, _CONTROLS)


def _redirect(request: Request, origin: str) -> Answer:
    path, question, query = request.target.partition(b"?")
    location = origin.encode("latin-1") + path.rstrip(b"/") + question + query
    return Answer(307, b"", headers=((b"location", location),))


def _preflight(methods: Mapping[str, Endpoint]) -> Answer:
    headers = (
        (b"access-control-allow-methods", ", ".join(methods).encode()),
        (b"access-control-allow-headers", b"authorization, content-type"),
        (b"access-control-max-age", b"600"),
    )
    return Answer(204, b"", headers=headers)


def _told(world: str, exchange: Exchange, answer: Answer) -> Exchanged:
    """Return what the log is told of an exchange in a world: of its request what the journal has, without secrets."""
    return Exchanged(
        at=instant.iso(exchange.at),
        world=world,
        number=exchange.number,
        operation=exchange.operation,
        method=exchange.method,
        target=exchange.target.decode("latin-1"),
        status=exchange.status or None,
        rule=answer.place or None,
        hint=answer.hint,
        generation=exchange.generation,
    )


def _told_of_nobody(arrival: Arrival, answer: Answer) -> Exchanged:
    """Return what the log is told of an exchange in no world."""
    return Exchanged(
        world=arrival.prefix,
        operation=None if arrival.endpoint is None else arrival.endpoint.operation,
        method=arrival.request.method,
        target=clean(arrival.request.target).decode("latin-1"),
        status=answer.status,
        hint=answer.hint,
    )
