from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from mockserver.client import Incomplete, Invalid, MockServer, NotFound, RuleName, Unreachable, World
from mockserver.client.journal import Answered, Filters
from mockserver.http.app import application
from mockserver.serve.server import ServerThread
from mockserver.world.bounds import Bounds
from tests.support.client import Client

from .conftest import worlds
from .fake import HOLD, Fake, answer

SCENARIO = """\
faults:
  - {name: down, on: create, when: {prompt: "*dusk*"}, calls: 2, then: {status: 502}}
"""


def page(exchanges: list[int], **changes: object) -> bytes:
    """Return the answer whose body is a page of exchanges with these numbers."""
    return answer(
        {
            "world": "default",
            "repeatable": True,
            "total": 9,
            "kept": 4,
            "evicted": 5,
            "count": 4,
            "complete": True,
            "counts": {"operation": {"create": 9}, "status": {}, "rule": {}},
            "exchanges": [exchange(number) for number in exchanges],
            "next": None,
        }
        | changes
    )


def exchange(number: int) -> dict[str, object]:
    message = {"headers": {}, "body": "", "size": 0}
    return {
        "number": number,
        "at": "2026-06-07T12:00:00Z",
        "operation": None,
        "account": None,
        "generation": None,
        "rules": [],
        "request": {"method": "GET", "target": "/", **message},
        "answer": {"status": None, **message},
        "real": {"at": "2026-11-23T12:00:00Z", "client": None, "gone": True},
    }


# Requests and answers


def test_an_exchange_has_all_facts_of_its_request_and_answer(world: World, you: Client) -> None:
    world.load(SCENARIO)
    you.order()
    you.create(prompt="Again at dusk")
    first, second = world.journal
    assert (first.number, first.at, first.operation) == (1, datetime(2026, 6, 7, 12, tzinfo=UTC), "create")
    assert (first.account, first.generation, first.rules) == ("you@example.com", 1842, ())
    assert (first.request.method, first.request.target) == ("POST", "/api/v1/generations")
    assert first.request.headers["content-type"] == "application/json"
    assert first.request.json["prompt"] == "A neon city skyline at dusk"
    assert first.request.size == len(first.request.text.encode())
    assert (first.answer.status, first.answer.json["id"], first.real.gone) == (201, 1842, False)
    assert (second.answer.status, second.rules) == (502, (RuleName(name="down", place="scenario.yaml:2"),))


def test_an_exchange_is_found_by_its_number(world: World, you: Client) -> None:
    you.order()
    assert world.journal[1] == next(iter(world.journal))
    with pytest.raises(NotFound, match="there is no exchange 2 yet"):
        _ = world.journal[2]


def test_an_exchange_is_found_by_a_negative_index(busy: World) -> None:
    assert len(busy.journal) == 7
    assert [busy.journal[number].number for number in (-1, -7)] == [7, 1]
    assert busy.journal.explain(-1).number == 7
    with pytest.raises(NotFound, match=r"^there is no exchange -8: there have been 7$"):
        _ = busy.journal[-8]


def test_the_journal_cannot_be_reversed(busy: World) -> None:
    with pytest.raises(TypeError, match="not reversible"):
        reversed(busy.journal)


def test_an_empty_journal_has_no_last_exchange(world: World) -> None:
    assert len(world.journal) == 0
    with pytest.raises(NotFound, match=r"^there is no exchange -1: there have been 0$"):
        _ = world.journal[-1]


def test_explain_gives_the_reason_why_a_rule_fired_or_did_not(world: World, you: Client) -> None:
    world.load(SCENARIO)
    for prompt in ("A cat", "The first dusk", "The second dusk"):
        you.create(prompt=prompt)
    differs, counted, fired = (world.journal.explain(number) for number in (1, 2, 3))
    assert (differs.number, differs.operation, differs.status, differs.rules) == (1, "create", 201, ())
    [verdict] = differs.faults
    assert (verdict.name, verdict.place, verdict.fired, verdict.call) == ("down", "scenario.yaml:2", False, None)
    assert verdict.difference == {"prompt": {"expected": "*dusk*", "found": "A cat"}}
    assert [(verdict.call, verdict.why) for verdict in counted.faults] == [(1, "this was call 1; it fires on: 2")]
    assert [(verdict.fired, verdict.why) for verdict in fired.faults] == [(True, "")]
    assert (fired.limits, fired.generations) == ((), ())


