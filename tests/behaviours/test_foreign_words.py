"""People read only printable lines, for any words of clients and authors: the log, hints, errors, the control plane."""

import asyncio
import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from starlette.types import ASGIApp, Message

from mockserver.core.document import Problem
from mockserver.core.faults import Fault, Then
from mockserver.core.generation import Life
from mockserver.core.limits import Limit
from mockserver.core.operation import Operation
from mockserver.http.app import Settings, application
from mockserver.http.tunnel import Tunnels
from mockserver.http.wire import CONNECTION
from mockserver.language.rule_checks import of_fault, of_life, of_limit
from mockserver.world.log import LogEntry, RefusedHost, as_json, as_text
from mockserver.world.refused_hosts import RefusedHosts
from mockserver.world.worlds import Worlds
from tests.support.customer import BASE, EMAIL, FORM, JSON, ORDER, PASSWORD
from tests.support.emulator import worlds_of
from tests.support.foreign import FOREIGN, HOSTILE


class Answer(Struct):
    """The answer: the status, the headers by name, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def sentences(self) -> list[str]:
        """Every text in the answer that a person reads: its error, its problems and its hint."""
        view = json.loads(self.body) if self.body[:1] == b"{" else {}
        texts = [str(view.get("detail", "")), self.headers.get("x-mock-hint", ""), self.headers.get("x-mock-rule", "")]
        return texts + [text for each in view.get("problems", ()) for text in (each["place"], each["sentence"])]


class Server:
    """Call the application without a socket, since a client would refuse to send such bytes."""

    def __init__(self, worlds: Worlds) -> None:
        self.told: list[LogEntry] = []
        self.refused = RefusedHosts(lambda host, port: self.told.append(RefusedHost(host, port)))
        self._app: ASGIApp = application(worlds, Settings(log=self.told.append, tunnels=Tunnels(refused=self.refused)))

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        kind: str = JSON,
        query: str = "",
        header: str = "",
        url: bytes | None = None,
    ) -> Answer:
        """Send one request; `header` is the value of several headers that the server reads."""
        named = [(name, header.encode("latin-1", "replace")) for name in (b"authorization", b"x-one", b"referer")]
        headers = [(b"host", b"127.0.0.1"), (b"content-type", kind.encode("latin-1", "replace")), *named]
        if body:
            headers.append((b"content-length", b"%d" % len(body)))
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": quote(path, errors="surrogatepass").encode(),
            "query_string": query.encode("latin-1", "replace"),
            "headers": headers,
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "state": {} if url is None else {CONNECTION: SimpleNamespace(whole_url=url)},
        }
        return asyncio.run(self._asked(scope, body))

    async def _asked(self, scope: dict[str, Any], body: bytes) -> Answer:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start, *parts = sent
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in parts))


def assert_told_in_lines(server: Server) -> None:
    """Check every line of the log, in both forms."""
    for told in server.told:
        assert as_text(told).isprintable()
        assert as_json()(told).isprintable()


def escaped(text: str) -> str:
    """Return a text encoded as in a query or a form."""
    return quote(text, errors="surrogatepass")


def posted(server: Server, path: str, *views: object) -> list[Answer]:
    """Send each of these values as JSON."""
    return [server.ask("POST", path, json.dumps(view).encode()) for view in views]


def logins(server: Server, *fields: str) -> list[Answer]:
    """Log in with forms that begin with each of these values."""
    forms = [f"{field}&password={PASSWORD}".encode() for field in fields]
    return [server.ask("POST", f"{BASE}/auth/login", form, kind=FORM) for form in forms]


def orders(server: Server, *views: dict[str, object]) -> list[Answer]:
    """Log in, and send an order with each of these changes."""
    [login] = logins(server, f"username={EMAIL}")
    bearer = f"Bearer {json.loads(login.body)['access_token']}"
    bodies = [json.dumps(ORDER | view).encode() for view in views]
    return [server.ask("POST", f"{BASE}/generations", body, header=bearer) for body in bodies]


def queries(server: Server, path: str, *texts: str) -> list[Answer]:
    """Send each of these queries."""
    return [server.ask("GET", path, query=query) for query in texts]


def faults(server: Server, *views: dict[str, object]) -> list[Answer]:
    """Add a fault with each of these changes, and send a request that it matches."""
    added = posted(server, "/__mock/faults", *({**FAULT, **view} for view in views))
    return [*added, server.ask("GET", f"{BASE}/generations/models")]


FAULT: Final[dict[str, object]] = {"on": "models", "then": {"status": 503, "detail": "x"}}

ENTRIES: Final[Mapping[str, Callable[[Server, str], list[Answer]]]] = {
    "path": lambda server, text: [
        server.ask("GET", f"/{text}"),
        server.ask("GET", f"{BASE}/generations/{text}/status"),
        server.ask("GET", f"/w/{text}{BASE}/auth/me"),
    ],
    "query": lambda server, text: queries(
        server, f"{BASE}/generations", f"{escaped(text)}=1&{escaped(text)}=2", f"page={escaped(text)}", text
    ),
    "header": lambda server, text: [server.ask("GET", f"{BASE}/auth/me", header=text)],
    "content type": lambda server, text: [
        server.ask("POST", path, b"{}", kind=text) for path in (f"{BASE}/auth/signup", "/__mock/reset")
    ],
    "field": lambda server, text: posted(server, f"{BASE}/auth/signup", {text: text}, [text]),
    "form": lambda server, text: logins(server, f"{escaped(text)}=1&{escaped(text)}=2", escaped(text)),
    "e-mail": lambda server, text: posted(
        server, f"{BASE}/auth/signup", {"email": f"{text}@b.co", "password": text, "full_name": text}
    ),
    "login": lambda server, text: logins(
        server,
        f"username={escaped(text)}",
        f"username={escaped(text)}@b.co",
        f"username=you%2B{escaped(text)}@example.com",
        f"username={escaped(text)}%2Bgw3@example.com",
    ),
    "prompt": lambda server, text: orders(server, {"prompt": text, "settings": {text: text}, "project_id": text}),
    "model": lambda server, text: orders(server, {"model_name": text}, {"generation_type": text}),
    "whole URL": lambda server, text: [
        server.ask("GET", "/", url=f"http://{text}:81/{text}".encode("utf-8", "replace"))
    ],
    "control query": lambda server, text: queries(
        server,
        "/__mock/journal",
        *(f"{name}{escaped(text)}" for name in ("", "operation=", "rule=", "status=", "since=")),
    ),
    "control path": lambda server, text: [
        server.ask("GET", f"/w/{text}/__mock/clock"),
        server.ask("GET", f"/__mock/accounts/{text}"),
        server.ask("DELETE", f"/__mock/faults/{text}"),
    ],
    "control body": lambda server, text: [
        *posted(server, "/__mock/reset", {text: 1}),
        *posted(server, "/__mock/clock/advance", {"by": text}),
        *posted(server, "/__mock/faults", {text: text}),
    ],
    "name of a file": lambda server, text: posted(server, "/__mock/reset", {"scenario": "sed: 1", "file": text}),
    "scenario": lambda server, text: posted(
        server, "/__mock/reset", *({"scenario": scenario} for scenario in (text, f"x: {text}", f'"{text}": 1'))
    ),
    "fault": lambda server, text: faults(server, {"on": text}, {"when": {text: text}}, {"when": {"account": text}}),
    "name of a fault": lambda server, text: faults(server, {"name": text}),
    "answer of a fault": lambda server, text: faults(
        server,
        {"then": {"status": 503, "headers": {"x-a": text}, "retry_after": text}},
        {"then": {"patch": {text: text}}},
    ),
}
"""The ways in which a text reaches the server, each with its requests."""


READ = ("/", "/__mock/journal", "/__mock/journal/1/explain", "/__mock/faults", "/__mock/accounts", "/__mock/scenario")


def assert_printable(server: Server, answers: list[Answer]) -> None:
    """Check every text that a person may read in these answers and in the control plane afterwards."""
    for answer in answers:
        assert answer.status < 500 or "x-mock-rule" in answer.headers
        assert all(map(str.isprintable, answer.sentences)), answer
    for path in READ:
        assert server.ask("GET", path).body.decode().isprintable(), path
    assert_told_in_lines(server)
    for refused in server.refused:
        assert refused.host.isascii()
        assert refused.host.isprintable()


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_worst_text_reaches_people_as_printable_lines(entry: str) -> None:
    server = Server(worlds_of())
    assert_printable(server, ENTRIES[entry](server, HOSTILE))


@settings(max_examples=150, deadline=None)
@given(entry=st.sampled_from([*ENTRIES]), text=FOREIGN)
def test_any_text_reaches_people_as_printable_lines(entry: str, text: str) -> None:
    server = Server(worlds_of())
    assert_printable(server, ENTRIES[entry](server, text))


@given(text=FOREIGN.filter(bool))
def test_a_rule_has_a_printable_name_or_is_refused(text: str) -> None:
    flaws = [
        *of_fault(Fault(name=text, on=(Operation.ME,), then=Then(status=500))),
        *of_life(Life(name=text)),
        *of_limit(Limit(name=text, on=(Operation.ME,), allow=1, per=1)),
    ]
    assert [path for path, _ in flaws] == ([] if text.isprintable() else [("name",)] * 3)


def test_a_name_that_cannot_be_printed_is_refused_with_its_place() -> None:
    server = Server(worlds_of())
    body = {"name": "x\n2026\x9b2J", "on": "me", "then": {"status": 500}}
    [problem] = json.loads(server.ask("POST", "/__mock/faults", json.dumps(body).encode()).body)["problems"]
    assert problem == {
        "place": "$.name",
        "sentence": "name: expected printable characters on one line, since logs and reports show it,"
        ' found "x\\n2026\\u009b2J"; leave the others out',
    }


def test_a_problem_is_one_line_under_any_name_of_its_place() -> None:
    assert str(Problem("a\nb\x1b", "c\u2028")) == r"a\nb\x1b: c\u2028"
