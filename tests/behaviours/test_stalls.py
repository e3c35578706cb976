"""No request holds the event loop for long, however much a world holds: 10 ms at the API, 20 at the control plane.

A world may hold 200,000 generations. Here it holds as many as a test can afford; the benchmarks measure more.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.core.clock import Mode
from mockserver.core.generation import GenerationType, Order
from mockserver.core.rules import MOST_CONDITIONS, MOST_VALUES
from mockserver.http.app import application
from mockserver.language.file import parse
from mockserver.world.bounds import MOST_ADDED_FAULTS
from mockserver.world.world import World
from tests.support.client import Answer, Client
from tests.support.customer import JSON
from tests.support.emulator import worlds_of
from tests.support.stalls import API_BOUND, CONTROL_BOUND, TRIES, MeteredServer

from .listener import Stream

ROOT = Path(__file__).parents[2]
MANY = 40_000
SCENARIO = """
clock: {{mode: {}}}
accounts: [{{email: you@example.com, password: YOUR_PASSWORD, credits: 10000000}}]
generations:
  - {{when: {{prompt: "fails*"}}, then: [{{pending: 2s}}, {{processing: 6s}}, failed]}}
limits: [{{on: create, active: 1000, by: ip}}]
"""
TYPES = ((GenerationType.IMAGE, "seedream-5.0-lite"), (GenerationType.TEXT, "text-standard"))


def fill(world: World) -> None:
    """Order many generations of two types, in turn, some of which will fail."""
    for i in range(MANY):
        kind, model = TYPES[i % 2]
        order = Order(kind, model, "fails" if i % 4 == 1 else "works", project_id=i % 3)
        world.create(world.accounts[17], order, order.fact, world.journal.number())


class Busy:
    """A server whose only world holds many unfinished generations, and its clients."""

    def __init__(self, server: MeteredServer, client: Client) -> None:
        self.server, self.you, self.control = server, client.login(), client.other(base="/__mock")
        self.anyone = client

    def steer(self, method: str, path: str, value: object) -> Answer:
        answer = self.control.ask(method, path, json.dumps(value).encode(), {"Content-Type": JSON})
        assert answer.status in (200, 201), answer
        return answer

    def read(self, client: Client, path: str) -> Any:
        answer = client.read(path)
        assert answer.status == 200, answer
        return answer.json


@pytest.fixture(params=Mode, scope="module")
def busy(request: pytest.FixtureRequest) -> Iterator[Busy]:
    worlds = worlds_of(parse(SCENARIO.format(request.param), "busy.yaml").scenario)
    fill(worlds.find("default"))
    with MeteredServer(application(worlds)) as server, Client(server.url) as client:
        yield Busy(server, client)


FIRST = 1842
MIDDLE = FIRST + MANY // 2

API: dict[str, Callable[[Busy], object]] = {
    "status": lambda busy: busy.read(busy.you, f"/generations/{MIDDLE}/status"),
    "result": lambda busy: busy.read(busy.you, f"/generations/{MIDDLE}"),
    "me": lambda busy: busy.read(busy.you, "/auth/me"),
    "create": lambda busy: busy.you.order(prompt="works"),
    "create one that fails": lambda busy: busy.you.order(prompt="fails"),
    "history": lambda busy: busy.read(busy.you, "/generations?page_size=100"),
    "history by type": lambda busy: busy.read(busy.you, "/generations?page_size=100&generation_type=image"),
    "history by status": lambda busy: busy.read(busy.you, "/generations?page_size=100&status=completed"),
    "history by a status that none shows": lambda busy: busy.read(busy.you, "/generations?status=failing"),
    "history by project, at its end": lambda busy: busy.read(busy.you, f"/generations?project_id=1&page={MANY // 60}"),
    "delete": lambda busy: busy.you.delete(busy.you.order()),
}

CONTROL: dict[str, Callable[[Busy], object]] = {
    "health": lambda busy: busy.read(busy.control, "/health"),
    "clock": lambda busy: busy.read(busy.control, "/clock"),
    "another mode and back": lambda busy: [
        busy.steer("PATCH", "/clock", {"mode": mode})
        for mode in ("poll", "manual", busy.read(busy.control, "/clock")["mode"])
    ],
    "advance": lambda busy: busy.steer("POST", "/clock/advance", {"by": "1s"}),
    "advance to the next": lambda busy: busy.steer("POST", "/clock/advance", {"by": "1ms"}),
    "list": lambda busy: busy.read(busy.control, "/generations?limit=1000"),
    "list by status": lambda busy: busy.read(busy.control, "/generations?status=completed"),
    "list by account": lambda busy: busy.read(busy.control, "/generations?account=you@example.com&status=failed"),
    "one that there is not": lambda busy: busy.control.read("/generations/99"),
    "account": lambda busy: busy.read(busy.control, "/accounts/you@example.com"),
    "journal": lambda busy: busy.read(busy.control, "/journal?limit=1000"),
    "metrics": lambda busy: busy.control.read("/metrics"),
    "worlds": lambda busy: busy.read(busy.control, "/worlds"),
}


@pytest.mark.parametrize("name", API)
def test_no_request_to_the_api_holds_the_loop(busy: Busy, name: str) -> None:
    assert busy.server.least(lambda: API[name](busy)) < API_BOUND


@pytest.mark.parametrize("name", CONTROL)
def test_no_request_to_the_control_plane_holds_the_loop(busy: Busy, name: str) -> None:
    assert busy.server.least(lambda: CONTROL[name](busy)) < CONTROL_BOUND


def test_no_request_holds_the_loop_while_another_listens(busy: Busy) -> None:
    listens: list[Stream] = []
    try:
        assert busy.server.least(lambda: listens.append(Stream(busy.control.other(base="")))) < CONTROL_BOUND
        assert busy.server.least(lambda: API["status"](busy)) < API_BOUND
        assert busy.server.least(lambda: CONTROL["advance"](busy)) < CONTROL_BOUND
    finally:
        for stream in listens:
            stream.close()


# What takes long at the first use, or each time

KINDS = {
    "image": "seedream-5.0-lite",
    "video": "video-standard",
    "voice": "voice-standard",
    "music": "music-standard",
    "infographic": "infographic-standard",
}


@pytest.fixture
def idle() -> Iterator[Busy]:
    """A server whose world holds nothing yet."""
    scenario = parse(SCENARIO.format("manual"), "idle.yaml").scenario
    with MeteredServer(application(worlds_of(scenario))) as server, Client(server.url) as client:
        yield Busy(server, client)


@pytest.mark.parametrize("kind", KINDS)
def test_no_new_file_holds_the_loop(idle: Busy, kind: str) -> None:
    ids = [idle.you.order(generation_type=kind, model_name=KINDS[kind]) for _ in range(TRIES)]
    idle.steer("POST", "/clock/advance", {"by": "8s"})
    links = [idle.read(idle.you, f"/generations/{id_}")["outputs"][0] for id_ in ids]
    assert idle.server.least(lambda: idle.anyone.read(links.pop())) < API_BOUND


def test_no_page_of_new_texts_holds_the_loop(idle: Busy) -> None:
    for _ in range(3 * 100):
        idle.you.order(generation_type="text", model_name="text-standard")
    idle.steer("POST", "/clock/advance", {"by": "8s"})
    pages = [1, 2, 3]

    def page() -> None:
        items = idle.read(idle.you, f"/generations?page_size=100&page={pages.pop()}")["items"]
        assert all(item["outputs"][0] for item in items)

    assert idle.server.least(page, tries=3) < API_BOUND


def test_no_fault_with_very_many_values_holds_the_loop(idle: Busy) -> None:
    values = {f"settings.key{i}": [f"{i} {j}*" for j in range(MOST_VALUES)] for i in range(MOST_CONDITIONS // 5)}
    fault = {"on": "create", "when": values, "then": {"status": 500}}
    assert idle.server.least(lambda: idle.steer("POST", "/faults", fault), tries=2) < CONTROL_BOUND


def test_no_long_body_of_nonsense_holds_the_loop(idle: Busy) -> None:
    body = json.dumps({f"key{i}": [i] for i in range(30_000)}).encode()

    def send() -> None:
        assert idle.control.ask("POST", "/faults", body, {"Content-Type": JSON}).status == 400

    assert idle.server.least(send, tries=2) < CONTROL_BOUND


def test_no_order_with_a_long_prompt_holds_the_loop_before_a_thousand_globs(idle: Busy) -> None:
    for i in range(MOST_ADDED_FAULTS):
        fault = {"on": "create", "when": {"prompt": f"*neon*scene {i},*city*"}, "then": {"status": 500}}
        idle.steer("POST", "/faults", fault)
    prompt = "A neon city skyline at dusk, " * 340
    assert idle.server.least(lambda: idle.you.order(prompt=prompt)) < API_BOUND


def test_no_first_use_in_a_process_holds_the_loop() -> None:
    least: dict[str, float] = {}
    slow: dict[str, float] = {}
    for _ in range(TRIES):
        ran = subprocess.run(
            [sys.executable, "-m", "tests.behaviours.first_uses"], capture_output=True, check=True, cwd=ROOT, text=True
        )
        held: dict[str, float] = json.loads(ran.stdout)
        least = {name: min(taken, least.get(name, taken)) for name, taken in held.items()}
        slow = {name: taken for name, taken in least.items() if taken >= _bound(name)}
        if not slow:
            break
    assert not slow
    assert len(least) == 14


def _bound(name: str) -> float:
    return CONTROL_BOUND if name.startswith("control") else API_BOUND
