"""The book is true: its scenarios load, and the text below each one is the server's answer to a client.

The tests play each list of requests over HTTP and write the answers in the same notation, so that a difference shows.
"""

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from msgspec import Struct
from msgspec.structs import replace

from mockserver.core.clock import Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import BASE, application
from mockserver.language.file import ScenarioError, parse
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds

ROOT: Final = Path(__file__).parents[2]
BOOK: Final = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
RECIPES: Final = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")


class Example(Struct, frozen=True):
    """A block of YAML, the `text` below it, and the number of its first line."""

    kind: str
    scenario: str
    told: str
    line: int

    @property
    def file(self) -> str:
        """The name of the file, where the first line is a comment with the name."""
        named = re.match(r"# (\S+\.yaml)\n", self.scenario)
        return named[1] if named else "scenario.yaml"


def examples(page: str) -> list[Example]:
    found: list[Example] = []
    for fence in re.finditer(r"^```([^\n]*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        kind, text = fence.groups()
        if kind.startswith("yaml"):
            found.append(Example(kind, text, "", page.count("\n", 0, fence.start()) + 1))
        elif kind == "text":
            found[-1] = replace(found[-1], told=found[-1].told + text)
    return found


def parameters(page: str, kind: str) -> list[Any]:
    return [pytest.param(example, id=f"line-{example.line}") for example in examples(page) if example.kind == kind]


@pytest.mark.parametrize("example", parameters(BOOK, "yaml"))
def test_each_example_of_the_book_loads_without_a_warning(example: Example) -> None:
    assert parse(example.scenario, example.file).warnings == ()


@pytest.mark.parametrize("example", [*parameters(README, "yaml"), *parameters(RECIPES, "yaml")])
def test_each_example_of_the_readme_and_of_the_recipes_loads(example: Example) -> None:
    assert parse(example.scenario, example.file).scenario != Scenario()


@pytest.mark.parametrize("example", parameters(BOOK, "yaml wrong"))
def test_each_wrong_example_gets_the_error_in_the_book(example: Example) -> None:
    with pytest.raises(ScenarioError) as error:
        parse(example.scenario, example.file)
    assert str(error.value).splitlines() == example.told.splitlines()


# Lists of requests

REQUEST: Final = re.compile(r"(?:(\d+) × )?(GET|POST|DELETE) (\S+)(?: (\{.*\}))?\s+→ ")
ORDER: Final = {
    "generation_type": "image",
    "model_name": "seedream-5.0-lite",
    "prompt": "A neon city skyline at dusk",
}
LOGIN: Final = {"username": "you@example.com", "password": "YOUR_PASSWORD"}


class Answer(Struct, frozen=True):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Player:
    """A client that sends the requests of a list, and logs in first if the list does not."""

    def __init__(self, url: str) -> None:
        self._host = url.removeprefix("http://")
        self._token = ""

    def play(self, method: str, path: str, body: dict[str, object]) -> Answer | str:
        """Send a request; return the answer, or a few words about a failed connection."""
        if path == "/auth/login":
            return self._login(body)
        if path.startswith("/__mock/"):
            return self._ask(method, path, json.dumps(body), {"Content-Type": "application/json"})
        if not self._token:
            self._login({})
        sent = json.dumps(ORDER | body) if method == "POST" else None
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        return self._ask(method, f"{BASE}{path}", sent, headers)

    def _login(self, body: dict[str, object]) -> Answer | str:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._ask("POST", f"{BASE}/auth/login", urlencode(LOGIN | body), form)
        if isinstance(answer, Answer) and answer.status == 200:
            self._token = json.loads(answer.body)["access_token"]
        return answer

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer | str:
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except http.client.RemoteDisconnected:
            return "connection closed"
        except ConnectionResetError:
            return "connection reset"
        except http.client.BadStatusLine:
            return "no HTTP"
        except http.client.IncompleteRead:
            return "answer cut short"
        finally:
            connection.close()


def as_told(told: str, answer: Answer | str) -> str:
    """Write down those parts of an answer that the list has."""
    if isinstance(answer, str):
        return answer
    shown, *headers = told.split(" · ")
    body = shown.partition(" ")[2]
    if body.startswith("{"):
        body = json.dumps(extract(json.loads(body), json.loads(answer.body)), ensure_ascii=False)
    elif body:
        body = answer.body.decode()[: len(body)]
    names = [header.partition(":")[0] for header in headers]
    return " · ".join([f"{answer.status} {body}".strip(), *(f"{name}: {answer.headers[name]}" for name in names)])


def extract(told: object, value: object) -> object:
    """Return the part of a JSON value that the list has; `…` stands for any text."""
    if told == "…" and isinstance(value, str):
        return told
    if isinstance(told, dict) and isinstance(value, dict):
        return {key: extract(told[key], value[key]) for key in told if key in value}
    if isinstance(told, list) and isinstance(value, list) and len(told) == len(value):
        return [extract(*pair) for pair in zip(told, value, strict=True)]
    return value


def played(script: LoadedScenario, lines: list[str]) -> Iterator[str]:
    """Play a list, on a poll clock unless the scenario chooses one, and yield each of its lines with the real answer.

    A line for several requests must get the same answer to each.
    """
    clock = replace(script.scenario.clock, mode=script.scenario.clock.mode or Mode.POLL)
    with ServerThread(
        application(Worlds(FixedSource(LoadedScenario(replace(script.scenario, clock=clock)))))
    ) as server:
        player = Player(server.url)
        for line in lines:
            request = REQUEST.match(line)
            assert request, line
            times, method, path, body = request.groups()
            told = line[request.end() :]
            went = [as_told(told, player.play(method, path, json.loads(body or "{}"))) for _ in range(int(times or 1))]
            assert len(set(went)) == 1, went
            yield line[: request.end()] + went[0]


@pytest.mark.parametrize("example", [each for each in parameters(BOOK, "yaml") if each.values[0].told])
def test_each_list_of_requests_runs_as_the_book_says(example: Example) -> None:
    lines = example.told.splitlines()
    assert list(played(parse(example.scenario, example.file), lines)) == lines
