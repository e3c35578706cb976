"""Faults as clients meet them: their number, the calls that they count, and that they leave no trace behind."""

import asyncio
from typing import Final

import pytest

from mockserver.core.verdict import Cause
from mockserver.http.app import application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.bounds import MOST_ADDED_FAULT_BYTES
from mockserver.world.worlds import DEFAULT, Worlds
from tests.support.client import Client
from tests.support.customer import BASE

from .played import Start

TWO: Final = """
accounts:
  - {email: you@example.com, password: YOUR_PASSWORD}
  - {email: b@example.com, password: b}
"""


def play(api: Start, scenario: str) -> Client:
    return api(parse(scenario, "faults.yaml").scenario)


async def statuses(url: str, token: str, connections: int, requests: int) -> list[bytes]:
    """Send so many requests on each of so many connections at once, and return the answers of each connection."""
    head = f"GET {BASE}/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    kinds = ["", "X-Slow: 1\r\n", "X-Slow: 2\r\n"]

    async def came(connection: int) -> bytes:
        reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
        for i in range(requests):
            writer.write((head + kinds[(i % 50 == connection) + (i % 70 == connection)] + "\r\n").encode())
        writer.write(f"{head.replace('/auth/me', '/generations')}Connection: close\r\n\r\n".encode())
        whole = await reader.read()
        writer.close()
        return whole

    async with asyncio.timeout(60):
        return await asyncio.gather(*(came(i) for i in range(connections)))


PARALLEL: Final = """
faults:
  - {on: me, when: {header.X-Slow: "1"}, then: {delay: 2ms}}
  - {on: me, when: {header.X-Slow: "2"}, then: {delay: 11ms, drip: {bytes: 30, every: 1ms}}}
  - {on: me, calls: "1-100", then: {status: 503, text: nginx-502}}
"""


@pytest.mark.assumed
def test_ten_thousand_parallel_requests_meet_exactly_a_hundred_faults(api: Start) -> None:
    you = play(api, PARALLEL).login()
    assert you.token is not None
    whole = b"".join(asyncio.run(statuses(you.url, you.token, connections=40, requests=250)))
    assert (whole.count(b"HTTP/1.1 503 "), whole.count(b"HTTP/1.1 200 ")) == (100, 10_000 - 100 + 40)


@pytest.mark.assumed
@pytest.mark.parametrize(("counted", "faults"), [("world", [2]), ("account", [2, 5]), ("generation", [3, 5, 6])])
def test_these_calls_are_counted_together(api: Start, counted: str, faults: list[int]) -> None:
    it = play(api, f"{TWO}faults: [{{on: status, counted: {counted}, calls: 2, then: {{status: 500}}}}]")
    you, b = it.login(), it.login("b@example.com", "b")
    one, other, third = you.order(), you.order(), b.order()
    asked = [(you, one), (you, other), (you, one), (b, third), (b, third), (you, other)]
    seen = [client.status(id_).status for client, id_ in asked]
    assert [i for i, status in enumerate(seen, start=1) if status == 500] == faults


@pytest.mark.assumed
def test_a_rule_counts_requests_that_another_rule_answers(api: Start) -> None:
    you = play(
        api, "faults: [{on: me, calls: 1, then: {status: 500}}, {on: me, calls: 2, then: {status: 502}}]"
    ).login()
    assert [you.read("/auth/me").status for _ in range(3)] == [500, 502, 200]


@pytest.mark.assumed
def test_an_every_rule_fires_for_ever(api: Start) -> None:
    you = play(api, "faults: [{on: me, calls: {every: 3}, then: {status: 500}}]").login()
    assert [i for i in range(1, 13) if you.read("/auth/me").status == 500] == [3, 6, 9, 12]


@pytest.mark.assumed
def test_the_chance_of_one_generation_depends_on_no_other_and_not_on_their_order(api: Start) -> None:
    def unlucky(order: list[int]) -> dict[int, list[int]]:
        you = play(api, "faults: [{on: status, chance: 0.4, then: {status: 500}}]").login()
        ids = [you.order() for _ in range(4)]
        seen: dict[int, list[int]] = {}
        for i in order:
            seen.setdefault(i, []).append(you.status(ids[i]).status)
        return seen

    assert unlucky([0, 1, 2, 3] * 6) == unlucky([0] * 6 + [3] * 6 + [2] * 6 + [1] * 6)


def life_of(client: Client) -> list[tuple[int, list[tuple[str, str]], bytes]]:
    """Every answer about one generation that a client reads."""
    you = client.login()
    answers = [you.create(), you.read("/auth/me")]
    answers += [you.status(1842) for _ in range(6)]
    answers += [you.result(1842), you.read("/generations"), you.delete(1842), you.create(), you.read("/auth/me")]
    own = client.url.encode()
    return [(answer.status, answer.headers.items(), answer.body.replace(own, b"")) for answer in answers]


