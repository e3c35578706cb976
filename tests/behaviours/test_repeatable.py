"""The same requests give the same answers and the same journal: in another server, and after a reset in this one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from mockserver.http.app import application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds
from tests.support.client import Client
from tests.support.customer import BASE, EMAIL, ORDER

from .open_requests import Opened
from .steering import Steering
from .transcript import Transcript

TEXT = """
description: A bit of everything that depends on what was before.
clock: {mode: poll}
accounts: [{email: you@example.com, password: YOUR_PASSWORD, credits: 60, plan: Titan Studio, api_key: il_test_1}]
generations:
  - {when: {generation_type: video}, calls: 1, then: [pending: 2s, {processing: {for: 4s, progress: [5, 60]}}, failed]}
  - {when: {generation_type: text}, visible_after: 2s}
faults:
  - {on: any, when: {header.x-fault: hang}, then: {drop: hang}}
  - {on: any, when: {header.x-fault: late}, then: {delay: 100ms}}
  - {on: any, when: {header.x-fault: drops}, then: {drip: {bytes: 16, every: 5ms}}}
  - {on: any, chance: 0.3, then: {headers: {x-slow: "yes"}}}
  - {on: create, calls: 2, phase: after, then: {drop: reset}}
  - {on: status, counted: generation, calls: {every: 3}, then: {status: 502, text: nginx-502}}
  - {on: history, then: {drip: {bytes: 64, every: 1ms}}}
  - {on: me, calls: 2, then: {drop: {truncate: 0.5}}}
limits: [{on: status, allow: 6, per: 20s}]
wallet: {refund_delay: 3s}
tokens: {ttl: 1h}
media: {ttl: 10m}
"""
WORLDS = ("default", "gw3")


@contextmanager
def serving() -> Iterator[Client]:
    """An anonymous client of a server that plays the script."""
    app = application(Worlds(FixedSource(parse(TEXT, "scenario.yaml"))))
    with ServerThread(app) as running, Client(running.url) as anyone:
        yield anyone


@pytest.fixture
def server() -> Iterator[Client]:
    with serving() as started:
        yield started


class Run(NamedTuple):
    """The result of one run: its answers as bytes, and its exchanges in the journal."""

    came: list[bytes]
    journal: dict[str, Any]


def run(server: Client, world: str) -> Run:
    """Live two lives, one after the other, in a world in its present state."""
    with Transcript(server.url, world) as you:
        you.live()
        you.live()
        you.look()
    return Run(you.lines, journal(server, world))


def journal(server: Client, world: str) -> dict[str, Any]:
    """The whole journal of a world with the reasons for each answer, without the parts that differ from run to run."""
    steering = Steering(server, world)
    view = dict(steering.read("/journal?limit=1000"))
    assert (view["repeatable"], view["evicted"], view["next"]) == (True, 0, None)
    for exchange in view["exchanges"]:
        assert exchange.pop("real")["client"]
        exchange["explained"] = steering.read(f"/journal/{exchange['number']}/explain")
    return view


@pytest.fixture(scope="module", params=WORLDS)
def first(request: pytest.FixtureRequest) -> tuple[str, Run]:
    """The name of a world, and the result of a run there in a server of its own."""
    world: str = request.param
    with serving() as started:
        return world, run(started, world)


@pytest.mark.assumed
def test_a_run_uses_everything_in_the_script(first: tuple[str, Run]) -> None:
    said = b"".join(first[1].came)
    answers = [b" 201 [", b" 206 [", b" 404 [", b" 429 [", b" 502 [", b" lost\n", b" cut short\n"]
    for meeting in (*answers, b"x-slow", b"failed"):
        assert meeting in said, meeting
    exchanges = first[1].journal["exchanges"]
    assert [exchange["number"] for exchange in exchanges] == [*range(1, len(exchanges) + 1)]
    assert first[1].journal["total"] == len(exchanges)


@pytest.mark.assumed
def test_two_servers_give_the_same_result(first: tuple[str, Run], server: Client) -> None:
    world, expected = first
    assert run(server, world) == expected


@pytest.mark.assumed
def test_other_worlds_leave_no_trace_in_a_world(first: tuple[str, Run], server: Client) -> None:
    world, expected = first
    for other in ("gw0", "gw1"):
        run(server, other)
    assert run(server, world) == expected


# Earlier requests

Mischief = Callable[[Client, str], None]


def lives_there(server: Client, world: str) -> None:
    run(server, world)


def steers(server: Client, world: str) -> None:
    steering = Steering(server, world)
    id_ = steering.client().login().order()
    steering.change(mode="manual", step="next", rate=60)
    steering.advance(by="1s")
    steering.finish(id_, "failed")
    steering.advance(by="1h")
    steering.told("POST", "/faults", {"on": "any", "then": {"status": 500}})
    steering.told("DELETE", "/faults/faults.4")
    steering.told("POST", f"/accounts/{EMAIL}/credits", {"amount": -1})
    steering.told("POST", f"/accounts/{EMAIL}/tokens/expire", {})


def plays_something_else(server: Client, world: str) -> None:
    steering = Steering(server, world)
    steering.play("wallet-runs-dry")
    steering.client().login().create()
    steering.reset(scenario=TEXT, seed=3)
    steering.client().login().create()
    steering.reset(scenario=TEXT)


def is_refused(server: Client, world: str) -> None:
    steering = Steering(server, world)
    you = steering.client().login()
    you.order()
    bodies = [("/reset", {"seed": -1}), ("/clock/advance", {"by": "-1s"}), ("/faults", {"on": "nothing"})]
    assert [steering.ask("POST", path, body).status for path, body in bodies] == [400, 400, 400]


MISCHIEF: list[Mischief] = [lives_there, steers, plays_something_else, is_refused]


@pytest.mark.assumed
@pytest.mark.parametrize("mischief", MISCHIEF)
def test_a_reset_gives_the_same_result_after_any_earlier_requests(
    first: tuple[str, Run], server: Client, mischief: Mischief
) -> None:
    world, expected = first
    mischief(server, world)
    Steering(server, world).reset()
    assert run(server, world) == expected


@pytest.mark.assumed
def test_a_world_that_was_discarded_starts_over_too(server: Client) -> None:
    before = run(server, "gw3")
    assert Steering(server).discard("gw3").status == 200
    assert run(server, "gw3") == before


@pytest.mark.assumed
@pytest.mark.parametrize("when", ["before", "between"])
def test_a_reset_gives_the_same_result_with_requests_in_flight(
    first: tuple[str, Run], server: Client, when: str
) -> None:
    world, expected = first
    steering = Steering(server, world)
    you = steering.client().login()
    you.order()
    base = f"/w/{world}{BASE}"
    with Opened(server.url, you.token) as opened:
        for fault in ("hang", "late", "drops"):
            opened.ask("POST", f"{base}/generations", ORDER, fault)
            opened.ask("GET", f"{base}/auth/me", None, fault)
        opened.begin("POST", f"{base}/generations", ORDER)
        opened.begin("GET", f"{base}/generations/1842/status", {})
        steering.reset()
        if when == "before":
            opened.end()
        came = run(server, world)
        opened.end()
        assert came == expected
    assert journal(server, world) == expected.journal
