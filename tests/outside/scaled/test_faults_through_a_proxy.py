"""What a scenario does to a client, or the mock refuses, is the same behind a proxy, but for two kinds of fault."""

import http.client

import pytest

from .conftest import Fleet
from .lives import Client

ANSWERED = {
    "status: 502, text: nginx-502": 502,
    "status: 429, retry_after: 7s": 429,
    "patch: {odd: 1}, drip: {bytes: 40, every: 1ms}": 200,
}
"""What a fault is answered with."""

GONE = http.client.RemoteDisconnected
LOST: dict[str, dict[str, type[Exception]]] = {
    "drop: close": {"haproxy": GONE, "nginx": GONE},
    "drop: reset": {"haproxy": GONE, "nginx": GONE},
    "drop: garbage": {"haproxy": GONE, "nginx": http.client.BadStatusLine},
    "drop: {truncate: 0.5}": dict.fromkeys(("haproxy", "nginx"), http.client.IncompleteRead),
    "drop: hang": dict.fromkeys(("haproxy", "nginx"), TimeoutError),
}
"""What a client makes of a fault that is no answer, by what it came through."""


def played(then: str, world: str, two: Fleet) -> dict[str, str]:
    """Let a world answer every `me` with a fault, and return the headers of who has logged in there."""
    with Client(two.place, world) as client:
        client.login()
        client.play(f"faults: [{{on: me, then: {{{then}}}}}]")
        return client.headers


def seen(world: str, two: Fleet) -> list[str]:
    """Return which operations a world was asked for since it began."""
    with Client(two.place, world) as client:
        return [exchange["operation"] for exchange in client.journal()]


@pytest.mark.parametrize(("then", "status"), ANSWERED.items())
def test_an_answer_is_what_the_scenario_says(two: Fleet, then: str, status: int) -> None:
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
def test_a_lost_answer_is_asked_for_once(two: Fleet, then: str) -> None:
    world = "/w/lost-" + "".join(filter(str.isalpha, then))
    headers = played(then, world, two)
    with Client(two.place, world, patience=0.3) as client:
        client.headers = headers
        with pytest.raises(LOST[then][two.kind]) as problem:
            client.ask("GET", "/api/v1/auth/me")
    assert problem.type is LOST[then][two.kind]
    assert seen(world, two) == ["me"]


@pytest.mark.parametrize("headers", [{"X-Long": "a" * 40_000}, {f"X-{number}": "a" for number in range(110)}])
def test_the_bounds_of_a_request_are_those_of_the_mock(two: Fleet, headers: dict[str, str]) -> None:
    with Client(two.place, "/w/bounds") as client:
        client.ask("GET", "/api/v1/auth/me", **headers)
        assert client.told[-1].status == 431


def test_a_large_body_is_refused_by_the_mock(two: Fleet) -> None:
    with Client(two.place, "/w/bounds") as client:
        client.login()
        assert client.status("POST", "/api/v1/generations", " " * 1_200_000) == 413