@pytest.mark.assumed
def test_after_the_last_scripted_call_the_answers_equal_those_of_a_world_without_rules(api: Start) -> None:
    rules = """
faults:
  - {on: [create, delete, me, history, result], calls: "1-3", then: {status: 500}}
  - {on: create, calls: "4-5", then: {drop: close}}
  - {on: login, calls: 1, then: {patch: {a: 1}}}
  - {on: models, calls: 1, then: {headers: {X-A: b}, delay: 1ms}}
"""
    it = play(api, rules)
    you = it.login()
    for _ in range(3):
        assert you.create().status == 500
    for _ in range(2):
        with pytest.raises(ConnectionError):
            you.create()
    assert [you.read("/generations/models").headers["x-a"] for _ in range(2)] == ["b", None]
    assert life_of(it) == life_of(api())


@pytest.mark.assumed
def test_a_fault_before_the_effect_leaves_no_trace_in_wallet_ids_and_history(api: Start) -> None:
    it = play(api, "faults: [{on: any, when: {header.X: y}, then: {status: 502}}]")
    you = it.login()
    id_ = you.order()
    before = you.standing()
    body = b'{"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "x"}'
    headers = {"X": "y", "Content-Type": "application/json"}
    asked = [("POST", "/generations"), ("DELETE", f"/generations/{id_}"), ("POST", "/auth/signup")]
    assert {you.ask(method, path, body, headers).status for method, path in asked} == {502}
    assert (you.standing(), you.order()) == (before, id_ + 1)


@pytest.mark.assumed
def test_faults_work_for_media_as_well(api: Start) -> None:
    it = play(
        api,
        "faults: [{on: any, when: {generation_type: image, account: you@*}, calls: {every: 2}, then: {status: 503}}]",
    )
    [link] = play(api, "").login().outputs()
    you = it.login()
    id_ = you.order()
    seen = [it.read(link.replace(link.split("/w/")[0], it.url)).status for _ in range(4)]
    assert (id_, seen) == (1842, [503, 200, 503, 200])


@pytest.mark.assumed
def test_an_answer_names_the_line_of_its_rule(api: Start) -> None:
    rules = """
faults:
  - {on: me, calls: 1, then: {status: 500}}
  - {on: me, calls: 2, then: {remove: [id]}}
  - {on: me, calls: 3, then: {delay: 1ms}}
limits:
  - {on: me, allow: 4, per: 1h}
"""
    you = play(api, rules).login()
    named = [you.read("/auth/me").headers["x-mock-rule"] for _ in range(5)]
    assert named == ["faults.yaml:3", "faults.yaml:4", "faults.yaml:5", None, "faults.yaml:7"]


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("header", "value"),
    [("Content-Type", "text/x-odd"), ("Retry-After", "9"), ("Date", "then"), ("ETag", "x"), ("X-A", "b")],
)
@pytest.mark.parametrize("then", ["status: 429", "delay: 1ms"])
def test_a_scripted_header_replaces_another_of_the_same_name(api: Start, then: str, header: str, value: str) -> None:
    you = play(api, f"faults: [{{on: me, then: {{{then}, headers: {{{header}: '{value}'}}}}}}]").login()
    assert you.read("/auth/me").headers.get_all(header) == [value]


@pytest.mark.assumed
def test_the_journal_gives_the_reason_why_each_rule_fired_or_not() -> None:
    text = """
clock: {mode: poll}
faults:
  - {on: status, when: {status: completed}, then: {status: 500}, name: late}
  - {on: status, calls: 2, then: {status: 502}}
  - {on: me, then: {status: 502}}
"""
    worlds = Worlds(FixedSource(LoadedScenario(parse(text, "why.yaml").scenario)))
    with ServerThread(application(worlds)) as server, Client(server.url) as it:
        you = it.login()
        id_ = you.order()
        for _ in range(2):
            you.status(id_)
    world = worlds.find(DEFAULT)
    *_, created, first, second = world.journal.exchanges()
    assert list(created.explanation.faults) == []
    assert [(verdict.rule, verdict.call, verdict.why) for verdict in first.explanation.faults] == [
        ("late", None, "its conditions do not hold"),
        ("faults.2", 1, "this was call 1; it fires on: 2"),
    ]
    assert first.explanation.faults[0].difference == {"status": ("completed", "pending")}
    assert [(verdict.place, verdict.why) for verdict in second.explanation.faults][1:] == [("why.yaml:5", "")]
    assert (second.status, second.rules) == (502, (Cause("faults.2", "why.yaml:5"),))
    assert [(entry.seen, entry.fired) for entry in world.faults.in_force] == [(0, 0), (2, 1), (0, 0)]


def test_a_world_takes_a_bounded_number_of_bytes_of_added_faults_until_some_are_removed(you: Client) -> None:
    control = you.other(base="/__mock")
    large = {"on": "me", "calls": 1, "then": {"status": 500, "text": "x" * (MOST_ADDED_FAULT_BYTES // 5)}}
    added = [control.send("/faults", large) for _ in range(5)]
    assert [answer.status for answer in added] == [201, 201, 201, 201, 503]
    assert f"at most {MOST_ADDED_FAULT_BYTES} bytes of faults" in added[-1].detail
    assert control.ask("DELETE", "/faults/added.1", headers={"Content-Type": "application/json"}).status == 200
    assert control.send("/faults", large).status == 201
