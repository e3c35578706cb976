"""Requests and their answers as plain text, read and played: the notation of the snapshots and of the manual.

    POST /__mock/clock/advance {"by": "2s"}
    → 200 {"now": "2026-06-07T12:00:02Z", "moved": 2, "due": [], "omitted": 0}

Headers stand on lines of their own below the request, and after ` · ` behind the status. A request to the API carries
the token of the last login. An order without a body is the reference's order. An answer may be given by its status
alone.
"""

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any, Final, Self

from msgspec import Struct
from msgspec.structs import replace

from mockserver.core.clock import Mode
from mockserver.core.scenario import Scenario
from tests.support.customer import ORDER

LOGIN: Final = "POST /api/v1/auth/login username=you%40example.com&password=YOUR_PASSWORD\n→ 200\n"
HOST: Final = "127.0.0.1:8402"
"""The `Host` of every request, so that no free port shows in a recorded answer."""

_EXCHANGE: Final = re.compile(
    r"^(?P<method>[A-Z]+) (?P<target>\S+)(?: (?P<body>[^\n]+))?\n(?P<headers>(?:[\w-]+: [^\n]*\n)*)"
    r"→ (?P<status>\d{3})(?P<named>(?: · [\w-]+: [^·{\n]+)*)(?P<told>.*?)(?=\n\n|\n?\Z)",
    re.MULTILINE | re.DOTALL,
)


class Answer(Struct, frozen=True):
    """The JSON of the answer, None where the body is no JSON."""

    status: int
    headers: http.client.HTTPMessage
    json: Any


class Exchange(Struct, frozen=True):
    """One request and the recorded part of its answer: the status, some headers, and JSON or no body."""

    written: str
    method: str
    target: str
    body: str
    headers: dict[str, str]
    status: int
    named: dict[str, str]
    told: Any

    @property
    def steers(self) -> bool:
        """Whether the request goes to the control plane."""
        return "/api/v1" not in self.target


def exchanges(text: str) -> Iterator[Exchange]:
    """Yield the exchanges of a text in order."""
    for match in _EXCHANGE.finditer(text):
        written = match[0][: match.start("status") - match.start() - len("→ ")]
        named = dict(header.strip().split(": ") for header in match["named"].split(" · ")[1:])
        told = json.loads(match["told"]) if match["told"].strip() else None
        sent = dict(line.split(": ") for line in match["headers"].splitlines())
        request = (match["method"], match["target"], match["body"] or "", sent)
        yield Exchange(written, *request, int(match["status"]), named, told)


class Player:
    """A client that sends the written requests over one kept connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        self._token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def log_in(self) -> None:
        """Log in as the reference's user."""
        [login] = exchanges(LOGIN)
        assert self.play(login).status == 200

    def play(self, exchange: Exchange) -> Answer:
        """Send a request and return the answer."""
        orders = exchange.method == "POST" and exchange.target.endswith("/api/v1/generations")
        body = exchange.body or (json.dumps(ORDER) if orders else "")
        headers = {"Host": HOST}
        if body:
            form = not body.startswith(("{", "["))
            headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
        if self._token and not exchange.steers:
            headers["Authorization"] = f"Bearer {self._token}"
        self._connection.request(exchange.method, exchange.target, body.encode() or None, headers | exchange.headers)
        response = self._connection.getresponse()
        return self._answer(response, response.read())

    def _answer(self, response: http.client.HTTPResponse, body: bytes) -> Answer:
        is_json = response.headers["content-type"] == "application/json" and body
        answer = Answer(response.status, response.headers, json.loads(body) if is_json else None)
        if is_json and "access_token" in answer.json:
            self._token = answer.json["access_token"]
        return answer


def by_hand(scenario: Scenario) -> Scenario:
    """Let only written requests move the clock, as `--clock manual` does, in every scenario."""
    return replace(scenario, clock=replace(scenario.clock, mode=Mode.MANUAL))


def extract(told: object, value: object) -> object:
    """Return the recorded part of a JSON value; `…` stands for any text."""
    if told == "…" and isinstance(value, str):
        return told
    if isinstance(told, dict) and isinstance(value, dict):
        return {key: extract(told[key], value[key]) for key in told if key in value}
    if isinstance(told, list) and isinstance(value, list) and len(told) == len(value):
        return [extract(*pair) for pair in zip(told, value, strict=True)]
    return value
