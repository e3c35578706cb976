"""One request's way: identify, move time, refuse, act, record, send.

Everything between the last byte of the request and the first of the answer is one plain call: nothing is awaited in
it, so no other request can come between what it reads and what it writes.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from msgspec import Struct
from starlette.types import Receive, Scope, Send

from mockserver.core import instant
from mockserver.core.errors import ApiError, MethodNotAllowed, NotFound, TooLarge
from mockserver.core.operation import Operation
from mockserver.core.scenario import ApiSettings
from mockserver.http.act import act
from mockserver.http.call import Answer, Call
from mockserver.http.refusal import refusal
from mockserver.http.request import ClientGone, Request
from mockserver.http.routing import Methods, Routes, split
from mockserver.http.wire import answer as plain
from mockserver.http.wire import deliver
from mockserver.journal import Exchange, Headers, recorded
from mockserver.world import World
from mockserver.worlds import DEFAULT, Worlds

BODY_LIMIT: Final = 1024 * 1024
"""Bytes of the largest request body that is read."""


class Settings(Struct, frozen=True):
    """What whoever starts the server decides.

    `public_url` is what links begin with, None for the scheme and host that the client used; `log` takes a line about
    each exchange, None for nobody.
    """

    public_url: str | None = None
    log: Callable[[str], None] | None = None


class Api:
    """The emulated API as an ASGI application."""

    def __init__(self, worlds: Worlds, routes: Routes, settings: Settings) -> None:
        self._worlds = worlds
        self._routes = routes
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request = Request(scope)
        try:
            await request.read(receive, BODY_LIMIT)
        except ClientGone:
            return
        answer, headers = self._exchange(request)
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        if answer.delivery is not None:
            await deliver(answer.delivery, start, answer.body, (scope, receive, send))
        else:
            await plain(start, answer.body, scope, send)

    def _exchange(self, request: Request) -> tuple[Answer, Headers]:
        name, path = split(request.path, DEFAULT)
        try:
            world = self._worlds.find(name)
        except ApiError as error:
            answer = refusal(error, ApiSettings())
            return answer, _headers(answer, None, None)
        world.clock.read()
        way = _Way(world, request)
        try:
            answer = self._answer(way, path)
        except ApiError as error:
            answer = refusal(error, world.scenario.api)
        headers = _headers(answer, world.clock.now(), world.scenario.api.cors)
        world.journal.record(way.exchange(answer, headers))
        if self._settings.log is not None:
            self._settings.log(_line(world, way.operation, answer))
        return answer, headers

    def _answer(self, way: "_Way", path: str) -> Answer:
        methods, ids = self._routes.match(path)
        endpoint = methods.get(way.request.method) if methods else None
        if endpoint is None:
            return self._unrouted(way, path, methods)
        way.operation = endpoint.operation
        if way.request.oversized:
            raise TooLarge(hint=f"a body may have at most {BODY_LIMIT} bytes")
        way.call = Call(way.world, way.number, way.request, (endpoint, ids))
        way.call.public_url = self._settings.public_url
        return act(way.call)

    def _unrouted(self, way: "_Way", path: str, methods: Methods | None) -> Answer:
        request, settings = way.request, way.world.scenario.api
        if methods is None:
            # As it was sent: a slash that is written %2F would be redirected to itself.
            slash = request.target.partition(b"?")[0].endswith(b"/")
            if settings.trailing_slash == 404 or not slash or self._routes.match(path.rstrip("/"))[0] is None:
                raise NotFound
            return _redirect(request, self._settings.public_url or request.origin)
        if request.method == "OPTIONS" and settings.cors is not None:
            return _preflight(methods)
        raise MethodNotAllowed(tuple(methods))


class _Way:
    """What is known so far of one exchange; it is recorded however far it came."""

    def __init__(self, world: World, request: Request) -> None:
        self.world = world
        self.request = request
        self.number = world.journal.number()
        self.operation: Operation | None = None
        self.call: Call | None = None

    def exchange(self, answer: Answer, headers: Headers) -> Exchange:
        """Return the entry for the journal."""
        request, call = self.request, self.call
        return recorded(
            Exchange(
                number=self.number,
                at=self.world.clock.now(),
                operation=self.operation,
                method=request.method,
                target=request.target,
                headers=request.headers,
                body=request.body,
                status=answer.status,
                answer_headers=headers,
                answer=answer.body,
                account=call.caller.account.id if call and call.caller else None,
                generation=call.subject.id if call and call.subject else None,
                place=answer.place,
                verdicts=call.verdicts if call else (),
            )
        )


def _headers(answer: Answer, now: int | None, cors: str | None) -> Headers:
    """Return the headers of an answer, in the order in which they are sent."""
    headers = [*answer.headers]
    if answer.status not in _BODILESS:
        headers += [(b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body))]
    if now is not None:
        headers.append((b"date", _date(now // instant.SECOND)))
    if answer.place:
        headers.append((b"x-mock-rule", _ascii(answer.place)))
    if answer.hint is not None:
        headers.append((b"x-mock-hint", _ascii(answer.hint)))
    if cors is not None:
        headers += [(b"access-control-allow-origin", cors.encode("ascii", "replace")), (b"vary", b"origin")]
    return tuple(headers)


_BODILESS: Final = (204, 304)


@lru_cache(maxsize=8)
def _date(second: int) -> bytes:
    return instant.http_date(second * instant.SECOND).encode()


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "backslashreplace").translate(None, bytes(range(32)))


def _redirect(request: Request, origin: str) -> Answer:
    path, question, query = request.target.partition(b"?")
    location = origin.encode("latin-1") + path.rstrip(b"/") + question + query
    return Answer(307, b"", headers=((b"location", location),))


def _preflight(methods: Methods) -> Answer:
    headers = (
        (b"access-control-allow-methods", ", ".join(methods).encode()),
        (b"access-control-allow-headers", b"authorization, content-type"),
        (b"access-control-max-age", b"600"),
    )
    return Answer(204, b"", headers=headers)


def _line(world: World, operation: Operation | None, answer: Answer) -> str:
    """Return what the log says of an exchange: virtual time, operation, status and rule."""
    parts = (instant.iso(world.clock.now()), world.name, operation or "-", str(answer.status), answer.place)
    return " ".join(part for part in parts if part)
