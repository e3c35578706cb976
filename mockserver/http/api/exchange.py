"""One request's way through the API: identify, move time, refuse, act, record, send.

Everything between the last byte of the request and the first of the answer is one plain call: nothing is awaited in
it, so that no other request can come between its reads and its writes.
"""

from collections.abc import Coroutine, Iterable, Mapping
from functools import partial
from typing import Any, Final, cast

from msgspec import Struct, structs
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from mockserver.core import instant
from mockserver.core.clock import PATIENCE
from mockserver.core.errors import (
    ApiError,
    HeadersTooLarge,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unauthorized,
    UnsupportedMediaType,
)
from mockserver.core.faults import patience
from mockserver.core.operation import POLLS, Operation
from mockserver.core.redaction import Headers, clean, harmless
from mockserver.core.scenario import ApiSettings
from mockserver.core.verdict import Cause
from mockserver.core.wording import shortened
from mockserver.http.api import answers
from mockserver.http.api.addressing import Address, Arrival, address, whereabouts
from mockserver.http.api.answers import Answer, refusal, sent_headers, unbroken
from mockserver.http.api.beforehand import beforehand
from mockserver.http.api.request import ApiEndpoint, ApiRequest
from mockserver.http.endpoints import Path, by_path
from mockserver.http.guard import Guard
from mockserver.http.request import HEADER_LIMIT, MOST_HEADERS, ClientGone, Request
from mockserver.http.threads import in_thread
from mockserver.http.wire import answer as plain
from mockserver.http.wire import connection, deliver
from mockserver.world.journal import Exchange, Real, recorded
from mockserver.world.limits import LimitRefusal
from mockserver.world.log import Exchanged, Log
from mockserver.world.past import past_of
from mockserver.world.world import World
from mockserver.world.worlds import Worlds

BODY_LIMIT: Final = ApiSettings().body_max
"""Bytes of the largest request body that is read, unless a scenario says otherwise."""


class Surroundings(Struct, frozen=True):
    """The settings of the server that the API needs."""

    public_url: str | None = None
    """The beginning of links; None for the scheme and host that the client used."""
    log: Log | None = None
    """The function that is called with a line for each exchange."""
    guard: Guard = Guard()
    """The rule for requests that would make a world."""
    places: Mapping[str, str] = {}
    """The paths of the control plane by the word for each, for hints to clients that look for them here."""


_FREQUENT: Final = (Operation.STATUS, Operation.CREATE)
"""The operations whose paths come first: Starlette tries one route after the other, for half a microsecond each."""

Methods = Mapping[str, ApiEndpoint] | None
"""The endpoints at one path, by method; None where there are none."""


