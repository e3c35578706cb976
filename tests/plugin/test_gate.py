"""What passes the gate: how it is counted, and where it is led."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from mockserver.testing.gate import Gate

Scope = MutableMapping[str, Any]


class Behind:
    """An application that keeps what it was asked, and how many requests were under way by then."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.gate = Gate(self)

    async def __call__(self, scope: Scope, _receive: Any, _send: Any) -> None:
        self.asked.append((scope["path"], self.gate.in_flight))
        if scope["path"].endswith("/broken"):
            raise RuntimeError


@pytest.fixture
def behind() -> Behind:
    return Behind()


def ask(gate: Gate, path: str, scheme: str = "https", method: str = "GET") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(gate({"path": path, "scheme": scheme, "method": method}, None, send))
    return sent


def test_requests_of_the_api_are_counted_while_they_are_under_way(behind: Behind) -> None:
    ask(behind.gate, "/api/v1/auth/me")
    ask(behind.gate, "/w/a/__mock/clock")
    ask(behind.gate, "/__mock/clock")
    assert behind.asked == [("/api/v1/auth/me", 1), ("/w/a/__mock/clock", 0), ("/__mock/clock", 0)]
    with pytest.raises(RuntimeError):
        ask(behind.gate, "/broken")
    assert behind.gate.in_flight == 0


POLLS = (
    ("GET", "/api/v1/generations/1842/status", 1),
    ("GET", "/w/a/api/v1/generations/1842", 1),
    ("DELETE", "/api/v1/generations/1842", 0),
    ("GET", "/api/v1/generations", 0),
    ("POST", "/api/v1/generations", 0),
    ("GET", "/__mock/generations/1842", 0),
)


@pytest.mark.parametrize(("method", "path", "polls"), POLLS)
def test_who_looks_at_a_generation_polls(behind: Behind, method: str, path: str, polls: int) -> None:
    ask(behind.gate, path, method=method)
    assert behind.gate.polls == polls


LED = (
    ("https", "/api/v1/auth/me", "/w/here/api/v1/auth/me"),
    ("https", "/nowhere", "/w/here/nowhere"),
    ("https", "/w/there/media/1842/0.png", "/w/there/media/1842/0.png"),
    ("http", "/api/v1/auth/me", "/api/v1/auth/me"),
)


@pytest.mark.parametrize(("scheme", "path", "led"), LED)
def test_what_comes_by_tls_is_led_to_the_world_in_force(behind: Behind, scheme: str, path: str, led: str) -> None:
    with behind.gate.leading("outer"), behind.gate.leading("here"):
        ask(behind.gate, path, scheme)
    assert behind.asked == [(led, 1)]


def test_worlds_are_in_force_for_a_while(behind: Behind) -> None:
    with behind.gate.leading("outer"):
        with behind.gate.leading("inner"):
            pass
        ask(behind.gate, "/x")
    ask(behind.gate, "/x")
    assert behind.asked == [("/w/outer/x", 1), ("/x", 1)]


def test_an_objection_is_what_the_api_answers_while_there_is_one(behind: Behind) -> None:
    said = ["", "it is enough", "it is enough", ""]
    with behind.gate.objecting(lambda: said.pop(0)):
        assert ask(behind.gate, "/x") == []
        start, body = ask(behind.gate, "/x")
        assert (start["status"], body["body"]) == (500, b'{"detail": "it is enough"}')
        assert ask(behind.gate, "/__mock/clock") == []
        ask(behind.gate, "/x")
        ask(behind.gate, "/x")
    ask(behind.gate, "/x")
    assert [path for path, _ in behind.asked] == ["/x", "/__mock/clock", "/x", "/x"]
    assert behind.gate.in_flight == 0
