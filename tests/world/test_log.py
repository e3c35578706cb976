"""The log of a server on standard error: as lines for people, and as one JSON object a line."""

import http.client
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.faults import Drop, Fault, Then
from mockserver.core.generation import Life
from mockserver.core.operation import Operation
from mockserver.core.scenario import REFERENCE_START, Scenario
from mockserver.core.timeline import Step
from mockserver.http.app import Settings, application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.clock import RealTime
from mockserver.world.log import (
    Exchanged,
    Failed,
    LeftOut,
    LogEntry,
    Noted,
    RefusedHost,
    Warned,
    as_json,
    as_text,
    forwarded_loggers,
)
from mockserver.world.worlds import DEFAULT, Worlds
from tests.support.customer import LOGIN, ORDER

NOON = RealTime(elapsed=lambda: 0, today=lambda: REFERENCE_START)

POLL = Exchanged(
    at="2026-06-07T12:00:00Z",
    world="gw3",
    number=4,
    operation=Operation.STATUS,
    method="GET",
    target="/w/gw3/api/v1/generations/1842/status",
    status=200,
    hint=None,
    generation=1842,
)
LOST = replace(POLL, operation=None, target="/no%20where?a=b", status=404)
TURNED_AWAY = Exchanged(world="gw3", operation=Operation.ME, method="GET", target="/x", status=503, hint="it is full")


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (POLL, "2026-06-07T12:00:00Z gw3 status 200"),
        (replace(POLL, status=None), "2026-06-07T12:00:00Z gw3 status unanswered"),
        (replace(POLL, status=502, rule="x.yaml:2"), "2026-06-07T12:00:00Z gw3 status 502 x.yaml:2"),
        (replace(POLL, hint="kept for the journal"), "2026-06-07T12:00:00Z gw3 status 200"),
        (LOST, "2026-06-07T12:00:00Z gw3 GET '/no where' 404"),
        (TURNED_AWAY, "gw3 me 503 it is full"),
        (replace(TURNED_AWAY, world=None, operation=None), "GET '/x' 503 it is full"),
        (Noted("read again"), "read again"),
        (Warned("it never fired"), "warning: it never fired"),
        (Failed("it broke"), "it broke"),
        (Failed("it broke", "Traceback:\n  there"), "it broke\n  Traceback:\n    there"),
        (RefusedHost("index.example", 443), "refused index.example:443"),
        (LeftOut(1, "was not read"), "1 line of the log was left out, as standard error was not read"),
        (LeftOut(2, "was not read"), "2 lines of the log were left out, as standard error was not read"),
    ],
)
def test_people_read_a_line(told: LogEntry, line: str) -> None:
    assert as_text(told) == line


def written(told: LogEntry) -> str:
    line = as_json(NOON)(told)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (
            POLL,
            {
                "level": "info",
                "event": "exchange",
                "at": "2026-06-07T12:00:00Z",
                "world": "gw3",
                "number": 4,
                "operation": "status",
                "method": "GET",
                "target": "/w/gw3/api/v1/generations/1842/status",
                "status": 200,
                "rule": None,
                "hint": None,
                "generation": 1842,
            },
        ),
        (
            TURNED_AWAY,
            {
                "level": "warning",
                "event": "exchange",
                "at": None,
                "world": "gw3",
                "number": None,
                "operation": "me",
                "method": "GET",
                "target": "/x",
                "status": 503,
                "rule": None,
                "hint": "it is full",
                "generation": None,
            },
        ),
        (Noted("read again"), {"level": "info", "event": "note", "message": "read again"}),
        (Warned("it never fired"), {"level": "warning", "event": "warning", "message": "it never fired"}),
        (Failed("it broke"), {"level": "error", "event": "error", "message": "it broke", "traceback": None}),
        (RefusedHost("::1", 443), {"level": "warning", "event": "refused", "host": "::1", "port": 443}),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, LogEntry) else "",
)
def test_collectors_read_an_object(told: LogEntry, fields: dict[str, object]) -> None:
    read = json.loads(written(told))
    assert read == {"time": "2026-06-07T12:00:00Z", **fields}
    assert list(read) == ["time", *fields]


@given(st.text(alphabet=st.characters()) | st.just("a file name that is no text: \udc80"))
def test_any_message_makes_an_object_of_one_ascii_line(message: str) -> None:
    line = written(Warned(message))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == message


@pytest.mark.parametrize("told", [Noted, Warned, Failed])
@given(message=st.text())
def test_any_message_makes_one_printable_line_for_people(told: type[Noted | Warned | Failed], message: str) -> None:
    assert as_text(told(message)).isprintable()


def test_a_line_in_a_traceback_never_looks_like_a_new_entry() -> None:
    lines = as_text(Failed("it broke", "Traceback:\nValueError: x\n2026-06-07 gw3 me 200\x1b[2J")).split("\n")
    assert lines == ["it broke", "  Traceback:", "  ValueError: x", r"  2026-06-07 gw3 me 200\x1b[2J"]


# Exchanges

KEY = "s3cr3t"
SCENARIO = Scenario(
    clock=ClockSettings(mode=Mode.MANUAL),
    generations=(Life(then=(Step(status="completed"),)),),
    faults=(
        Fault(on=(Operation.MODELS,), then=Then(status=500), place="x.yaml:5"),
        Fault(on=(Operation.HISTORY,), then=Then(drop=Drop.CLOSE), place="x.yaml:6"),
    ),
)


