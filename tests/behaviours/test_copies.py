"""A copy of a world is a checkpoint: copied back, the same requests get the same bytes."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.core.clock import Mode
from mockserver.http.app import ROUTES, application
from mockserver.http.control import openapi
from mockserver.http.control.request import ControlEndpoint
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.serve.server import ServerThread
from mockserver.world.clock import RealTime
from mockserver.world.world import World
from mockserver.world.worlds import Worlds
from tests.support.client import Client
from tests.support.customer import BASE, EMAIL, PASSWORD

from .listener import Stream
from .steering import Begin, Steering

EXAMPLES: Final = json.loads(Path(openapi.__file__).with_name("examples.json").read_bytes())

SCENARIO: Final = """
clock: {{mode: {mode}, start: "2026-06-07T12:00:00Z"}}
accounts: [{{email: you@example.com, password: YOUR_PASSWORD, credits: 40}}]
limits:
  - {{on: create, allow: 3, per: 30s}}
faults:
  - {{on: status, chance: 0.3, then: {{status: 500}}}}
  - {{on: [create, result], calls: "2-", counted: account, chance: 0.5, then: {{status: 503, retry_after: 2}}}}
generations:
  - {{when: {{prompt: "fails*"}}, then: [{{pending: 2s}}, failed]}}
