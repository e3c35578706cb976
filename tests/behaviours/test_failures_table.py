"""How clients of asynchronous APIs fail in practice, rows 1 to 19: a client runs each with a minimal scenario.

The numbers are those of the table for which the scenario language was made; two ways to the same failure share a
number.
"""

from http.client import IncompleteRead

import pytest

from tests.support.client import Client

from .failures import Story, Table, lived
from .played import Start

table = Table()
row = table.row


@row(1, "a job that never ends", "generations: [{then: [{pending: 2s}, {processing: {progress: 99}}]}]")
def never_final(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    assert {you.status(id_).json["status"] for _ in range(100)} == {"pending", "processing"}
    assert you.status(id_).json["progress"] == 99


@row(2, "an unknown status", "generations: [{then: [{queued: 1s}, {moderating: 3s}, completed]}]")
def unknown_status(it: Client) -> None:
    you = it.login()
    assert [status for status, _ in you.polls(you.order())] == ["queued", "moderating", "completed"]


@row(3, "an output that has expired", "{clock: {step: 5m}, media: {ttl: 10m}}")
def expired_link(it: Client) -> None:
    you = it.login()
    first = you.order()
    you.polls(first)
    [link] = you.result(first).json["outputs"]
    statuses = [it.read(link).status]
    for _ in range(2):
        you.polls(you.order())
        statuses.append(it.read(link).status)
    assert statuses == [200, 200, 403]
    assert it.read(you.result(first).json["outputs"][0]).status == 200


@row(4, "a create whose answer is lost", "faults: [{on: create, calls: 1, phase: after, then: {drop: reset}}]")
def lost_create(it: Client) -> None:
    you = it.login()
    with pytest.raises(ConnectionError):
        you.create()
    assert (you.read("/generations").json["total"], you.credits()) == (1, 95)
    you.order()
    assert (you.read("/generations").json["total"], you.credits()) == (2, 90)


@row(5, "a page of HTML", 'faults: [{on: status, calls: "2-3", then: {status: 502, text: nginx-502}}]')
def html_answer(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    answers = [you.status(id_) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 502, 502, 200]
    assert answers[1].headers["content-type"] == "text/html; charset=utf-8"
    assert b"<html>" in answers[1].body


DATE = "faults: [{on: create, calls: 1, then: {status: 429, retry_after: {in: 30s, as: http-date}}}]"


@row(6, "a Retry-After that is a date", DATE)
def retry_after_date(it: Client) -> None:
    you = it.login()
    refused = you.create()
    assert (refused.status, refused.headers["retry-after"]) == (429, "Sun, 07 Jun 2026 12:00:30 GMT")
    assert you.create().json["created_at"] == "2026-06-07T12:00:30Z"


LATE_OUTPUTS = (
    "generations: [{then: [{processing: 4s}, {completed: {for: 2s, outputs: []}}, {completed: {outputs: 1}}]}]"
)


@row(7, "completed with no outputs", LATE_OUTPUTS)
def no_outputs(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    seen = [(it_.json["status"], len(it_.json["outputs"])) for it_ in [you.result(id_) for _ in range(4)]]
    assert seen == [("processing", 0), ("processing", 0), ("completed", 0), ("completed", 1)]


FAILING = "generations: [{when: {prompt: fail}, then: [{processing: 4s}, failed]}]"


@row(8, "a refund that never comes", f"wallet: {{refund_failed: false}}\n{FAILING}")
def no_refund(it: Client) -> None:
    you = it.login()
    assert you.polls(you.order(prompt="fail"))[-1][0] == "failed"
    assert you.credits() == 95


@row(8, "a refund that comes late", f"wallet: {{refund_delay: 60s}}\nclock: {{step: 60s}}\n{FAILING}")
def late_refund(it: Client) -> None:
    you = it.login()
    you.polls(you.order(prompt="fail"))
    before = you.credits()
    you.polls(you.order())
    assert (before, you.credits()) == (95, 95)


@row(9, "polling too fast", "limits: [{on: status, allow: 10, per: 10s, by: account}]")
def limited_polls(it: Client) -> None:
    you = it.login()
    ids = [you.order() for _ in range(11)]
    answers = [you.status(id_) for id_ in ids]
    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "10"
    assert you.status(ids[-1]).json["status"] == "completed"


@row(10, "one poll that breaks", "faults: [{on: status, calls: 3, then: {drop: reset}}]")
def broken_poll(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    for _ in range(2):
        assert you.status(id_).json["status"] != "completed"
    with pytest.raises(ConnectionError):
        you.status(id_)
    assert you.polls(id_) == [("processing", 66), ("completed", 100)]


@row(11, "a token that expires", "tokens: {ttl: 5s}")
def expired_token(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    assert [you.status(id_).status for _ in range(5)] == [200, 200, 200, 401, 401]
    assert it.login().status(id_).status == 200


@row(12, "a 401 that no login cures", "faults: [{on: [status, me], then: {status: 401}}]")
def unauthorized_for_ever(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    for _ in range(3):
        assert (you.status(id_).status, you.read("/auth/me").status) == (401, 401)
        you = it.login()


@row(13, "a 429 without a wait", 'faults: [{on: create, calls: "1-3", then: {status: 429, retry_after: null}}]')
def no_retry_after(it: Client) -> None:
    you = it.login()
    answers = [you.create() for _ in range(4)]
    assert [(answer.status, answer.headers["retry-after"]) for answer in answers] == [(429, None)] * 3 + [(201, None)]


@row(14, "an answer that is cut short", "faults: [{on: result, calls: 1, then: {drop: {truncate: 0.6}}}]")
def cut_answer(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    with pytest.raises(IncompleteRead) as cut:
        you.result(id_)
    sent, missing = len(cut.value.partial), cut.value.expected or 0
    assert sent == int((sent + missing) * 0.6)
    assert you.other(you.token).result(id_).json["id"] == id_


MODERATED = 'generations: [{when: {prompt: "*nsfw*"}, then: [{processing: 90s}, {failed: {error: Content moderated}}]}]'


@row(15, "moderated after minutes", MODERATED)
def moderated(it: Client) -> None:
    you = it.login()
    id_ = you.order(prompt="an nsfw cat")
    assert len(you.polls(id_)) == 46
    assert you.result(id_).json["error"] == "Content moderated"


@row(16, "a deleted job that costs", "wallet: {refund_deleted: false}")
def deleted_unpaid(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    assert (you.delete(id_).status, you.delete(id_).status, you.credits()) == (200, 404, 95)


@row(
    16, "a job that cannot be deleted", "faults: [{on: delete, then: {status: 409, detail: Generation is processing}}]"
)
def undeletable(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    refused = you.delete(id_)
    assert (refused.status, refused.detail, you.status(id_).status) == (409, "Generation is processing", 200)


LONG = "generations: [{when: {generation_type: video}, then: [{processing: 282s}, completed]}]"


@row(17, "a job longer than the deadline", LONG)
def long_job(it: Client) -> None:
    you = it.login()
    id_ = you.order(generation_type="video", model_name="video-standard")
    assert {you.status(id_).json["status"] for _ in range(60)} == {"processing"}
    assert len(you.polls(id_)) == 142 - 60


@row(18, "a detail that is a list", "api: {validation: fastapi-422}")
def listed_detail(it: Client) -> None:
    refused = it.login().create(prompt=None)
    assert (refused.status, refused.json["detail"][0]["loc"]) == (422, ["body", "prompt"])


def pages(you: Client) -> tuple[list[int], list[int]]:
    """The ids on two pages, with two orders made between the two reads."""
    for _ in range(4):
        you.order()
    first = [item["id"] for item in you.read("/generations?page_size=2").json["items"]]
    for _ in range(2):
        you.order()
    return first, [item["id"] for item in you.read("/generations?page_size=2&page=2").json["items"]]


@row(19, "rows that move while paging", "")
def moving_rows(it: Client) -> None:
    first, second = pages(it.login())
    assert first == second == [1845, 1844]


@row(19, "rows that stay while paging", "api: {order: oldest-first}")
def staying_rows(it: Client) -> None:
    assert pages(it.login()) == ([1842, 1843], [1844, 1845])


@pytest.mark.assumed
@pytest.mark.parametrize(("scenario", "story"), table.rows)
def test_each_way_to_fail_takes_a_few_lines(api: Start, scenario: str, story: Story) -> None:
    lived(api, scenario, story)
