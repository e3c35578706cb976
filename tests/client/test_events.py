import socket
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from inspect import signature
from queue import Queue
from typing import Any

import pytest

from mockserver.client import Event, Events, Invalid, MockServer, Refused, Unavailable, Unreachable, World
from mockserver.client.connections import Lines
from mockserver.client.events import parsed
from mockserver.http.app import application
from mockserver.serve.server import ServerThread
from tests.support.client import Client

from .conftest import worlds
from .fake import HOLD, Fake, answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(text: str) -> bytes:
    return f"{len(text.encode()):x}\r\n{text}\r\n".encode()


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        ("", []),
        ("retry: 1000\n\n", []),
        (": a comment\n\n", []),
        ('id: 3\nevent: clock\ndata: {"moved": 2}\n\n', [Event(3, "clock", {"moved": 2})]),
        ('id:3\r\nevent:clock\r\ndata:{"moved": 2}\r\n\r\n', [Event(3, "clock", {"moved": 2})]),
        ('data: {"a": "ä: b"}\n\n', [Event(0, "message", {"a": "ä: b"})]),
        ("id: 3\nevent: a\ndata: {}\n\n\n: x\nevent: b\ndata: {}\n\n", [Event(3, "a", {}), Event(3, "b", {})]),
        ("id: 3\nevent: a\n\nevent: b\ndata: {}\n\n", [Event(3, "b", {})]),
        ("id: 3\ndata: {}\n\nid: x\ndata: {}\n\n", [Event(3, "message", {}), Event(3, "message", {})]),
        (f"id: {'9' * 5000}\ndata: {{}}\n\n", [Event(0, "message", {})]),
        ("id: 3\nevent: cut short\ndata: {}\n", []),
    ],
)
def test_a_stream_is_read_as_the_standard_says(stream: str, events: list[Event]) -> None:
    assert list(parsed(stream.encode().splitlines(keepends=True))) == events


def test_a_listener_gets_all_events_from_its_beginning_on(world: World, you: Client) -> None:
    you.read("/auth/me")
    with world.events() as events:
        id_ = you.order()
        world.clock.advance(until=(id_, "completed"))
        world.reset(seed=7)
        told: list[Event] = []
        while not told or told[-1].kind != "reset":
            told.append(next(events))
    assert {event.kind for event in told} == {"exchange", "clock", "generation", "reset"}
    [order] = [event.data for event in told if event.kind == "exchange"]
    assert (order["operation"], order["status"], order["generation"]) == ("create", 201, id_)
    assert [event.data["status"] for event in told if event.kind == "generation"][-2:] == ["processing", "completed"]
    assert told[-1].data["seed"] == 7
    ids = [event.id for event in told]
    assert ids == sorted(set(ids))


def test_each_world_sends_only_its_own_events(server: MockServer) -> None:
    one, other = server.world("one"), server.world("other")
    with one.events() as events:
        other.token()
        one.token()
        assert next(events).data["number"] == 1
        one.clock.advance(1)
        assert next(events).kind == "clock"


def test_another_thread_can_close_the_events(world: World) -> None:
    events = world.events(timeout=5)
    begun = threading.Event()

    def listen() -> list[str]:
        begun.set()
        return [event.kind for event in events]

    with ThreadPoolExecutor(1) as pool:
        listening = pool.submit(listen)
        assert begun.wait(30)
        events.close()
        assert listening.result(30) == []


def test_closing_the_events_while_they_are_read_is_no_error(world: World) -> None:
    with world.events() as events:
        world.token()
        assert next(events).kind == "exchange"
    assert list(events) == []


def test_one_listener_too_many_is_refused(world: World) -> None:
    with ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(world.events())
        with pytest.raises(Unavailable, match="16"):
            world.events()