"""

REQUESTS: Final[tuple[tuple[str, str, Any], ...]] = (
    ("POST", "/generations", {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A harbour"}),
    ("POST", "/generations", {"generation_type": "text", "model_name": "text-standard", "prompt": "fails now"}),
    ("GET", "/generations/1842/status", None),
    ("GET", "/generations/1843/status", None),
    ("GET", "/generations/1842", None),
    ("DELETE", "/generations/1842", None),
    ("GET", "/generations", None),
    ("GET", "/auth/me", None),
)
COMMANDS: Final[tuple[tuple[str, str, Any], ...]] = (
    ("POST", "/clock/advance", {"by": "3s"}),
    ("POST", f"/accounts/{EMAIL}/credits", {"amount": 5}),
    ("POST", f"/accounts/{EMAIL}/tokens/expire", {}),
    ("POST", "/faults", {"on": "status", "calls": 1, "then": {"status": 418}}),
    ("DELETE", "/faults/added.1", None),
    ("POST", "/generations/1842/finish", {"status": "completed"}),
    ("PATCH", "/clock", {"mode": "poll"}),
)
steps: Final = st.lists(st.sampled_from((*REQUESTS * 2, *COMMANDS)), max_size=8)


class Life:
    """A client and a tester of one world."""

    def __init__(self, anyone: Client) -> None:
        self.steering, self.client = Steering(anyone), anyone.login()

    def play(self, history: list[tuple[str, str, Any]]) -> list[object]:
        """Send requests and commands; return the whole answers."""
        return [self._one(*step) for step in history]

    def _one(self, method: str, path: str, body: Any) -> object:
        if (method, path, body) in COMMANDS:
            answer = self.steering.ask(method, path, body)
        elif body is None:
            answer = self.client.ask(method, path)
        else:
            answer = self.client.send(path, body)
        return answer.status, [*answer.headers.items()], answer.body

    def copy(self, source: str, name: str, **more: int) -> None:
        self.steering.told("PUT", f"/worlds/{name}", {"from": source, **more})

    @property
    def exchanges(self) -> int:
        return int(self.steering.read("/worlds")["worlds"][0]["exchanges"])


@pytest.fixture(scope="module", params=Mode)
def life(request: pytest.FixtureRequest) -> Any:
    frozen = RealTime(elapsed=lambda: 0, today=lambda: 0)
    worlds = Worlds(FixedSource(parse(SCENARIO.format(mode=request.param), "copies.yaml")), real=frozen)
    with ServerThread(application(worlds)) as server, Client(server.url) as anyone:
        yield anyone


LAW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LAW
@given(before=steps, between=steps, after=steps)
def test_copied_back_a_world_answers_the_same_requests_with_the_same_bytes(
    life: Client, before: Any, between: Any, after: Any
) -> None:
    Steering(life).reset()
    one = Life(life)
    one.play(before)
    one.copy("default", "kept")
    first = one.play(after)
    one.play(between)
    one.copy("kept", "default")
    assert one.play(after) == first


@LAW
@given(before=steps, after=steps, between=steps)
def test_rewound_before_an_exchange_a_world_answers_with_the_same_bytes(
    life: Client, before: Any, after: Any, between: Any
) -> None:
    Steering(life).reset()
    one = Life(life)
    one.copy("default", "kept")
    one.play(before)
    number = one.exchanges + 1
    first = one.play([*REQUESTS[:1], *after])
    one.play(between)
    one.copy("default", "default", before=number)
    assert one.exchanges == number - 1
    assert one.play([*REQUESTS[:1], *after]) == first


def test_a_world_can_go_back_again_and_again(begin: Begin) -> None:
    steering, you = begin()
    steering.told("PUT", "/worlds/kept", {"from": "default"})
    for _ in range(3):
        you.order()
    for number in (4, 3, 2):
        steering.told("PUT", "/worlds/default", {"from": "default", "before": number})
        assert len(steering.read("/generations")["generations"]) == number - 2


def test_under_another_name_all_is_equal_but_tokens_and_links(begin: Begin) -> None:
    steering, you = begin()
    you.order()
    steering.told("PUT", "/worlds/kept", {"from": "default"})
    kept = Steering(you, "kept")
    for path in ("/accounts", "/generations", "/clock", "/journal", "/faults", f"/accounts/{EMAIL}"):
        here, there = steering.read(path), kept.read(path)
        assert there | {"world": None} == here | {"world": None}
    assert you.other(you.token, f"/w/kept{BASE}").read("/auth/me").status == 401
    assert kept.client().login(EMAIL, PASSWORD).read("/auth/me").status == 200


def test_a_copy_before_an_exchange_leaves_the_original_as_it_is(begin: Begin) -> None:
    steering, you = begin()
    steering.told("PUT", "/worlds/kept", {"from": "default"})
    you.order()
    you.order()
    copy = steering.told("PUT", "/worlds/earlier", {"from": "default", "before": 3})
    assert (copy["exchanges"], copy["generations"], copy["restarts"]) == (2, 1, 0)
    assert len(steering.read("/generations")["generations"]) == 2
    assert Steering(you, "earlier").client().login(EMAIL, PASSWORD).read("/generations").json["total"] == 1


def until(stream: Stream, kind: str) -> Any:
    """Read events up to the next one of a kind, and return its data."""
    while True:
        event = stream.told()
        assert event is not None
        if event[0] == kind:
            return event[1]


def test_listeners_of_a_replaced_world_are_told_and_ids_and_restarts_only_grow(begin: Begin) -> None:
    steering, you = begin()
    with closing(Stream(you)) as stream:
        you.order()
        steering.told("PUT", "/worlds/kept", {"from": "default"})
        for restarts in (1, 2):
            steering.told("PUT", "/worlds/default", {"from": "kept"})
            assert until(stream, "reset")["restarts"] == restarts
        known = stream.id
        you.order()
        assert until(stream, "exchange")["generation"] == 1843
        assert stream.id > known
    assert steering.read("/worlds")["worlds"][0]["restarts"] == 2


def test_a_world_with_a_listener_has_a_past_without_any_copy(begin: Begin) -> None:
    steering, you = begin()
    with closing(Stream(you)):
        you.order()
        steering.advance(by="1s")
        you.order()
        steering.told("PUT", "/worlds/default", {"from": "default", "before": 3})
    assert len(steering.read("/generations")["generations"]) == 1


def test_metrics_and_health_count_no_exchange_twice(begin: Begin) -> None:
    steering, you = begin()
    you.order()

    def asked() -> list[str]:
        text = you.other(base="").read("/__mock/metrics").body.decode()
        return [line for line in text.split("\n") if line.startswith("imaginelab_mock_exchanges_total{")]

    counted = asked()
    steering.told("PUT", "/worlds/kept", {"from": "default"})
    assert asked() == counted
    steering.told("PUT", "/worlds/default", {"from": "kept"})
    assert steering.discard("kept").status == 200
    assert asked() == counted
    assert steering.read("/health")["exchanges"] == 2


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "from"),
        ({"from": "nowhere"}, 404, "there is no world nowhere; there is default"),
        ({"from": "default", "before": 0}, 400, "before"),
        ({"from": "default", "before": 3}, 404, "expected an exchange after 2"),
        ({"from": "default", "after": 3}, 400, "after"),
    ],
)
def test_a_refused_copy_says_why_and_changes_nothing(begin: Begin, body: object, status: int, words: str) -> None:
    steering, you = begin()
    you.order()
    before = steering.read("/worlds")
    answer = steering.ask("PUT", "/worlds/kept", body)
    assert (answer.status, words in answer.body.decode()) == (status, True), answer
    assert steering.read("/worlds") == before


def test_a_copy_on_a_real_clock_shows_the_time_at_which_it_was_made() -> None:
    elapsed = [0]
    real = RealTime(elapsed=lambda: elapsed[0], today=lambda: 0)
    worlds = Worlds(FixedSource(parse(SCENARIO.format(mode="real"), "copies.yaml")), real=real)
    with ServerThread(application(worlds)) as server, Client(server.url) as anyone:
        steering = Steering(anyone)
        steering.told("PUT", "/worlds/kept", {"from": "default"})
        elapsed[0] = 5_000_000
        assert steering.told("PUT", "/worlds/default", {"from": "kept"})["now"] == "2026-06-07T12:00:05Z"


BEGIN_A_WORLD: Final = {"reset", "load", "copy", "discard"}
"""The commands that put a world in the place of another one, or remove it. No past leads over them."""


class Recorded:
    """A recorder that counts what it records."""

    def __init__(self) -> None:
        self.prepared = self.recorded = 0

    def prepare(self, _: World) -> None:
        self.prepared += 1

    def record(self, _: World, __: Callable[[World], object], ___: int) -> None:
        self.recorded += 1


COMMAND_ROUTES: Final = [each for each in ROUTES if each.method != "GET" and each.name not in BEGIN_A_WORLD]


@pytest.mark.parametrize("route", COMMAND_ROUTES, ids=lambda route: route.name)
def test_each_command_that_changes_a_world_is_recorded_for_its_past(route: ControlEndpoint) -> None:
    worlds = Worlds(FixedSource(parse(SCENARIO.format(mode="manual"), "copies.yaml")))
    body = EXAMPLES[route.name].get("body")
    with ServerThread(application(worlds)) as server, Client(server.url) as anyone:
        steering = Steering(anyone)
        anyone.login().order()
        added = steering.told("POST", "/faults", {"on": "status", "then": {"status": 500}})
        recorder = worlds.present["default"].recorder = Recorded()
        path = route.path.removeprefix("/__mock")
        for placeholder, value in (("{email}", EMAIL), ("{id}", "1842"), ("{name}", added["name"])):
            path = path.replace(placeholder, value)
        steering.told(route.method, path, body)
    assert (recorder.prepared, recorder.recorded) == (1, 1), "change the world through ControlRequest.steer"