class Logged:
    """A client of a server, and the log entries about its exchanges."""

    def __init__(self) -> None:
        self.told: list[LogEntry] = []
        self.worlds = Worlds(FixedSource(LoadedScenario(SCENARIO)), real=NOON)
        self.client = TestClient(application(self.worlds, Settings(log=self.told.append)))

    @property
    def last(self) -> Exchanged:
        told = self.told[-1]
        assert isinstance(told, Exchanged)
        return told


@pytest.fixture
def logged() -> Logged:
    return Logged()


def ordered(logged: Logged) -> str:
    """Log in and order; return the link of the result."""
    logged.client.post("/api/v1/auth/login", data=LOGIN)
    token = logged.client.post("/api/v1/auth/login", data=LOGIN).json()["access_token"]
    logged.client.headers["Authorization"] = f"Bearer {token}"
    logged.client.post("/api/v1/generations", json=ORDER)
    return str(logged.client.get("/api/v1/generations/1842").json()["outputs"][0])


def test_the_log_has_an_exchange_as_the_journal_has_it(logged: Logged) -> None:
    ordered(logged)
    logged.client.get("/api/v1/generations/models")
    logged.client.get("/api/v1/generations")
    logged.client.get(f"/nowhere?token={KEY}")
    journal = logged.worlds.find(DEFAULT).journal
    assert len(logged.told) == 7
    for told, kept in zip(logged.told, journal.exchanges(), strict=True):
        assert isinstance(told, Exchanged)
        assert (told.number, told.operation, told.method) == (kept.number, kept.operation, kept.method)
        assert (told.status, told.generation) == (kept.status or None, kept.generation)
        assert (told.target.encode(), told.rule or "") == (kept.target, "".join(rule.place for rule in kept.rules))
        assert (told.at, told.world) == ("2026-06-07T12:00:00Z", DEFAULT)


@pytest.mark.parametrize("signed", [True, False])
def test_the_log_has_a_link_without_its_signature(logged: Logged, signed: bool) -> None:
    link = ordered(logged)
    secret = link.partition("signature=")[2]
    assert secret
    logged.client.get(link if signed else f"/w/nowhere/at/all?signature={secret}")
    assert logged.last.target.endswith("?signature=[redacted]")
    assert secret not in "".join(map(written, logged.told))


def test_the_log_has_no_password_and_no_token(logged: Logged) -> None:
    ordered(logged)
    told = "".join(map(written, logged.told))
    assert "YOUR_PASSWORD" not in told
    assert str(logged.client.headers["Authorization"]).split()[1] not in told


def test_the_log_has_a_request_in_no_world_without_its_secrets(logged: Logged) -> None:
    full = Worlds(FixedSource(LoadedScenario(SCENARIO)), replace(logged.worlds.bounds, worlds=1), real=NOON)
    TestClient(application(full, Settings(log=logged.told.append))).get(f"/w/gw1/media/1842/0.png?signature={KEY}")
    assert (logged.last.world, logged.last.number, logged.last.status) == ("gw1", None, 503)
    assert logged.last.target == "/w/gw1/media/1842/0.png?signature=[redacted]"
    assert str(logged.last).startswith("gw1 media 503 there are 1 worlds already")


# The program's own mistakes


NAME = "mockserver.world.log.tested.child"


class Heard(logging.Handler):
    """Keeps its messages."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture
def parent() -> Iterator[Heard]:
    """Collect the messages of the logger, which has no other handler meanwhile."""
    heard, logger = Heard(), logging.getLogger(NAME.rpartition(".")[0])
    logger.addHandler(heard)
    logger.propagate = False
    yield heard
    logger.removeHandler(heard)
    logger.propagate = True


def test_only_the_log_gets_the_messages_of_a_logger_and_only_for_that_time(parent: Heard) -> None:
    logger, told = logging.getLogger(NAME), list[LogEntry]()
    with forwarded_loggers(told.append, NAME):
        logger.warning("slow by %d ms", 7)
        logger.error("broken")
    logger.error("afterwards")
    assert told == [Warned("slow by 7 ms"), Failed("broken")]
    assert parent.messages == ["afterwards"]
    assert (logger.handlers, logger.propagate) == ([], True)


def test_without_names_the_log_gets_records_that_no_other_handler_takes() -> None:
    told = list[LogEntry]()
    with forwarded_loggers(told.append):
        logging.getLogger("some.library").error("broken")
    logging.getLogger("some.library").error("afterwards")
    assert told == [Failed("broken")]


def test_forwarding_ends_after_an_error_too(parent: Heard) -> None:
    with pytest.raises(KeyError), forwarded_loggers(lambda _: None, NAME):
        raise KeyError
    logging.getLogger(NAME).error("afterwards")
    assert parent.messages == ["afterwards"]


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError(scope["path"])


def test_an_exception_from_the_application_is_logged_with_its_traceback() -> None:
    told: list[LogEntry] = []
    with forwarded_loggers(told.append, "mockserver.serve.connections"), ServerThread(broken) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
        connection.request("GET", "/here")
        assert connection.getresponse().status == 500
        connection.close()
    [failed] = told
    assert isinstance(failed, Failed)
    assert str(failed.traceback).endswith("\nZeroDivisionError: /here")
    assert "test_log.py" in str(failed.traceback)
