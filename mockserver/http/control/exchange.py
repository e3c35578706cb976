"""The control plane as an application of Starlette: its guard is a middleware, its refusals are exception handlers.

A request goes through guard, route, body and answer. It never counts as traffic of the API.
"""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Final
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request as Received
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.core.document import from_json
from mockserver.core.errors import ApiError, HeadersTooLarge, MethodNotAllowed, NotFound, TooLarge
from mockserver.core.wording import written_json
from mockserver.http.control.answers import Raw, refused, written
from mockserver.http.control.request import SHORT, ControlEndpoint, ControlRequest, Server
from mockserver.http.endpoints import Path, by_path
from mockserver.http.guard import Guard
from mockserver.http.request import HEADER_LIMIT, MOST_HEADERS, ClientGone, Request
from mockserver.http.threads import in_thread
from mockserver.http.wire import until_gone

BODY_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of the largest body that is read: a scenario of 1 MiB, however it is escaped."""

_SLASH: Final = "\udc2f"
"""The stand-in for a slash within a name while a path is taken apart: half a character, which no request has."""

Respond = Callable[[Received], Awaitable[Response]]
"""An endpoint as Starlette calls it."""


def control_plane(server: Server, endpoints: Iterable[ControlEndpoint], guard: Guard) -> Starlette:
    """Return the application that answers at the paths of these endpoints, and refuses every other path."""
    routes = [Path(path, _responder(server, methods), methods) for path, methods in by_path(endpoints).items()]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guarded, guard=guard)],
        exception_handlers={ApiError: _refuse, ClientGone: _leave, 404: _lead_back, 405: _name_methods},
    )
    app.router.redirect_slashes = False
    return app


class Guarded:
    """The guard, as a middleware. It also keeps a slash that is written %2F within its part of the path."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        request = Request(scope)
        path = _path(request)
        error = self._objection(request, path.removeprefix(scope.get("root_path", "")))
        app = self._app if error is None else refused(error)
        await app({**scope, "path": path}, receive, send)

    def _objection(self, request: Request, path: str) -> ApiError | None:
        if request.oversized_head:
            # Before the guard, to which headers that are not read are headers that were not sent.
            return HeadersTooLarge(f"expected at most {MOST_HEADERS} headers, and {HEADER_LIMIT} bytes in them")
        return self._guard.refusal(request.method, path, request.scheme, request.headers)


def _path(request: Request) -> str:
    raw, _, _ = request.target.partition(b"?")
    return unquote(re.sub("%2[Ff]", _SLASH, raw.decode("latin-1")))


def _responder(server: Server, methods: Mapping[str, ControlEndpoint]) -> Respond:
    """Return the function that answers the requests for a path."""
    prepared: set[str] = set()
    """The methods whose first request has come, so that the work that takes long then is done."""

    async def prepare(endpoint: ControlEndpoint, request: ControlRequest) -> None:
        """Do long work in a thread before the answer, so that it does not hold the event loop."""
        if endpoint.method not in prepared and (endpoint.prepare is not None or endpoint.body is not None):
            await in_thread(partial(_prepare_first, endpoint))
            prepared.add(endpoint.method)
        if endpoint.body is not None and len(request.sent.body) > SHORT:
            await in_thread(partial(request.decoded, endpoint.body))

    async def respond(received: Received) -> Response:
        endpoint = methods["GET" if received.method == "HEAD" else received.method]
        request = await _read(server, received)
        request.only(*(parameter.name for parameter in endpoint.parameters))
        await prepare(endpoint, request)
        answer = endpoint.answer(request)
        if inspect.isawaitable(answer):
            answer = await _unless_gone(answer, received.receive)
        response = _response(answer, endpoint.success)
        if received.method == "HEAD":
            response.body = b""
        return response

    return respond


async def _read(server: Server, received: Received) -> ControlRequest:
    """Return a request with its body; raises TooLarge if that is over the limit."""
    sent = Request(received.scope)
    if sent.announces_body:
        await sent.read(received.receive, BODY_LIMIT)
    if sent.oversized:
        raise TooLarge(f"expected a body of at most {BODY_LIMIT} bytes")
    return ControlRequest(server, sent, {key: name.replace(_SLASH, "/") for key, name in sent.ids.items()})


def _response(answer: object, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Raw):
        return written(answer.body, status, answer.content_type)
    return written(written_json(answer), status)


async def _unless_gone(answer: Awaitable[object], receive: Receive) -> object:
    """Await an answer; ClientGone, and no answer, if the client goes first."""
    answering, going = asyncio.ensure_future(answer), asyncio.ensure_future(until_gone(receive))
    try:
        await asyncio.wait({answering, going}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise ClientGone
        return answering.result()
    finally:
        answering.cancel()
        going.cancel()
        # An error of the answer names this frame, which must not name the error.
        del answering


def _prepare_first(endpoint: ControlEndpoint) -> None:
    if endpoint.prepare is not None:
        endpoint.prepare()
    if endpoint.body is not None:
        # Not at the top: it loads the introspection library, which only steering needs.
        from mockserver.language.decode import decode

        decode(from_json({}), endpoint.body)


# The handlers of exceptions. Starlette runs a plain function in a thread.


async def _refuse(_: Received, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    return refused(error)


async def _lead_back(_: Received, __: Exception) -> Response:
    return refused(NotFound("Not found; GET / says where everything is"))


async def _name_methods(_: Received, error: Exception) -> Response:
    allowed: str = getattr(error, "headers", {})["Allow"]
    return refused(MethodNotAllowed(tuple(sorted(allowed.split(", ")))))


class _Unsent(Response):
    """No answer: its client has gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""


async def _leave(_: Received, __: Exception) -> Response:
    return _Unsent()
