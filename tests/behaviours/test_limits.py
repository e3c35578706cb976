"""Limits as clients meet them: the refused requests, their answers, and that the announced wait is enough."""

import pytest

from mockserver.language.file import parse
from tests.support.client import Client

from .played import Start

TWO = """
accounts:
  - {email: you@example.com, password: YOUR_PASSWORD}
  - {email: b@example.com, password: b}
"""


def play(api: Start, *limits: str, more: str = "") -> Client:
    listed = "".join(f"\n  - {{{limit}}}" for limit in limits)
    return api(parse(f"{more}\nlimits:{listed}\n", "limits.yaml").scenario)


@pytest.mark.assumed
def test_a_refusal_gives_a_wait_and_that_wait_is_enough(api: Start) -> None:
    you = play(api, "on: create, allow: 2, per: 60s").login()
    answers = [you.create() for _ in range(4)]
    assert [answer.status for answer in answers] == [201, 201, 429, 201]
    assert (answers[2].detail, answers[2].headers["retry-after"]) == ("Too Many Requests", "60")
    assert answers[3].json["created_at"] == "2026-06-07T12:01:00Z"


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("by", "statuses"),
    [("account", [200, 200, 429, 401, 429]), ("ip", [200, 429, 429, 429, 429]), ("world", [200, 429, 429, 429, 429])],
)
def test_these_requests_are_counted_together(api: Start, by: str, statuses: list[int]) -> None:
    it = play(api, f"on: me, allow: 1, per: 60s, by: {by}", more=f"clock: {{mode: manual}}{TWO}")
    clients = [it.login(), it.login("b@example.com", "b"), it.login(), it, it.other("nobody")]
    assert [client.read("/auth/me").status for client in clients] == statuses


@pytest.mark.assumed
def test_a_login_is_counted_by_the_address_in_its_body(api: Start) -> None:
    it = play(api, "on: login, allow: 1, per: 60s", more="clock: {mode: manual}")
    names = ["you@example.com", "you@example.com", "b@example.com"]
    answers = [it.fill_in("/auth/login", {"username": name, "password": "YOUR_PASSWORD"}) for name in names]
    assert [answer.status for answer in answers] == [200, 429, 401]


@pytest.mark.assumed
def test_a_request_refused_by_one_limit_is_not_counted_by_another(api: Start) -> None:
    you = play(api, "on: me, allow: 1, per: 10s", "on: any, allow: 4, per: 1h").login()
    statuses = [you.read("/auth/me").status for _ in range(5)]
    assert statuses == [200, 429, 200, 429, 200]
    assert you.read("/generations").headers["retry-after"] == "3580"


@pytest.mark.assumed
def test_the_answer_has_the_longest_wait_of_several_limits(api: Start) -> None:
    you = play(api, "on: me, allow: 1, per: 10s", "on: any, allow: 3, per: 60s").login()
    answers = [you.read("/auth/me") for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 429, 200, 429, 200]
    assert [answer.headers["retry-after"] for answer in answers] == [None, "10", None, "50", None]
    assert answers[3].headers["x-mock-rule"] == "limits.yaml:3"


@pytest.mark.assumed
def test_a_cap_ages_the_generations_it_counts_while_its_client_waits(api: Start) -> None:
    you = play(api, "on: create, active: 2").login()
    ids = [you.order(), you.order()]
    you.status(ids[0])
    assert [you.status(ids[0]).json["status"], you.create().headers["retry-after"]] == ["processing", "6"]
    assert you.order() == 1844
    assert [you.status(id_).json["status"] for id_ in ids] == ["completed", "processing"]


@pytest.mark.assumed
def test_a_limit_without_a_helpful_wait_gives_a_hint_and_no_wait(api: Start) -> None:
    you = play(api, "on: create, active: 1", more="generations: [{then: [processing]}]").login()
    id_ = you.order()
    refused = you.create()
    assert (refused.status, refused.headers["retry-after"]) == (429, None)
    assert "never finishes" in refused.headers["x-mock-hint"]
    you.delete(id_)
    assert you.create().status == 201


@pytest.mark.assumed
@pytest.mark.parametrize(("by", "status"), [("account", 201), ("ip", 429), ("world", 429)])
def test_a_cap_counts_these_generations(api: Start, by: str, status: int) -> None:
    it = play(api, f"on: create, active: 1, by: {by}", more=TWO)
    it.login().order()
    assert it.login("b@example.com", "b").create().status == status


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("then", "status", "told"),
    [
        ("status: 403, text: waf-403", 403, None),
        ("status: 429, detail: Slow down", 429, "60"),
        ("status: 429, retry_after: null", 429, None),
        ("status: 503, retry_after: {in: 5s, as: http-date}, headers: {X-A: b}", 503, "Sun, 07 Jun 2026 12:00:05 GMT"),
    ],
)
def test_a_limit_can_answer_in_its_own_way(api: Start, then: str, status: int, told: str | None) -> None:
    you = play(api, f"on: me, allow: 1, per: 60s, then: {{{then}}}").login()
    answers = [you.read("/auth/me") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, status]
    assert answers[1].headers["retry-after"] == told
    assert answers[1].headers["x-a"] == ("b" if "X-A" in then else None)


@pytest.mark.assumed
def test_a_limit_can_end_a_connection(api: Start) -> None:
    you = play(api, "on: me, allow: 1, per: 60s, then: {drop: close}").login()
    you.read("/auth/me")
    with pytest.raises(ConnectionError):
        you.read("/auth/me")


@pytest.mark.assumed
def test_a_refused_request_has_no_effect_and_only_operations_are_counted(api: Start) -> None:
    you = play(api, "on: any, allow: 3, per: 1h", more="clock: {mode: manual}").login()
    for method, path in (("GET", "/nowhere"), ("PUT", "/auth/me"), ("GET", "/auth/me/")):
        assert you.ask(method, path).status in (404, 405)
    assert [you.create().status for _ in range(3)] == [201, 201, 429]


@pytest.mark.assumed
def test_limits_work_for_media_as_well(api: Start) -> None:
    it = play(api, "on: media, allow: 1, per: 60s")
    [link] = it.login().outputs()
    assert [it.read(link).status for _ in range(3)] == [200, 429, 200]
