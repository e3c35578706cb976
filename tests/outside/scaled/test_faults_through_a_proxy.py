"""Faults and refusals are the same behind a proxy as without one, except for two kinds of fault."""

import http.client

import pytest

from .conftest import Fleet
from .lives import Client

ANSWERED = {
    "status: 502, text: nginx-502": 502,
    "status: 429, retry_after: 7s": 429,
    "patch: {odd: 1}, drip: {bytes: 40, every: 1ms}": 200,
}
"""For each fault: the status of its answer."""

GONE = http.client.RemoteDisconnected
LOST: dict[str, dict[str, type[Exception]]] = {
    "drop: close": {"haproxy": GONE, "nginx": GONE},
    "drop: reset": {"haproxy": GONE, "nginx": GONE},
    "drop: garbage": {"haproxy": GONE, "nginx": http.client.BadStatusLine},
    "drop: {truncate: 0.5}": dict.fromkeys(("haproxy", "nginx"), http.client.IncompleteRead),
    "drop: hang": dict.fromkeys(("haproxy", "nginx"), TimeoutError),
}
"""For each fault without an answer: the client's error behind each proxy."""


def played(then: str, world: str, two: Fleet) -> dict[str, str]:
    """Make a world answer every `me` with a fault, and return the headers of a client that is logged in to it."""
    with Client(two.place, world) as client:
        client.login()
        client.play(f"faults: [{{on: me, then: {{{then}}}}}]")
        return client.headers


def seen(world: str, two: Fleet) -> list[str]:
    """Return the operations that a world has served since it began."""
    with Client(two.place, world) as client:
        return [exchange["operation"] for exchange in client.journal()]


@pytest.mark.parametrize(("then", "status"), ANSWERED.items())
def test_a_proxy_passes_on_the_answer_of_the_scenario(two: Fleet, then: str, status: int) -> None:
    world = f"/w/answered-{status}"
    headers = played(then, world, two)
    with Client(two.place, world) as client:
        client.headers = headers
        assert client.status("GET", "/api/v1/auth/me") == status
        told = client.told[-1]
        assert told.headers["x-mock-rule"] == "scenario.yaml:1"
        assert told.headers["date"] == "Sun, 07 Jun 2026 12:00:00 GMT"
        assert len(told.body) == int(client.view("journal")["exchanges"][0]["answer"]["headers"]["content-length"])
    assert seen(world, two) == ["me"]


@pytest.mark.parametrize("then", LOST)
def test_a_proxy_sends_a_request_once_when_its_answer_is_lost(two: Fleet, then: str) -> None:
    world = "/w/lost-" + "".join(filter(str.isalpha, then))
    headers = played(then, world, two)
    with Client(two.place, world, patience=0.3) as client:
        client.headers = headers
        with pytest.raises(LOST[then][two.kind]) as problem:
            client.ask("GET", "/api/v1/auth/me")
    assert problem.type is LOST[then][two.kind]
    assert seen(world, two) == ["me"]


@pytest.mark.parametrize("headers", [{"X-Long": "a" * 40_000}, {f"X-{number}": "a" for number in range(110)}])
def test_the_mock_refuses_large_headers_behind_a_proxy(two: Fleet, headers: dict[str, str]) -> None:
    with Client(two.place, "/w/bounds") as client:
        client.ask("GET", "/api/v1/auth/me", **headers)
        assert client.told[-1].status == 431


def test_the_mock_refuses_a_large_body_behind_a_proxy(two: Fleet) -> None:
    with Client(two.place, "/w/bounds") as client:
        client.login()
        assert client.status("POST", "/api/v1/generations", " " * 1_200_000) == 413