def test_a_server_that_stops_ends_the_events_with_a_sentence() -> None:
    told: Queue[Event] = Queue()

    def listen(world: World) -> None:
        for event in world.events():
            told.put(event)

    with ThreadPoolExecutor(1) as pool:
        with ServerThread(application(worlds())) as running, MockServer(running.url) as server:
            world = server.world()
            listening = pool.submit(listen, world)
            while told.empty() and not listening.done():
                world.clock.advance(1)
        with pytest.raises(Unreachable, match="the events ended: the server stopped, the world was discarded, or this"):
            listening.result(30)


def test_events_are_read_from_lines_that_are_cut_anywhere() -> None:
    # The text is cut in odd places: within the line of a chunk, and within a letter.
    said = HEAD + chunk(": hello\n\nid: 1\nevent: clock\nda") + chunk('ta: {"now": "ä"}\n\n')
    with Fake([said + b""]) as fake, MockServer(fake.url) as server:
        events = server.world("gw3").events(timeout=5)
        assert next(events) == Event(1, "clock", {"now": "ä"})
        with pytest.raises(Unreachable, match="the events ended"):
            next(events)
    assert fake.requests == ["GET /w/gw3/__mock/events"]


def test_too_long_a_silence_is_a_timeout_error() -> None:
    said = HEAD + chunk("id: 1\nevent: clock\ndata: {}\n\n")
    with Fake([said, HOLD]) as fake, MockServer(fake.url, timeout=60) as server:
        events = server.world().events(timeout=0.05)
        assert next(events).id == 1
        with pytest.raises(TimeoutError, match=r"^no event came for 0\.05 s; `timeout` says how long to wait for one$"):
            next(events)
        assert list(events) == []
    fake.wait_until_closed()


class Watch:
    """A clock whose time grows by one second with each reading."""

    def __init__(self) -> None:
        self.looks = 0

    def now(self) -> float:
        self.looks += 1
        return self.looks


def heard(said: bytes, silence: float | None) -> Events:
    """Return the events of a stream whose server has sent these bytes and keeps the connection open."""
    ours, theirs = socket.socketpair()
    theirs.sendall(HEAD + said)
    connection = HTTPConnection("unused")
    connection.sock = ours
    response = HTTPResponse(ours)
    response.begin()
    events = Events(Lines(connection, response, silence, Watch().now))
    weakref.finalize(events, theirs.close)
    return events


def test_a_sign_of_life_does_not_count_as_an_event() -> None:
    with (
        heard(chunk(":\n\n") * 50, silence=9.5) as events,
        pytest.raises(TimeoutError, match=r"no event came for 9\.5 s"),
    ):
        next(events)


def test_the_timeout_counts_from_the_request_for_the_next_event() -> None:
    said = b"".join(chunk(f":\n\nid: {number}\nevent: clock\ndata: {{}}\n\n") for number in range(9))
    with heard(said, silence=9.5) as events:
        assert [next(events).id for _ in range(9)] == [*range(9)]


def test_a_timeout_of_none_waits_without_a_bound() -> None:
    said = chunk(":\n\n") * 50 + chunk("id: 1\nevent: clock\ndata: {}\n\n")
    with heard(said, silence=None) as events:
        assert next(events).id == 1


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "5"])
def test_a_timeout_that_is_not_a_positive_number_is_refused(world: World, timeout: Any) -> None:
    with pytest.raises(Invalid, match=r"^timeout: expected a number of seconds above 0 and up to 1000000, found "):
        world.events(timeout)


def test_the_default_timeout_of_events_is_30_seconds() -> None:
    assert signature(World.events).parameters["timeout"].default == 30


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (answer({"detail": "no token"}, 401), Refused),
        (answer(b"<html>", 200, "text/html"), Unreachable),
        (b"", Unreachable),
    ],
)
def test_a_refused_listener_gets_its_error_at_once(said: bytes, kind: type[Exception]) -> None:
    with Fake([said]) as fake, MockServer(fake.url) as server, pytest.raises(kind):
        server.world().events()