@pytest.mark.parametrize(
    ("kept", "text"), [({"body": "Größe", "size": 7}, "Größe"), ({"base64": "iVBORw==", "size": 4}, "�PNG")]
)
def test_a_body_is_text_and_bytes(kept: dict[str, Any], text: str) -> None:
    message = Answered(status=200, headers={}, **kept)
    assert (message.text, len(message.content)) == (text, message.size)


def test_the_error_for_a_body_that_is_not_json_shows_the_body() -> None:
    message = Answered(status=502, headers={}, body="<html>", size=20_000)
    with pytest.raises(ValueError, match="what is kept of these 20000 bytes is no JSON: '<html>'"):
        _ = message.json


# Counts


@pytest.fixture
def busy(world: World, you: Client) -> World:
    """A world with a failed login, two orders, three polls of the second generation, and an unknown path."""
    you.send("/auth/login", {})
    for _ in range(2):
        you.order()
    for _ in range(3):
        you.status(1843)
    you.read("/nowhere")
    return world


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        (Filters(), [1, 2, 3, 4, 5, 6, 7]),
        (Filters(operation="create"), [2, 3]),
        (Filters(operation="create", status=402), []),
        (Filters(status=200), [4, 5, 6]),
        (Filters(generation=1843), [3, 4, 5, 6]),
        (Filters(account="you@example.com", since=3), [4, 5, 6]),
        (Filters(operation="create", since=2), [3]),
    ],
)
def test_exchanges_are_selected_and_counted(busy: World, filters: Filters, numbers: list[int]) -> None:
    assert [exchange.number for exchange in busy.journal.exchanges(**filters)] == numbers
    assert busy.journal.count(**filters) == len(numbers)


def test_exchanges_are_selected_by_their_rule(world: World, you: Client) -> None:
    world.load(SCENARIO)
    for _ in range(3):
        you.create()
    for rule in ("down", "scenario.yaml:2"):
        assert [exchange.number for exchange in world.journal.exchanges(rule=rule)] == [2]
        assert world.journal.count(rule=rule) == 1
    assert world.journal.counts["rule"] == {"down": 1}


def test_exchanges_without_an_answer_are_selected_by_none(world: World, you: Client) -> None:
    world.faults.add(on="me", then={"drop": "close"})
    with pytest.raises(ConnectionError):
        you.read("/auth/me")
    you.read("/generations")
    [exchange] = world.journal.exchanges(status="none")
    assert (exchange.operation, exchange.answer.status) == ("me", None)
    assert world.journal.count(status="none") == 1


def test_none_is_no_filter(busy: World) -> None:
    anything = Filters(operation=None, status=None, account=None, generation=None, rule=None, since=None)
    assert busy.journal.count(**anything) == 7
    assert sum(1 for _ in busy.journal.exchanges(**anything)) == 7
    assert busy.journal.wait(status=None).number == 1


def test_all_exchanges_are_counted_by_operation_and_status(busy: World) -> None:
    counts = busy.journal.counts
    assert counts["operation"] == {"login": 1, "create": 2, "status": 3, "none": 1}
    assert sum(counts["status"].values()) == 7


def test_an_invalid_filter_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="operation"):
        world.journal.count(operation="creat")


def test_a_page_has_the_numbers_of_the_whole_journal(busy: World) -> None:
    page = busy.journal.page(2, operation="status")
    assert (page.world, page.repeatable, page.total, page.kept, page.evicted) == ("default", True, 7, 7, 0)
    assert (page.count, page.complete, page.next) == (3, True, 5)
    assert [exchange.number for exchange in page.exchanges] == [4, 5]