class Api:
    """The emulated API: an ASGI application for each path, and one for all paths that lead nowhere.

    They are not functions that get Starlette's `Request`: that, with its handling of exceptions, adds 4 microseconds to
    the 23 of a poll.
    """

    def __init__(self, worlds: Worlds, endpoints: Iterable[ApiEndpoint], surroundings: Surroundings) -> None:
        self.worlds = worlds
        paths = by_path(endpoints)
        first = sorted(paths, key=lambda path: _rank(paths[path]))
        self.routes = [ApiPath(path, Resource(self, paths[path])) for path in first]
        self.nowhere = Resource(self, None)
        self._surroundings = surroundings

    def most(self, sent: Request, present: Mapping[str, World]) -> int:
        """Return the bytes of the largest body that any world reads: only the body shows which it is for."""
        if sent.announces_at_most(BODY_LIMIT):
            return BODY_LIMIT
        settings = [self.worlds.scenario("", present).api, *(world.scenario.api for world in present.values())]
        return max(each.body_max for each in settings)

    def exchange(
        self, sent: Request, present: Mapping[str, World], methods: Methods
    ) -> tuple[Answer, Headers, ApiRequest | None]:
        """Answer a request that has come, and record it; the last value is None where it is for no world."""
        endpoint = methods.get(sent.method) if methods else None
        arrival = Arrival(sent, sent.prefix, endpoint, present, self._surroundings.guard)
        try:
            where = address(self.worlds, arrival)
        except ApiError as error:
            return self._turned_away(arrival, error)
        world = where.world
        if world.events.listeners:
            past_of(world)
        if world.recorder is not None:
            world.recorder.prepare(world)
        answer, headers, request, exchange = self._answer(where, sent, methods)
        if world.events.live:
            world.events.exchanged(exchange)
        if world.recorder is not None:
            repeat = partial(self._repeat, sent.kept(), methods, where.email, where.hint)
            world.recorder.record(world, repeat, sent.weight)
        if self._surroundings.log is not None:
            self._surroundings.log(_logged(world.name, exchange, answer))
        return answer, headers, request

    def _answer(self, where: Address, sent: Request, methods: Methods) -> tuple[Answer, Headers, ApiRequest, Exchange]:
        """Answer a request in its world, and record the exchange in the journal."""
        world = where.world
        world.clock.read()
        request = ApiRequest(world, sent, world.journal.number(), where.email, self._surroundings.public_url)
        endpoint = methods.get(sent.method) if methods else None
        try:
            answer = self._unrouted(request, methods) if endpoint is None else _reached(request, endpoint)
        except ApiError as error:
            answer = refusal(error, world.scenario.api)
        if where.hint is not None and answer.status == 401 and answer.hint is not None:
            # The world's own hint says less: it does not know the address behind the plus.
            answer = structs.replace(answer, hint=where.hint)
        headers = sent_headers(answer, world.clock.now() // instant.SECOND, world.scenario.api.cors)
        exchange = _recorded(request, answer, headers)
        world.journal.record(exchange)
        return answer, headers, request, exchange

    def _repeat(self, sent: Request, methods: Methods, email: str | None, hint: str | None, world: World) -> None:
        """Answer a request again in another world, whose journal records it. It is logged and told nowhere else."""
        self._answer(Address(world, email, hint), sent, methods)

    def _turned_away(self, arrival: Arrival, error: ApiError) -> tuple[Answer, Headers, None]:
        """Refuse a request that may not make the world it is for. No journal records it, so the log does."""
        answer = refusal(error, ApiSettings())
        if self._surroundings.log is not None:
            self._surroundings.log(_logged_without_world(arrival, answer))
        return answer, sent_headers(answer, None, None), None

    def _unrouted(self, request: ApiRequest, methods: Methods) -> Answer:
        sent, settings = request.sent, request.world.scenario.api
        if methods is None:
            # As it was sent: a slash that is written %2F would be redirected to itself.
            slash = sent.target.partition(b"?")[0].endswith(b"/")
            if settings.trailing_slash == 404 or not slash or not self._leads(sent, sent.path.rstrip("/")):
                raise self._nowhere(sent)
            return _redirect(sent, request.origin)
        if sent.method == "OPTIONS" and settings.cors is not None:
            return _preflight(methods)
        raise MethodNotAllowed(tuple(methods))

    def _leads(self, sent: Request, path: str) -> bool:
        scope = {**sent.scope, "path": path}
        return any(route.matches(scope)[0] is not Match.NONE for route in self.routes)

    def _nowhere(self, sent: Request) -> NotFound:
        """Return the refusal of a path that leads nowhere.

        For a path of the control plane, the body has a sentence. For any other path, the body is the API's own, and a
        hint is added.
        """
        prefix, path = sent.prefix, sent.path
        rest = path if prefix is None else path.removeprefix(f"/w/{prefix}")
        sentence = whereabouts(prefix, rest, self._surroundings.places)
        return NotFound(sentence) if sentence is not None and "/__mock" in path else NotFound(hint=sentence)


def _rank(methods: Mapping[str, ApiEndpoint]) -> int:
    ranks = (_FREQUENT.index(each.operation) for each in methods.values() if each.operation in _FREQUENT)
    return min(ranks, default=len(_FREQUENT))


class ApiPath(Path):
    """The route of a resource. It takes every method, since the resource refuses and records those that it lacks."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as Starlette does, without its converters: all of them would return the text as it is."""
        root: str = scope.get("root_path", "")
        match = self.path_regex.match(scope["path"].removeprefix(root) if root else scope["path"])
        if scope["type"] != "http" or match is None:
            return Match.NONE, {}
        return Match.FULL, {
            "endpoint": self.endpoint,
            "path_params": {**scope.get("path_params", {}), **match.groupdict()},
        }

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Call the resource; Starlette's own method checks the method of the request first."""
        return cast("Coroutine[Any, Any, None]", self.app(scope, receive, send))


class Resource:
    """One path of the API as an ASGI application."""

    def __init__(self, api: Api, methods: Methods) -> None:
        self._api = api
        self._methods = methods
        self._slow = methods is not None and any(each.beforehand is not None for each in methods.values())
        """Whether some answers need work that is done before."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, in the world as it is when its head has come."""
        sent, present = Request(scope), self._api.worlds.present
        if sent.announces_body:
            try:
                await sent.read(receive, self._api.most(sent, present))
            except ClientGone:
                return
        if self._slow:
            slow = beforehand(self._methods, sent, present)
            if slow is not None:
                slow.keep(await in_thread(slow.make))
        answer, headers, request = self._api.exchange(sent, present, self._methods)
        if answer.delivery and connection(scope) is None:
            answer, headers = unbroken(answer, headers)
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        if answer.delivery:
            gone = await deliver(answer.delivery, start, answer.body, (scope, receive, send))
        else:
            gone = await plain(start, answer.body, scope, send)
        if gone and request is not None:
            request.world.journal.note_gone(request.number)


def _reached(request: ApiRequest, endpoint: ApiEndpoint) -> Answer:
    request.reach(endpoint, request.sent.ids)
    if request.sent.oversized_head:
        raise HeadersTooLarge(hint=f"at most {MOST_HEADERS} headers, and {HEADER_LIMIT} bytes in them")
    if request.sent.body or request.sent.oversized:
        _check_body(request)
    return act(request, endpoint)


def _check_body(request: ApiRequest) -> None:
    """Raise TooLarge for a body over the limit, and UnsupportedMediaType for a compressed one."""
    most = request.world.scenario.api.body_max
    if request.sent.oversized or len(request.sent.body) > most:
        raise TooLarge(hint=f"a body may have at most {most} bytes; api: {{body_max: ...}} in the scenario allows more")
    coding = request.sent.header(b"content-encoding")
    if coding is not None and coding.strip().lower() != "identity":
        raise UnsupportedMediaType(hint=f"send the body as it is: Content-Encoding: {shortened(coding)} is not read")


def act(request: ApiRequest, endpoint: ApiEndpoint) -> Answer:
    """Return the answer to a request, after the world's time has moved as far as the request moves it."""
    world, operation = request.world, endpoint.operation
    # Only a clock that holds generations moves by requests, and notes waits.
    asked = request.asks if world.clock.holds and operation in POLLS else None
    if world.time.waits.noted:
        world.time.end_wait(request.visitor.name, operation)
    if asked is not None:
        world.time.age_on_poll(asked, operation)
    refused = _limited(request, operation) if operation in world.limits.concerned else None
    answer = _answered(request, endpoint) if refused is None else answers.limited(refused, world.clock.now())
    if asked is not None and not request.turned_away:
        world.time.note_answer(asked, operation)
    if answer.headers and world.clock.holds:
        _note_wait(request, operation, answer, refused)
    return answer


def _limited(request: ApiRequest, operation: Operation) -> LimitRefusal | None:
    """Ask the limits about a request; return the refusal, None where none refuses it."""
    judgement = request.world.judge(operation, request.visitor)
    request.rules, request.limits = judgement.causes, judgement.verdicts
    if judgement.refusal is not None:
        request.faults = request.world.faults.unasked(operation)
    return judgement.refusal


def _note_wait(request: ApiRequest, operation: Operation, answer: Answer, refused: LimitRefusal | None) -> None:
    """Note the wait that an answer asks for, for the time when the client comes back."""
    value = next((value for name, value in answer.headers if name == b"retry-after"), None)
    if value is None:
        return
    world, asked = request.world, request.asks if operation in POLLS else None
    otherwise = PATIENCE if world.clock.step == "next" else world.clock.step
    wait = patience(value.decode("latin-1"), world.clock.now(), otherwise)
    if asked is not None and world.time.held(asked) is not None:
        world.time.note_wait_for(asked, operation, wait, limited=refused is not None)
    else:
        world.time.note_wait(request.visitor, operation, wait, () if refused is None else refused.counted)


def _answered(request: ApiRequest, endpoint: ApiEndpoint) -> Answer:
    """Return the answer of the API as the faults change or replace it."""
    faults = request.world.faults
    if endpoint.operation not in faults.concerned:
        answer = _api(request, endpoint)
        if answer.place:
            request.rules = _life(request)
        return answer
    search = faults.search(request.occasion(endpoint.operation))
    true_answer = None if search.answer else _api(request, endpoint)
    effects, request.faults = search.end(succeeded=true_answer is not None and true_answer.status < 400)
    shows_life = effects.answer is None and true_answer is not None and true_answer.place
    request.rules = (*effects.causes, *_life(request)) if shows_life else effects.causes
    return answers.answer(effects, true_answer, request.world.clock.now())


def _life(request: ApiRequest) -> tuple[Cause, ...]:
    """Return the rule that scripted the life of the shown generation, as a tuple of one; empty without a rule."""
    generation = request.shown
    return () if generation is None or generation.rule is None else (generation.rule,)


def _api(request: ApiRequest, endpoint: ApiEndpoint) -> Answer:
    """Return the API's own answer."""
    try:
        if endpoint.protected:
            if b"authorization" in request.sent.head.repeated:
                raise Unauthorized(hint="send one Authorization header: several came, and which one counts is open")
            request.account = request.world.accounts.admit(request.caller)
        return endpoint.answer(request)
    except ApiError as error:
        request.turned_away = isinstance(error, Unauthorized)
        return refusal(error, request.world.scenario.api)


def _recorded(request: ApiRequest, answer: Answer, headers: Headers) -> Exchange:
    """Return the entry for the journal, however far the request came."""
    world, sent, caller = request.world, request.sent, request.caller
    generation = request.shown
    # Of the answer to a HEAD only the headers are sent.
    body = b"" if sent.method == "HEAD" else answer.body
    return recorded(
        Exchange(
            number=request.number,
            at=world.clock.now(),
            operation=request.operation,
            method=sent.method,
            target=sent.target,
            headers=sent.head.harmless,
            body=sent.body,
            body_size=len(sent.body),
            status=answer.status,
            answer_headers=harmless(headers) if answer.headers else headers,
            answer=body,
            answer_size=len(body),
            real=Real(world.clock.today(), sent.client),
            account=request.named if caller is None else caller.account.email,
            generation=None if generation is None else generation.id,
            rules=request.rules,
            explanation=request.explanation,
        )
    )


def _redirect(sent: Request, origin: str) -> Answer:
    path, question, query = sent.target.partition(b"?")
    location = origin.encode("latin-1") + path.rstrip(b"/") + question + query
    return Answer(307, b"", headers=((b"location", location),))


def _preflight(methods: Mapping[str, ApiEndpoint]) -> Answer:
    headers = (
        (b"access-control-allow-methods", ", ".join(methods).encode()),
        (b"access-control-allow-headers", b"authorization, content-type"),
        (b"access-control-max-age", b"600"),
    )
    return Answer(204, b"", headers=headers)


def _logged(world: str, exchange: Exchange, answer: Answer) -> Exchanged:
    """Return the line of the log for an exchange in a world; like the journal, it has no secrets."""
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


def _logged_without_world(arrival: Arrival, answer: Answer) -> Exchanged:
    """Return the line of the log for an exchange in no world."""
    return Exchanged(
        world=arrival.prefix,
        operation=None if arrival.endpoint is None else arrival.endpoint.operation,
        method=arrival.request.method,
        target=clean(arrival.request.target).decode("latin-1"),
        status=answer.status,
        hint=answer.hint,
    )
