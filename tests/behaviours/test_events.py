"""The events of a world: the server sends them at once and in order, to a page and to a person with curl."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any, Protocol

import pytest

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.faults import Drop, Fault, Then
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.listen import listen
from mockserver.serve.server import ServerThread
from mockserver.world.bounds import MOST_LISTENERS
from mockserver.world.events import REMEMBERED
from mockserver.world.worlds import Worlds
from tests.support.client import Answer, Client
from tests.support.customer import BASE, ORDER
from tests.support.emulator import served

from .listener import Stream, Told
from .played import Start

NOON = "2026-06-07T12:00:00Z"


class Listen(Protocol):
    def __call__(self, client: Client, world: str = ..., **options: Any) -> Stream: ...


@pytest.fixture
def listening() -> Iterator[Listen]:
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(closing(Stream(*args, **options)))


def steer(client: Client, method: str, path: str, body: object) -> Answer:
    """Send a request to the control plane, which must succeed."""
    answer = client.other(base="").ask(method, path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    assert answer.status < 300, answer
    return answer


def make(client: Client, *worlds: str) -> None:
    """Make worlds: a stream is a read, and makes none."""
    for world in worlds:
        steer(client, "POST", f"/w/{world}/__mock/reset", {})


def exchange(number: int, operation: str | None, status: int | None = 200, **known: Any) -> Told:
    view = {"number": number, "at": NOON, "operation": operation, "status": status}
    return "exchange", view | {"account": None, "generation": None, "rules": []} | known


def status(word: str, at: str = NOON, generation: int = 1842) -> Told:
    return "generation", {"at": at, "generation": generation, "what": "status", "status": word}


def clock(now: str, moved: float, mode: str = "poll") -> Told:
    return "clock", {"now": now, "mode": mode, "moved": moved}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_answer_is_a_stream_of_events_that_no_proxy_may_store(api: Start, method: str) -> None:
    connection = http.client.HTTPConnection(api().url.removeprefix("http://"), timeout=30)
    with closing(connection):
        connection.request(method, "/__mock/events")
        with closing(connection.getresponse()) as answer:
            assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-accel-buffering"] == "no"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert (answer.read() if method == "HEAD" else answer.readline()) in (b"", b"retry: 1000\n")


def test_a_listener_sees_a_client_from_its_login_to_its_picture(api: Start, listening: Listen) -> None:
    client = api()
    stream = listening(client)
    you = client.login()
    id_ = you.order()
    assert [word for word, _ in you.polls(id_)][-1] == "completed"
    mine: dict[str, Any] = {"account": "you@example.com"}
    asked = mine | {"generation": id_}
    assert stream.next(13) == [
        exchange(1, "login", **mine),
        exchange(2, "create", 201, **asked),
        status("pending"),
        exchange(3, "status", **asked),
        exchange(4, "status", at="2026-06-07T12:00:02Z", **asked),
        clock("2026-06-07T12:00:02Z", 2),
        status("processing", "2026-06-07T12:00:02Z"),
        exchange(5, "status", at="2026-06-07T12:00:04Z", **asked),
        clock("2026-06-07T12:00:04Z", 2),
        exchange(6, "status", at="2026-06-07T12:00:06Z", **asked),
        clock("2026-06-07T12:00:06Z", 2),
        exchange(7, "status", at="2026-06-07T12:00:08Z", **asked),
        clock("2026-06-07T12:00:08Z", 2),
    ]
    assert stream.told() == status("completed", "2026-06-07T12:00:08Z")
    assert stream.id == 14


def test_changes_by_the_control_plane_are_events_too(you: Client, listening: Listen) -> None:
    stream = listening(you)
    you.order()
    you.order()
    steer(you, "PATCH", "/__mock/clock", {"mode": "manual"})
    steer(you, "POST", "/__mock/clock/advance", {"by": "2500ms"})
    steer(you, "POST", "/__mock/clock/advance", {"until": {"generation": 1842, "status": "processing"}})
    steer(you, "POST", "/__mock/generations/1843/finish", {"status": "failed"})
    steer(you, "POST", "/__mock/accounts/you@example.com/credits", {"amount": 5})
    steer(you, "POST", "/__mock/clock/advance", {"until": "next"})
    assert stream.next(4)[1::2] == [status("pending"), status("pending", generation=1843)]
    assert stream.next(7) == [
        clock(NOON, 0, "manual"),
        clock("2026-06-07T12:00:02.500000Z", 2.5, "manual"),
        status("processing", "2026-06-07T12:00:02Z"),
        status("processing", "2026-06-07T12:00:02Z", 1843),
        status("failed", "2026-06-07T12:00:02.500000Z", 1843),
        clock("2026-06-07T12:00:08Z", 5.5, "manual"),
        status("completed", "2026-06-07T12:00:08Z"),
    ]


def test_refused_calls_and_reads_are_no_events(you: Client, listening: Listen) -> None:
    stream, control = listening(you), you.other(base="")
    assert control.send("/__mock/clock/advance", {"by": "-1s"}).status == 400
    assert control.send("/__mock/clock/advance", {"until": "next"}).status == 400
    assert control.send("/__mock/reset", {"seed": -1}).status == 400
    assert control.send("/__mock/generations/1842/finish", {"status": "failed"}).status == 404
    assert control.read("/__mock/clock").status == 200
    assert control.send("/__mock/clock/advance", {"by": 0}).json["moved"] == 0
    steer(you, "POST", "/__mock/reset", {})
    assert stream.told() == ("reset", {"world": "default", "scenario": "scenario", "seed": 1842, "restarts": 1})


def test_a_missing_operation_and_a_missing_answer_are_null(api: Start, listening: Listen) -> None:
    fault = Fault(on=(Operation.MODELS,), then=Then(drop=Drop.CLOSE), place="rough.yaml:3")
    client = api(Scenario(faults=(fault,)))
    stream = listening(client)
    assert client.read("/nowhere").status == 404
    with pytest.raises(http.client.RemoteDisconnected):
        client.read("/generations/models")
    lost = exchange(2, "models", None, rules=[{"name": "faults.1", "place": "rough.yaml:3"}])
    assert stream.next(2) == [exchange(1, None, 404), lost]


# Starting over


def test_listeners_stay_when_the_world_starts_over(you: Client, listening: Listen) -> None:
    stream = listening(you)
    you.order()
    steer(you, "PUT", "/__mock/scenario", {"scenario": "clock: {mode: poll}", "seed": 7})
    you.login().order()
    assert stream.next(3)[2] == ("reset", {"world": "default", "scenario": "scenario", "seed": 7, "restarts": 1})
    assert stream.next(3)[::2] == [exchange(1, "login", account="you@example.com"), status("pending")]
    assert stream.id == 6


def test_listeners_of_the_new_world_get_no_event_of_a_request_in_flight(you: Client, listening: Listen) -> None:
    stream = listening(you)
    host, port = you.url.removeprefix("http://").split(":")
    body = json.dumps(ORDER).encode()
    head = f"POST {BASE}/generations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {you.token}\r\n"
    about = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    with closing(socket.create_connection((host, int(port)), timeout=30)) as slow:
        slow.sendall((head + about).encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 100 ")
        steer(you, "POST", "/__mock/reset", {})
        slow.sendall(body)
        assert slow.recv(100).startswith(b"HTTP/1.1 201 ")
    assert you.read("/generations").json["total"] == 0
    reset = ("reset", {"world": "default", "scenario": "scenario", "seed": 1842, "restarts": 1})
    assert stream.next(2) == [reset, exchange(1, "history", account="you@example.com")]


# Listeners


def test_all_listeners_of_a_world_get_the_same_events_and_none_of_other_worlds(you: Client, listening: Listen) -> None:
    make(you, "other")
    one, elsewhere = listening(you), listening(you, "/w/other")
    you.order()
    other = listening(you, "/w/default")
    you.order()
    steer(you, "POST", "/w/other/__mock/reset", {})
    assert one.next(4)[2:] == other.next(2)
    assert (one.id, other.opening["id"], other.id) == (4, "2", 4)
    assert elsewhere.told() == ("reset", {"world": "other", "scenario": "scenario", "seed": 1842, "restarts": 1})


def test_a_server_has_a_bounded_number_of_listeners_in_all_its_worlds(you: Client, listening: Listen) -> None:
    make(you, *"012")
    streams = [listening(you, f"/w/{i % 3}") for i in range(MOST_LISTENERS)]
    refused = listening(you).answer
    assert (refused.status, refused.headers["content-type"]) == (503, "application/json")
    assert json.loads(refused.read())["detail"].startswith(f"{MOST_LISTENERS} listen to this server's events already")
    streams[3].close()
    accepted = next(stream for stream in (listening(you) for _ in range(1000)) if stream.answer.status == 200)
    you.order()
    assert accepted.next(2)[1] == status("pending")


def test_a_listener_that_sends_another_request_and_leaves_frees_its_place(you: Client, listening: Listen) -> None:
    host, port = you.url.removeprefix("http://").split(":")
    asked = b"GET /__mock/events HTTP/1.1\r\nHost: x\r\n\r\nGET /__mock/health HTTP/1.1\r\nHost: x\r\n\r\n"
    for _ in range(3):
        with ExitStack() as many:
            for _ in range(MOST_LISTENERS - 1):
                impatient = many.enter_context(closing(socket.create_connection((host, int(port)), timeout=30)))
                impatient.sendall(asked)
                assert impatient.recv(1000)
    accepted = next(stream for stream in (listening(you) for _ in range(1000)) if stream.answer.status == 200)
    accepted.close()


def test_a_listener_that_does_not_read_is_dropped_and_the_api_does_not_wait(listening: Listen) -> None:
    listener = listen("127.0.0.1", 0)
    # The kernel's buffer for a client that does not read; the sockets of connections inherit its size.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    app = application(Worlds(FixedSource(LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.POLL))))))
    with ServerThread(app, listener) as server, Client(server.url) as client:
        quick, slow = listening(client), listening(client, receives=4096)
        for number in range(1, 2 * REMEMBERED + 1):
            assert client.read("/auth/me").status == 401
            assert quick.told() == exchange(number, "me", 401)
        *taken, last = slow.rest()
        assert taken == [exchange(number, "me", 401) for number in range(1, slow.id + 1)]
        assert last == ("dropped", {"since": slow.id})
        assert slow.id < REMEMBERED
        client.read("/auth/me")
        assert quick.told() == exchange(2 * REMEMBERED + 1, "me", 401)


def test_a_stop_ends_every_stream_at_once(caplog: pytest.LogCaptureFixture, listening: Listen) -> None:
    with served(Scenario()) as server, Client(server.url) as client:
        make(client, *map(str, range(MOST_LISTENERS)))
        streams = [listening(client, f"/w/{i}") for i in range(MOST_LISTENERS)]
    for stream in streams:
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            stream.answer.read()
    assert caplog.records == []


def test_the_end_of_a_generation_is_announced_on_a_real_clock_without_a_poll(api: Start, listening: Listen) -> None:
    client = api(Scenario(clock=ClockSettings(mode=Mode.REAL, rate=1_000_000)))
    stream = listening(client)
    id_ = client.login().order()
    told = [event for event in stream.next(5) if event and event[0] == "generation"]
    assert [(event["generation"], event["status"]) for _, event in told] == [
        (id_, "pending"),
        (id_, "processing"),
        (id_, "completed"),
    ]


# Coming back


@pytest.mark.parametrize("way", ["header", "query", "both"])
def test_a_listener_that_comes_back_continues_after_its_last_event(you: Client, listening: Listen, way: str) -> None:
    with closing(Stream(you)) as before:
        you.order()
        assert before.told() is not None
        known = str(before.id)
    steer(you, "POST", "/__mock/reset", {})
    query = {"header": "", "query": f"?since={known}", "both": "?since=0"}[way]
    back = listening(you, since=query, last_event_id=None if way == "query" else known)
    assert back.opening == {"retry": "1000", "id": known}
    assert back.next(2) == [
        status("pending"),
        ("reset", {"world": "default", "scenario": "scenario", "seed": 1842, "restarts": 1}),
    ]


def test_a_listener_that_comes_back_after_its_events_are_forgotten_gets_a_note(you: Client, listening: Listen) -> None:
    stream = listening(you, last_event_id="12")
    assert (stream.opening["id"], stream.told()) == ("0", ("missed", {"since": 12, "next": 1}))
    you.order()
    assert stream.next(2)[1] == status("pending")


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "", "٣", "9" * 30])
def test_a_bad_event_id_is_refused(you: Client, listening: Listen, since: str) -> None:
    control = you.other(base="")
    answers = [
        control.read(f"/__mock/events?since={since.encode().hex() if since == '٣' else since}"),
        control.ask("GET", "/__mock/events", headers={"Last-Event-ID": since.encode()}),
    ]
    assert [answer.status for answer in answers] == [400, 400]
    assert "since: expected a whole number" in answers[0].detail
    assert "Last-Event-ID: expected the id of an event" in answers[1].detail


def test_the_streams_of_a_discarded_world_end_and_do_not_make_it_again(you: Client, listening: Listen) -> None:
    make(you, "gw3")
    stream = listening(you, "/w/gw3")
    control = you.other(base="")
    assert control.ask("DELETE", "/__mock/worlds/gw3").status == 200
    assert stream.rest() == []
    back = control.ask("GET", "/w/gw3/__mock/events", headers={"Last-Event-ID": stream.opening["id"]})
    assert (back.status, back.detail) == (
        404,
        "there is no world gw3 whose events could go on; ask without an id to begin anew",
    )
    assert [world["name"] for world in control.read("/__mock/worlds").json["worlds"]] == ["default"]
