"""An explanation changes nothing and agrees with the answers, for any rules and any requests."""

import asyncio
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message, Scope

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.faults import Counted, Drop, Fault, Phase, Then
from mockserver.core.generation import Life
from mockserver.core.limits import By, Limit
from mockserver.core.operation import Operation
from mockserver.core.rules import Calls
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.world.journal import Exchange
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT, Worlds

OWNER = Declaration(email="you@example.com", password="p", credits=9, plan="Titan Studio", api_key="il_key_1")
ON = (Operation.CREATE, Operation.STATUS, Operation.ME)
TEXT = b'{"generation_type":"text","model_name":"text-standard","prompt":"%s"}'
REQUESTS = [
    ("POST", "/api/v1/generations", TEXT % b"A cat"),
    ("POST", "/api/v1/generations", TEXT % b"A dog"),
    ("POST", "/api/v1/generations", b'{"prompt":"A cat"}'),
    ("GET", "/api/v1/generations/1842/status", b""),
    ("GET", "/api/v1/generations/1843/status", b""),
    ("GET", "/api/v1/auth/me", b""),
    ("GET", "/api/v1/nowhere", b""),
]

calls = st.sampled_from([None, None, Calls(spans=((1, 1),)), Calls(spans=((2, None),)), Calls(every=2)])
when = st.sampled_from([{}, {}, {"account": "you@*"}, {"account": "b@*"}, {"header.x-team": "a"}])
on = st.sampled_from([ON, ON, *((operation,) for operation in ON)])
thens = st.sampled_from(
    [
        Then(status=500),
        Then(status=429),
        Then(drop=Drop.RESET),
        Then(patch={"id": None}),
        Then(headers={"X-A": "b"}),
        Then(headers={"Retry-After": "3"}),
    ]
)


def fault(then: Then, after: bool, **more: Any) -> Fault:
    return Fault(then=then, phase=Phase.AFTER if after and then.replaces else None, place="x.yaml:1", **more)


faults = st.builds(
    fault,
    thens,
    st.booleans(),
    on=on,
    when=when,
    calls=calls,
    chance=st.sampled_from([None, None, 0.5]),
    between=st.sampled_from([None, None, (0, 4_000_000)]),
    counted=st.sampled_from([Counted.WORLD, Counted.ACCOUNT]),
)
limits = st.builds(
    Limit,
    on=on,
    allow=st.integers(1, 3),
    per=st.sampled_from([1, 4_000_000]),
    by=st.sampled_from(By),
    place=st.just("x.yaml:2"),
) | st.builds(Limit, on=on, active=st.integers(1, 2), place=st.just("x.yaml:3"))
lives = st.builds(
    Life,
    when=st.sampled_from([{}, {"prompt": "*cat*"}, {"prompt": "*cow*"}]),
    calls=calls,
    then=st.sampled_from([None, (Step(status="processing", lasts=3_000_000), Step(status="failed"))]),
    place=st.just("x.yaml:4"),
)
scenarios = st.builds(
    Scenario,
    clock=st.just(ClockSettings(mode=Mode.POLL)),
    accounts=st.just((OWNER,)),
    faults=st.lists(faults, max_size=5).map(tuple),
    limits=st.lists(limits, max_size=2).map(tuple),
    generations=st.lists(lives, max_size=3).map(tuple),
)


def answered(scenario: Scenario, requests: list[tuple[str, str, bytes]], *, explained: bool) -> tuple[World, list[str]]:
    """The world after the requests, and the answers; each exchange so far may be explained after each request."""
    worlds = Worlds(FixedSource(LoadedScenario(scenario)))
    app, world, answers = application(worlds), worlds.find(DEFAULT), []

    async def play() -> None:
        for request in requests:
            sent: list[Message] = []
            scope, coming = _scope(*request)

            async def receive(coming: list[Message] = coming) -> Message:
                return coming.pop(0)

            async def send(message: Message, sent: list[Message] = sent) -> None:
                sent.append(message)

            await app(scope, receive, send)
            answers.append(repr(sent))
            if explained:
                repr([exchange.explanation for exchange in world.journal.exchanges()])

    asyncio.run(play())
    return world, answers


def _scope(method: str, path: str, body: bytes) -> tuple[Scope, list[Message]]:
    headers = [
        (b"authorization", b"Bearer il_key_1"),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    scope: Scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "scheme": "http"}
    scope["query_string"], scope["headers"] = b"", headers
    scope["server"], scope["client"] = ("127.0.0.1", 80), ("127.0.0.1", 5000)
    return scope, [{"type": "http.request", "body": body}, {"type": "http.disconnect"}]


def counters(world: World) -> list[tuple[str, int, int]]:
    """How often each rule was seen and has fired."""
    return [
        *((limit.name, limit.seen, limit.fired) for limit in world.limits.in_force),
        *((fault.name, fault.seen, fault.fired) for fault in world.faults.in_force),
        *((life.name, life.seen, life.fired) for life in world.lives),
    ]


def facts(world: World) -> object:
    """All that requests can have changed, except the parts that differ from run to run."""
    exchanges = world.journal.exchanges()
    told = [{key: getattr(each, key) for key in each.__struct_fields__ if key != "real"} for each in exchanges]
    return counters(world), list(world.accounts[17].ledger), world.generations, world.clock.now(), told


@settings(max_examples=150, deadline=None)
@given(scenarios, st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=12))
def test_explaining_never_changes_an_answer(scenario: Scenario, requests: list[tuple[str, str, bytes]]) -> None:
    (one, quietly), (other, explained) = (answered(scenario, requests, explained=each) for each in (False, True))
    assert quietly == explained
    assert facts(one) == facts(other)


@settings(max_examples=150, deadline=None)
@given(scenarios, st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=12))
def test_explanations_agree_with_the_answers(scenario: Scenario, requests: list[tuple[str, str, bytes]]) -> None:
    world, _ = answered(scenario, requests, explained=False)
    exchanges = world.journal.exchanges()
    for exchange in exchanges:
        agrees_with_its_rules(exchange)
        agrees_with_its_header(exchange)
    told = Counter(verdict.rule for exchange in exchanges for verdict in considered(exchange) if verdict.fired)
    assert told == Counter({name: fired for name, _, fired in counters(world) if fired})
    for entry in world.faults.in_force:
        verdicts = [verdict for exchange in exchanges for verdict in exchange.explanation.faults]
        assert sum(verdict.rule == entry.name and verdict.call is not None for verdict in verdicts) == entry.seen


def considered(exchange: Exchange) -> list[Any]:
    told = exchange.explanation
    return [*told.limits, *told.faults, *told.generations]


def agrees_with_its_rules(exchange: Exchange) -> None:
    """The rules of an exchange are the limits and faults that fired, and at most the life that is shown."""
    told = exchange.explanation
    fired = [verdict.rule for verdict in (*told.limits, *told.faults) if verdict.fired]
    names = [rule.name for rule in exchange.rules]
    assert names[: len(fired)] == fired
    assert [name.partition(".")[0] for name in names[len(fired) :]] in ([], ["generations"])
    refused = [verdict.rule for verdict in told.limits if verdict.fired]
    assert not (refused and names != refused)
    assert not refused or all(verdict.call is None for verdict in told.faults)


def agrees_with_its_header(exchange: Exchange) -> None:
    """`X-Mock-Rule` names one of the rules, and is there if any is, but where there is no answer."""
    header = dict(exchange.answer_headers).get(b"x-mock-rule")
    places = {rule.place.encode() for rule in exchange.rules}
    assert header in places if places and exchange.status else header is None
