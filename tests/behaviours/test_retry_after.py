"""Retry-After on a `poll` clock: a client that comes back finds that the announced wait has passed."""

from collections.abc import Callable

import pytest

from mockserver.core.instant import from_iso
from mockserver.core.scenario import REFERENCE_START
from mockserver.language.file import parse
from tests.support.client import Answer, Client

from .played import Start

SECOND = 1_000_000


def play(api: Start, *faults: str, more: str = "") -> Client:
    listed = "".join(f"\n  - {{{fault}}}" for fault in faults)
    text = f"{more}\ngenerations: [{{then: [processing]}}]\nfaults:{listed or ' []'}"
    return api(parse(text, "wait.yaml").scenario)


def now(it: Client) -> int:
    """The virtual seconds since the world began, read with a 404, which does not move the clock."""
    date = it.other().read("/nowhere").headers["date"]
    day, clock = date.split()[1], date.split()[4]
    return (from_iso(f"2026-06-{day}T{clock}Z") - REFERENCE_START) // SECOND


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("wait", "passed"),
    [
        ("5s", 5),
        ("1500ms", 2),
        ("0", 0),
        ('"0.9"', 0),
        ('"86400"', 86_400),
        ("{in: 30s, as: http-date}", 30),
        ("soon", 2),
        ("null", 0),
    ],
)
def test_a_client_that_comes_back_finds_that_the_wait_has_passed(api: Start, wait: str, passed: int) -> None:
    it = play(api, f"on: me, calls: 1, then: {{status: 429, retry_after: {wait}}}")
    you = it.login()
    assert you.read("/auth/me").status == 429
    before = now(it)
    assert you.read("/auth/me").status == 200
    assert (before, now(it)) == (0, passed)


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("wait", "older"),
    [("30s", 30), ("0s", 0), ("{in: 30s, as: http-date}", 30), ("soon", 2), ("null", 2), ('"0.493"', 0)],
)
def test_a_refused_poll_ages_its_generation_by_the_wait_instead_of_the_step(api: Start, wait: str, older: int) -> None:
    it = play(api, f"on: status, calls: 2, then: {{status: 429, retry_after: {wait}}}")
    you = it.login()
    id_ = you.order()
    assert [you.status(id_).status for _ in range(2)] == [200, 429]
    assert now(it) == 2
    you.status(id_)
    assert now(it) == 2 + older
    you.status(id_)
    assert now(it) == 4 + older


@pytest.mark.assumed
def test_the_wait_belongs_to_the_generation_and_the_operation_that_was_refused(api: Start) -> None:
    it = play(api, "on: status, calls: 1, then: {status: 429, retry_after: 60s}")
    you = it.login()
    one, other = you.order(), you.order()
    you.status(one)
    seen = []
    for ask, id_ in ((you.result, one), (you.result, one), (you.status, other), (you.status, other), (you.status, one)):
        ask(id_)
        seen.append(now(it))
    assert seen == [0, 2, 2, 2, 60]


@pytest.mark.assumed
def test_the_wait_belongs_to_the_caller_and_the_operation(api: Start) -> None:
    refused = "status: 429, retry_after: 60s"
    it = play(api, f"on: me, calls: 1, then: {{{refused}}}", f"on: login, calls: 2, then: {{{refused}}}")
    you = it.login()
    form = {"username": "b@example.com", "password": "x"}
    assert [you.read("/auth/me").status, it.fill_in("/auth/login", form).status] == [429, 429]
    you.read("/generations")
    you.login()
    it.read("/auth/me")
    assert now(it) == 0
    assert it.fill_in("/auth/login", form).status == 401
    assert now(it) == 60


@pytest.mark.assumed
def test_waits_overlap_and_do_not_add(api: Start) -> None:
    wait = "calls: 1, then: {status: 429, retry_after: 60s}"
    it = play(api, f"on: me, {wait}", f"on: history, {wait}", f"on: status, {wait}")
    you = it.login()
    id_ = you.order()
    asks: list[Callable[[], Answer]] = [
        lambda: you.read("/auth/me"),
        lambda: you.read("/generations"),
        lambda: you.status(id_),
    ]
    assert [ask().status for ask in asks * 2] == [429] * 3 + [200] * 3
    assert now(it) == 60


@pytest.mark.assumed
def test_a_poll_of_a_finished_generation_waits_like_any_other_request(api: Start) -> None:
    limit = "limits: [{on: result, allow: 1, per: 10s}]\nfaults: []\ngenerations: []"
    you = api(parse(limit, "wait.yaml").scenario).login()
    id_ = you.order()
    you.polls(id_)
    assert [you.result(id_).status for _ in range(3)] == [200, 429, 200]


@pytest.mark.assumed
def test_a_limit_that_refused_a_poll_admits_it_after_the_wait_at_any_age_of_the_world(api: Start) -> None:
    it = play(api, more="limits: [{on: result, allow: 1, per: 10s}]")
    you = it.login()
    behind, ahead = you.order(), you.order()
    for _ in range(51):
        you.status(ahead)
    assert [you.result(behind).status for _ in range(2)] == [200, 429]
    assert [you.result(behind).status, now(it)] == [200, 110]


@pytest.mark.assumed
def test_a_401_does_not_end_the_wait_for_a_poll(api: Start) -> None:
    it = play(api, "on: status, calls: 1, then: {status: 429, retry_after: 4s}", more="tokens: {ttl: 3s}")
    you = it.login()
    id_ = you.order()
    assert [you.status(id_).status for _ in range(3)] == [429, 401, 401]
    assert (now(it), it.login().status(id_).status, now(it)) == (4, 200, 4)


@pytest.mark.assumed
@pytest.mark.parametrize("mode", ["manual", "real, rate: 0.000001"])
def test_another_clock_does_not_move(api: Start, mode: str) -> None:
    it = play(
        api,
        "on: any, when: {header.X: y}, then: {status: 429, retry_after: 9s}",
        more=f"clock: {{mode: {mode}, start: 2026-06-07T12:00:00Z}}",
    )
    you = it.login()
    id_ = you.order()
    for _ in range(2):
        you.read("/auth/me", x="y")
        you.read(f"/generations/{id_}/status", x="y")
    assert now(it) == 0
