"""One request's way through the control plane: guard, route, body, answer. It never counts as traffic of the API."""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Iterable, Mapping
from functools import partial
from typing import Final
from urllib.parse import unquote

from msgspec import UNSET, Struct
from starlette.types import Receive, Scope, Send

from mockserver.core.document import from_json
from mockserver.core.errors import ApiError, HeadersTooLarge, MethodNotAllowed, NotFound, TooLarge
from mockserver.core.wording import written_json
from mockserver.http.control.answers import HEADERS, Faulty, Raw, Refusal, Stream, problem_view
from mockserver.http.control.request import SHORT, ControlEndpoint, ControlRequest, Server
from mockserver.http.endpoints import Routes, split
from mockserver.http.guard import Guard
from mockserver.http.request import HEADER_LIMIT, MOST_HEADERS, ClientGone, Request
from mockserver.http.threads import in_thread
from mockserver.http.wire import until_gone

BODY_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of the largest body that is read: a scenario of 1 MiB, however it is escaped."""

_SLASH: Final = "\udc2f"
"""The stand-in for a slash within a name while a path is taken apart: half a character, which no request has."""


class _Reply(Struct, frozen=True):
    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    content_type: bytes = b"application/json"


class ControlPlane:
    """The control plane as an ASGI application."""

    def __init__(self, server: Server, routes: Routes[ControlEndpoint], guard: Guard) -> None:
        self._server = server
        self._routes = routes
        self._guard = guard
        self._prepared: set[str] = set()
        """The names of the endpoints that have done what takes long at the first request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request = Request(scope)
        try:
            answer = await self._answer(request, receive)
        except ApiError as error:
            answer = _refused(error)
        except ClientGone:
            return
        if isinstance(answer, Stream):
            await answer.play(scope, receive, send)
            return
        length = (b"content-length", b"%d" % len(answer.body))
        headers = [(b"content-type", answer.content_type), length, *HEADERS, *answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else answer.body})

    async def _answer(self, request: Request, receive: Receive) -> _Reply | Stream:
        if request.oversized_head:
            # Before the guard, to which headers that are not read are headers that were not sent.
            raise HeadersTooLarge(f"expected at most {MOST_HEADERS} headers, and {HEADER_LIMIT} bytes in them")
        _, path = split(_path(request))
        methods, ids = self._routes.match(path)
        error = self._guard.refusal(request.method, path, request.scheme, request.headers)
        if error is not None:
            # Answered, not raised: an error that the frame which raises it still names keeps that frame alive.
            return _refused(error)
        endpoint = _chosen(methods, request.method)
        if request.announces_body:
            await request.read(receive, BODY_LIMIT)
        if request.oversized:
            raise TooLarge(f"expected a body of at most {BODY_LIMIT} bytes")
        named = {key: name.replace(_SLASH, "/") for key, name in ids.items()}
        steering = ControlRequest(self._server, request, named)
        steering.only(*(parameter.name for parameter in endpoint.parameters))
        refused = await self._prepare(endpoint, steering)
        if refused is not None:
            return refused
        answer = endpoint.answer(steering)
        if inspect.isawaitable(answer):
            answer = await _unless_gone(answer, receive)
        if isinstance(answer, Stream):
            return answer
        if isinstance(answer, Raw):
            return _Reply(endpoint.success, answer.body, (), answer.content_type)
        return _Reply(endpoint.success, written_json(answer))

    async def _prepare(self, endpoint: ControlEndpoint, request: ControlRequest) -> _Reply | None:
        """Do in a thread, before the answer, what would hold the event loop for long; return a refusal of the body."""
        slow = endpoint.prepare is not None or endpoint.body is not None
        if slow and endpoint.name not in self._prepared:
            await in_thread(partial(_prepare_first, endpoint))
            self._prepared.add(endpoint.name)
        if endpoint.body is not None and len(request.sent.body) > SHORT:
            try:
                await in_thread(partial(request.decoded, endpoint.body))
            except ApiError as error:
                return _refused(error)
        return None


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


def _path(request: Request) -> str:
    """Return the path of a request in which a slash that is written %2F, as in a name, divides nothing."""
    raw, _, _ = request.target.partition(b"?")
    return unquote(re.sub("%2[Ff]", _SLASH, raw.decode("latin-1")))


def _chosen(methods: Mapping[str, ControlEndpoint] | None, method: str) -> ControlEndpoint:
    """Return the route that a method leads to; NotFound or MethodNotAllowed where there is none."""
    if methods is None:
        raise NotFound("Not found; GET / says where everything is")
    endpoint = methods.get("GET" if method == "HEAD" else method)
    if endpoint is None:
        raise MethodNotAllowed(_allowed(methods))
    return endpoint


def _allowed(methods: Iterable[str]) -> tuple[str, ...]:
    allowed = {*methods}
    if "GET" in allowed:
        allowed.add("HEAD")
    return tuple(sorted(allowed))


def _refused(error: ApiError) -> _Reply:
    detail = error.detail
    if error.hint is not None:
        # It has no header of its own here, and says more than a bare phrase does.
        detail = error.hint if detail == error.phrase else f"{detail}; {error.hint}"
    problems = [problem_view(problem) for problem in error.problems] if isinstance(error, Faulty) else UNSET
    headers = tuple((name.encode(), value.encode()) for name, value in error.headers)
    return _Reply(error.status, written_json(Refusal(detail, problems)), headers)