def test_evicted_exchanges_are_still_counted_by_operation_and_status() -> None:
    app = application(worlds(Bounds(journal_entries=2)))
    with ServerThread(app) as running, MockServer(running.url) as server:
        world = server.world()
        for _ in range(4):
            world.token()
        assert [exchange.number for exchange in world.journal] == [3, 4]
        assert world.journal.count(operation="login", status=200) == 4
        with pytest.raises(Incomplete, match="2 exchanges that are kept 0 match, but 2 are evicted") as error:
            world.journal.count(generation=1842)
        assert "--journal-entries" in str(error.value)
        with pytest.raises(NotFound, match="exchange 1 is evicted"):
            _ = world.journal[1]


def test_pages_are_fetched_as_they_are_read() -> None:
    with Fake([page([3, 5], next=5), page([6], next=6), page([9])]) as fake, MockServer(fake.url) as server:
        exchanges = server.world().journal.exchanges(status="none", since=2)
        assert [next(exchanges).number, next(exchanges).number] == [3, 5]
        assert fake.requests == ["GET /__mock/journal?status=none&since=2&limit=1000"]
        assert [exchange.number for exchange in exchanges] == [6, 9]
    assert fake.requests[1:] == [f"GET /__mock/journal?status=none&since={since}&limit=1000" for since in (5, 6)]


# Waiting


def test_a_wait_returns_an_existing_exchange_at_once(busy: World) -> None:
    assert busy.journal.wait(operation="status", since=4).number == 5


def test_a_wait_returns_a_later_exchange(world: World, you: Client) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(world.journal.wait, 20, operation="create", status=201)
        you.read("/auth/me")
        you.order()
        assert waiting.result(30).generation == 1842


def test_a_wait_without_a_match_is_a_timeout_error(busy: World) -> None:
    with pytest.raises(TimeoutError) as error:
        busy.journal.wait(0.01, operation="delete", status="none", account=None)
    assert str(error.value).startswith("no exchange came within 0.01 s for operation=delete, status=none; there were {")


def test_a_wait_may_last_longer_than_the_clients_time_out() -> None:
    asked, patience_is_over = Event(), Event()

    def late() -> bytes:
        asked.set()
        assert patience_is_over.wait(30)
        return page([7])

    with (
        Fake([late], [HOLD]) as fake,
        MockServer(fake.url, timeout=0.05) as hasty,
        ThreadPoolExecutor(1) as pool,
    ):
        waiting = pool.submit(hasty.world().journal.wait, 30)
        assert asked.wait(30)
        # The client gives up this later request after its time-out; the wait, which is older, still goes on.
        with pytest.raises(Unreachable):
            len(hasty.worlds)
        patience_is_over.set()
        assert waiting.result(30).number == 7


def test_a_long_wait_is_sent_as_several_shorter_ones() -> None:
    pages = [page([]), page([]), page([7])]
    with Fake(pages) as fake, MockServer(fake.url) as server:
        assert server.world().journal.wait(75).number == 7
    assert [line.partition("wait=")[2] for line in fake.requests] == ["30", "30", "15"]


def test_a_wait_of_any_fraction_is_sent_in_a_form_that_the_server_accepts() -> None:
    with Fake([page([]), page([]), page([7])]) as fake, MockServer(fake.url) as server:
        with pytest.raises(TimeoutError):
            server.world().journal.wait(30.00001)
        assert server.world().journal.wait(0.1 + 0.2).number == 7
    assert [line.partition("wait=")[2] for line in fake.requests] == ["30", "", "0.3"]


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), None, "1"])
def test_a_wait_that_is_not_a_number_is_refused(world: World, timeout: Any) -> None:
    with pytest.raises(Invalid, match=r"^timeout: expected a number of seconds from 0 to 1000000, found "):
        world.journal.wait(timeout)
    with pytest.raises(Invalid, match=r"^wait: expected a number of seconds from 0 to 1000000, found "):
        world.journal.page(1, timeout)


def test_a_wait_of_zero_seconds_asks_once() -> None:
    with Fake([page([])]) as fake, MockServer(fake.url) as server, pytest.raises(TimeoutError, match="for any"):
        server.world().journal.wait(0)
    assert fake.requests == ["GET /__mock/journal?limit=1"]
