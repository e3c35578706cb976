"""Requests that pass the middleware: how they are counted, and where they are routed."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from mockserver.testing.middleware import Middleware

Scope = MutableMapping[str, Any]


class Behind:
    """An application that keeps the path of each request, and the number of requests in flight at that moment."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.middleware = Middleware(self)

    async def __call__(self, scope: Scope, _receive: Any, _send: Any) -> None:
        self.asked.append((scope["path"], self.middleware.in_flight))
        if scope["path"].endswith("/broken"):
            raise RuntimeError


@pytest.fixture
def behind() -> Behind:
    return Behind()


def ask(middleware: Middleware, path: str, scheme: str = "https", method: str = "GET") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(middleware({"path": path, "scheme": scheme, "method": method}, None, send))
    return sent


def test_the_requests_in_flight_are_counted(behind: Behind) -> None:
    ask(behind.middleware, "/api/v1/auth/me")
    ask(behind.middleware, "/w/a/__mock/clock")
    ask(behind.middleware, "/__mock/clock")
    assert behind.asked == [("/api/v1/auth/me", 1), ("/w/a/__mock/clock", 0), ("/__mock/clock", 0)]
    with pytest.raises(RuntimeError):
        ask(behind.middleware, "/broken")
    assert behind.middleware.in_flight == 0


POLLS = (
    ("GET", "/api/v1/generations/1842/status", 1),
    ("GET", "/w/a/api/v1/generations/1842", 1),
    ("DELETE", "/api/v1/generations/1842", 0),
    ("GET", "/api/v1/generations", 0),
    ("POST", "/api/v1/generations", 0),
    ("GET", "/__mock/generations/1842", 0),
)


@pytest.mark.parametrize(("method", "path", "polls"), POLLS)
def test_a_request_that_reads_a_generation_is_a_poll(behind: Behind, method: str, path: str, polls: int) -> None:
    ask(behind.middleware, path, method=method)
    assert behind.middleware.polls == polls


LED = (
    ("https", "/api/v1/auth/me", "/w/here/api/v1/auth/me"),
    ("https", "/nowhere", "/w/here/nowhere"),
    ("https", "/w/there/media/1842/0.png", "/w/there/media/1842/0.png"),
    ("http", "/api/v1/auth/me", "/api/v1/auth/me"),
)


@pytest.mark.parametrize(("scheme", "path", "led"), LED)
def test_a_request_over_tls_is_routed_to_the_world_in_force(behind: Behind, scheme: str, path: str, led: str) -> None:
    with behind.middleware.leading("outer"), behind.middleware.leading("here"):
        ask(behind.middleware, path, scheme)
    assert behind.asked == [(led, 1)]


def test_worlds_are_in_force_for_a_while(behind: Behind) -> None:
    with behind.middleware.leading("outer"):
        with behind.middleware.leading("inner"):
            pass
        ask(behind.middleware, "/x")
    ask(behind.middleware, "/x")
    assert behind.asked == [("/w/outer/x", 1), ("/x", 1)]


def test_the_api_answers_with_the_reason_while_there_is_one(behind: Behind) -> None:
    said = ["", "it is enough", "it is enough", ""]
    with behind.middleware.refusing(lambda: said.pop(0)):
        assert ask(behind.middleware, "/x") == []
        start, body = ask(behind.middleware, "/x")
        assert (start["status"], body["body"]) == (500, b'{"detail": "it is enough"}')
        assert ask(behind.middleware, "/__mock/clock") == []
        ask(behind.middleware, "/x")
        ask(behind.middleware, "/x")
    ask(behind.middleware, "/x")
    assert [path for path, _ in behind.asked] == ["/x", "/__mock/clock", "/x", "/x"]
    assert behind.middleware.in_flight == 0
