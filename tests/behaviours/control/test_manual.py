"""The manual of the control plane is complete and true: it has each route, and each example runs as printed.

Each section is played against a server of its own, by a client that has logged in.
"""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from msgspec import Struct

from mockserver.http.app import Settings, application, control_document
from mockserver.http.endpoints import Endpoint
from mockserver.http.guard import Guard
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds
from tests.support.routes import Table

from .notation import HOST, Exchange, Player, by_hand, exchanges, extract

MANUAL: Final = (Path(__file__).parents[3] / "docs" / "control.md").read_text(encoding="utf-8")
TOKEN: Final = "open-sesame"
EVENTS: Final = "/__mock/events"


class Section(Struct, frozen=True):
    """The contents of a section: the scenario, the exchanges, and the events that a listener meanwhile receives."""

    heading: str
    scenario: str
    exchanges: tuple[Exchange, ...]
    events: tuple[str, ...]


def sections() -> Iterator[Section]:
    for text in MANUAL.split("\n## ")[1:]:
        blocks = dict.fromkeys(("yaml", "text", "sse"), "")
        for kind, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            blocks[kind] = blocks.get(kind, "") + "\n" + block
        told = tuple(blocks["sse"].split("\n"))
        yield Section(text.partition("\n")[0], blocks["yaml"].lstrip(), tuple(exchanges(blocks["text"])), told)


SECTIONS: Final = tuple(section for section in sections() if section.exchanges)


def played(section: Section, url: str) -> Iterator[str]:
    """Play the exchanges of a section, and yield those that differ from the manual."""
    with Player(url) as player:
        player.log_in()
        for exchange in section.exchanges:
            if exchange.target == EVENTS:
                continue
            answer = player.play(exchange)
            named = {name: answer.headers[name] for name in exchange.named}
            told = None if exchange.told is None else extract(exchange.told, answer.json)
            went = (answer.status, named, told)
            if went != (exchange.status, exchange.named, exchange.told):
                yield f"{exchange.written}→ {answer.status} {named} {json.dumps(answer.json, ensure_ascii=False)}"


def heard(section: Section, stream: http.client.HTTPResponse) -> Iterator[str]:
    """Read a stream of events to the last written line, and yield the written lines that arrive."""
    for line in filter(None, section.events):
        while (read := stream.readline().decode().rstrip("\n")) != line:
            assert not read.startswith("event: reset"), f"the stream was reset before {line}"
        yield read


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.heading)
def test_each_example_runs_as_the_manual_says(section: Section) -> None:
    script = parse(section.scenario, "scenario.yaml")
    settings = Settings(guard=Guard(token=TOKEN) if section.heading == "The token" else Guard())
    with ServerThread(application(Worlds(FixedSource(script), applied=by_hand), settings)) as server:
        listener = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
        with closing(listener):
            if section.events != ("",):
                listener.request("GET", EVENTS, headers={"Host": HOST})
                stream = listener.getresponse()
                assert list(played(section, server.url)) == []
                assert list(heard(section, stream)) == [line for line in section.events if line]
            else:
                assert list(played(section, server.url)) == []


def described() -> set[tuple[str, str]]:
    paths = json.loads(control_document())["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def test_the_table_has_each_route_and_nothing_else() -> None:
    table = MANUAL.partition("## The routes")[2].partition("\n## ")[0]
    assert {*re.findall(r"^\| `([A-Z]+) (\S+)` \|", table, re.MULTILINE)} == described()


def test_each_route_has_an_example() -> None:
    table = Table(Endpoint(method=method, path=path, summary="") for method, path in described())
    played = [exchange for section in SECTIONS for exchange in section.exchanges if exchange.status < 400]
    shown = set[tuple[str, str]]()
    for exchange in played:
        methods = table.find(exchange.target.partition("?")[0]).methods
        if exchange.method in methods:
            shown.add((exchange.method, methods[exchange.method].path))
    # The documents are too long for a page.
    assert described() - shown == {("GET", "/__mock/openapi.json"), ("GET", "/__mock/control.json")}


def test_each_link_on_the_page_leads_somewhere() -> None:
    headings = re.findall("^## (.+)", MANUAL, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert {*re.findall(r"\(#([^)]+)\)", MANUAL)} <= anchors
