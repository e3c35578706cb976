"""One request's way, check by check: the first failing check decides, and the decision is made before any wait."""

import json
import socket

import pytest

from mockserver.http.api.exchange import BODY_LIMIT
from mockserver.language.file import parse
from tests.support.client import Client
from tests.support.customer import BASE, ORDER

from .played import Start

FULL = "limits: [{on: create, allow: 1, per: 1h}]\n"
BROKEN = 'faults: [{on: create, calls: "2-", then: {status: 500}}]\n'
POOR = "accounts: [{email: you@example.com, password: YOUR_PASSWORD, credits: 5}]\n"
JSON = {"Content-Type": "application/json"}


def play(api: Start, scenario: str) -> Client:
    return api(parse(scenario, "way.yaml").scenario)


def asking(client: Client, asked: str, body: bytes) -> int:
    method, path = asked.split()
    return client.ask(method, path, body, JSON).status


HUGE = b"x" * (BODY_LIMIT + 1)
WRONG = b"{"


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("scenario", "asked", "sent", "status"),
    [
        pytest.param(FULL + BROKEN, "POST /nowhere", HUGE, 404, id="404 before 413"),
        pytest.param(FULL + BROKEN, "PUT /generations", HUGE, 405, id="405 before 413"),
        pytest.param(FULL + BROKEN, "POST /generations", HUGE, 413, id="413 before limits"),
        pytest.param(FULL + BROKEN, "POST /generations", WRONG, 429, id="limits before faults"),
        pytest.param(BROKEN, "POST /generations", WRONG, 500, id="faults before 401"),
        pytest.param("", "POST /generations", WRONG, 401, id="401 before 400"),
        pytest.param("", "GET /generations/9", b"", 401, id="401 before 404"),
    ],
)
def test_the_first_failing_check_refuses_a_stranger(
    api: Start, scenario: str, asked: str, sent: bytes, status: int
) -> None:
    it = play(api, scenario)
    it.login().order()
    # Each caller has a window, so the stranger must fill its own.
    it.other("nobody").create()
    assert asking(it.other("nobody"), asked, sent) == status


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("changes", "status"),
    [({"prompt": None}, 400), ({"model_name": "none"}, 400), ({"generation_type": "video"}, 400), ({}, 402)],
)
def test_400_comes_before_402(api: Start, changes: dict[str, object], status: int) -> None:
    you = play(api, POOR).login()
    you.order()
    assert you.create(**changes).status == status


@pytest.mark.assumed
def test_faults_count_no_request_that_a_limit_or_an_earlier_check_refused(api: Start) -> None:
    it = play(api, "limits: [{on: create, allow: 2, per: 10s}]\nfaults: [{on: create, calls: 3, then: {status: 500}}]")
    you = it.login()
    statuses = [you.create().status for _ in range(3)]
    for asked, body in (("PUT /generations", b""), ("POST /nowhere", b""), ("POST /generations", HUGE)):
        statuses.append(asking(you.other(you.token), asked, body))
    statuses += [you.create().status for _ in range(2)]
    assert statuses == [201, 201, 429, 405, 404, 413, 500, 201]


@pytest.mark.assumed
def test_a_request_that_a_fault_answers_was_admitted_by_the_limits(api: Start) -> None:
    you = play(api, "limits: [{on: create, allow: 1, per: 10s}]\nfaults: [{on: create, then: {status: 500}}]").login()
    assert [you.create().status for _ in range(3)] == [500, 429, 500]


@pytest.mark.assumed
@pytest.mark.parametrize("then", ["delay: 10s", "drip: {bytes: 1, every: 10s}", "drop: hang", "drop: {truncate: 0.1}"])
def test_a_delayed_answer_does_not_delay_the_effect_of_its_request(api: Start, then: str) -> None:
    phase = "phase: after, " if "hang" in then else ""
    it = play(api, f"faults: [{{on: create, calls: 1, {phase}then: {{{then}}}}}]")
    you = it.login()
    body = json.dumps(ORDER)
    head = f"POST {BASE}/generations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {you.token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    host, port = it.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as slow:
        slow.sendall((head + body).encode())
        seen = 0
        while not seen:
            seen = you.read("/generations").json["total"]
        assert (seen, you.credits(), you.create().json["id"]) == (1, 95, 1843)


@pytest.mark.assumed
def test_a_request_with_an_expired_token_still_belongs_to_the_account(api: Start) -> None:
    you = play(api, "tokens: {ttl: 2s}\nlimits: [{on: me, allow: 2, per: 1h}]").login()
    id_ = you.order()
    assert [you.status(id_).status for _ in range(2)] == [200, 401]
    again = you.login()
    assert [each.read("/auth/me").status for each in (you, again, you)] == [401, 200, 429]
