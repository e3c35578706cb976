"""The control plane's JSON is an interface: `tests/snapshots` holds the whole of each answer to fixed stories.

After an intended change, `RENEW_SNAPSHOTS=1 sh scripts/test tests/behaviours/control` writes the new answers down. It
also renews the examples of the OpenAPI document, which are taken from these stories.
"""

import http.client
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import json as compact

from mockserver.core.scenario import Scenario
from mockserver.http.app import ROUTES, Settings, application
from mockserver.http.control import openapi
from mockserver.http.guard import Guard
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.bounds import Bounds
from mockserver.world.worlds import Worlds
from tests.support.routes import Table

from .notation import HOST, Answer, Exchange, Player, by_hand, exchanges

FOLDER: Final = Path(__file__).parents[2] / "snapshots"
EXAMPLES: Final = Path(openapi.__file__).with_name("examples.json")
RENEW: Final = bool(os.environ.get("RENEW_SNAPSHOTS"))
RENEWING: Final = "if this change is meant, renew: RENEW_SNAPSHOTS=1 sh scripts/test tests/behaviours/control"

STORIES: Final = sorted(FOLDER.glob("*.txt"))
GUARDS: Final = {"token": Guard(token="open-sesame")}
"""The guards of the stories in which steering needs a token."""

SAME: Final = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
"""The headers that every answer has."""

REAL: Final = {"at": "2026-11-23T12:00:00Z", "client": "127.0.0.1:53124"}
"""The text in place of every part that differs from run to run."""


def repeatable(value: Any) -> Any:
    """Return JSON without the parts that differ from run to run or from release to release."""
    if isinstance(value, list):
        return [repeatable(item) for item in value]
    if not isinstance(value, dict):
        return value
    known = {"version": "1.0.0", "real": {**value["real"], **REAL} if "real" in value else None}
    return {key: known.get(key) or repeatable(part) for key, part in value.items()}


def told(exchange: Exchange, answer: Answer) -> str:
    """Write down an exchange: the whole answer of the control plane, or the status alone of the API's answer."""
    if not exchange.steers:
        return f"{exchange.written}→ {answer.status}"
    headers = {name: value for name, value in answer.headers.items() if name not in {*SAME, "content-length", "date"}}
    assert SAME.items() <= dict(answer.headers.items()).items()
    named = "".join(f" · {name}: {value}" for name, value in headers.items())
    body = json.dumps(repeatable(answer.json), indent=2, ensure_ascii=False)
    return f"{exchange.written}→ {answer.status}{named}\n{body}"


def served(guard: Guard) -> ServerThread:
    """A server with few worlds and a short journal."""
    worlds = Worlds(FixedSource(LoadedScenario(Scenario(), "happy-path")), Bounds(worlds=3, journal_entries=8), by_hand)
    return ServerThread(application(worlds, Settings(guard=guard)))


def played(story: Path) -> Iterator[tuple[Exchange, Answer]]:
    """Play a story against a server of its own."""
    with served(GUARDS.get(story.stem, Guard())) as server, Player(server.url) as player:
        for exchange in exchanges(story.read_text(encoding="utf-8")):
            yield exchange, player.play(exchange)


def line(story: Path) -> str:
    """The first line of a story, which gives its subject."""
    return story.read_text(encoding="utf-8").partition("\n")[0]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.stem)
def test_each_answer_is_the_one_on_record(story: Path) -> None:
    now = "\n\n".join([line(story), *(told(*each) for each in played(story))]) + "\n"
    if RENEW:
        story.write_text(now, encoding="utf-8")
    assert now == story.read_text(encoding="utf-8"), RENEWING


def heard(stream: http.client.HTTPResponse) -> str:
    """Read events up to the `reset` at the end, since a stream itself has no end."""
    text = ""
    while "event: reset" not in text or not text.endswith("\n\n"):
        line = stream.readline().decode()
        assert line, f"ended after {text}"
        text += line
    return text


def test_each_event_is_the_one_on_record() -> None:
    told = FOLDER / "events.sse"
    with served(Guard()) as server, Player(server.url) as player:
        listener = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
        # A stream is a read, and makes no world.
        listener.request("POST", "/w/gw3/__mock/reset", headers={"Host": HOST})
        listener.getresponse().read()
        listener.request("GET", "/w/gw3/__mock/events", headers={"Host": HOST})
        with listener.getresponse() as stream:
            for exchange in exchanges((FOLDER / "events.txt").read_text(encoding="utf-8")):
                player.play(exchange)
            now = heard(stream)
        listener.close()
    if RENEW:
        told.write_text(now, encoding="utf-8")
    assert now == told.read_text(encoding="utf-8"), RENEWING


def examples() -> dict[str, Any]:
    """Return the first example of each route, by its name, and of each refusal, by its status."""
    table, found = Table(ROUTES), dict[str, Any]()
    for exchange, answer in (each for story in STORIES for each in played(story)):
        route = table.find(exchange.target.partition("?")[0]).methods.get(exchange.method)
        if answer.status >= 400 and exchange.steers:
            found.setdefault(str(answer.status), {"answer": answer.json})
        elif route is not None:
            body = {"body": json.loads(exchange.body)} if exchange.body else {}
            found.setdefault(route.name, body | {"answer": repeatable(answer.json)})
    return dict(sorted(found.items()))


def test_the_examples_of_the_document_are_those_of_the_stories() -> None:
    now = compact.format(compact.encode(examples()), indent=2) + b"\n"
    if RENEW:
        EXAMPLES.write_bytes(now)
    assert now == EXAMPLES.read_bytes(), RENEWING


def test_each_route_is_in_a_story() -> None:
    # Answers other than JSON are on record elsewhere, or differ each time.
    others = {route.name for route in ROUTES if route.media_type != "application/json"}
    missing = {route.name for route in ROUTES} - others - set(json.loads(EXAMPLES.read_bytes()))
    assert missing == set(), f"write a request for each into a story of {FOLDER}; then {RENEWING}"


def kinds(document: Mapping[str, Any]) -> set[str]:
    return {status for path in document["paths"].values() for each in path.values() for status in each["responses"]}


def test_each_kind_of_refusal_is_in_a_story() -> None:
    described = json.loads(openapi.describe(ROUTES))
    # More than 32 KiB of headers are never read, and the tests install every extra, so that none is missing.
    missing = (
        {kind for kind in kinds(described) if kind >= "4"} - {"431", "501"} - set(json.loads(EXAMPLES.read_bytes()))
    )
    assert missing == set(), f"write a request for each into a story of {FOLDER}; then {RENEWING}"
