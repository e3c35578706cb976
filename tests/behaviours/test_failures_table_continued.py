"""How clients of asynchronous APIs fail in practice, rows 20 to 48: a client runs each with a minimal scenario."""

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead

import pytest

from tests.support.client import Client
from tests.support.customer import BASE, EMAIL, ORDER, PASSWORD

from .failures import Story, Table, lived, spending
from .played import Start

table = Table()
row = table.row
TEXT = {"generation_type": "text", "model_name": "text-standard"}


@row(20, "a bearer for the media host", "media: {reject_authorization: true}")
def bearer_to_media(it: Client) -> None:
    you = it.login()
    [link] = you.outputs()
    assert (you.read(link).status, it.read(link).status) == (400, 200)


@row(21, "a prompt that is too long", "api: {prompt_max: 2000}")
def long_prompt(it: Client) -> None:
    you = it.login()
    assert [you.create(prompt="a" * length).status for length in (2001, 2000)] == [400, 201]


@row(22, "404 right after the create", "generations: [{visible_after: 2s}]")
def not_there_yet(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    assert [you.status(id_).status for _ in range(3)] == [404, 200, 200]


@row(23, "a redirect for a slash", "api: {trailing_slash: redirect-307}")
def redirected(it: Client) -> None:
    you = it.login()
    answer = you.ask("POST", "/generations/")
    assert (answer.status, answer.headers["location"]) == (307, f"{it.url}{BASE}/generations")


@row(24, "a poll that is never answered", "faults: [{on: status, calls: 2, then: {drop: hang}}]")
def hung_poll(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    assert you.status(id_).status == 200
    host, port = it.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=0.2) as hung:
        hung.sendall(f"GET {BASE}/generations/{id_}/status HTTP/1.1\r\nHost: x\r\n".encode())
        hung.sendall(f"Authorization: Bearer {you.token}\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            hung.recv(1)
    assert you.status(id_).json["status"] == "processing"


@row(25, "too many jobs at a time", "limits: [{on: create, active: 2}]")
def too_many_jobs(it: Client) -> None:
    you = it.login()
    answers = [you.create() for _ in range(4)]
    assert [answer.status for answer in answers] == [201, 201, 429, 201]
    assert answers[2].headers["retry-after"] == "8"


FALLING = "generations: [{then: [{processing: {for: 10s, progress: [10, 40, 35, 80]}}, completed]}]"


@row(26, "progress that falls", FALLING)
def falling_progress(it: Client) -> None:
    you = it.login()
    assert [progress for _, progress in you.polls(you.order())] == [10, 10, 40, 35, 80, 100]


@row(27, "a prompt in Unicode", "")
def unicode_prompt(it: Client) -> None:
    you = it.login()
    prompt = "ein Café bei Nacht 🏙 夜"
    id_ = you.order(prompt=prompt)
    you.polls(id_)
    record = you.result(id_).json
    assert (record["prompt"], record["outputs"][0].isascii()) == (prompt, True)
    assert it.read(record["outputs"][0]).status == 200


@row(28, "parallel creates that overspend", spending(5))
def overspending(it: Client) -> None:
    clients = [it.login() for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        statuses = [answer.status for answer in pool.map(lambda each: each.create(), clients)]
    assert sorted(statuses) == [201] + [402] * 9


@row(29, "402 in the middle of a batch", spending(12))
def wallet_runs_dry(it: Client) -> None:
    you = it.login()
    assert [you.create().status for _ in range(3)] == [201, 201, 402]
    assert (you.credits(), you.read("/generations").json["total"]) == (2, 2)


@row(30, "a Retry-After that is a fraction", 'faults: [{on: create, then: {status: 429, retry_after: "0.493"}}]')
def fractional_wait(it: Client) -> None:
    assert it.login().create().headers["retry-after"] == "0.493"


@row(30, "a Retry-After that is no time at all", 'faults: [{on: create, then: {status: 429, retry_after: "0"}}]')
def no_wait(it: Client) -> None:
    assert it.login().create().headers["retry-after"] == "0"


@row(30, "a Retry-After that is a day", 'faults: [{on: create, then: {status: 429, retry_after: "86400"}}]')
def endless_wait(it: Client) -> None:
    assert it.login().create().headers["retry-after"] == "86400"


@row(30, "a Retry-After that is a word", "faults: [{on: create, then: {status: 429, retry_after: soon}}]")
def wordy_wait(it: Client) -> None:
    assert it.login().create().headers["retry-after"] == "soon"


STUCK = "generations: [{then: [{processing: {for: 60s, progress: [20, 85, 99, 99, 99]}}, completed]}]"


@row(31, "stuck at 99, and done all the same", STUCK)
def nearly_done(it: Client) -> None:
    you = it.login()
    polls = you.polls(you.order())
    assert ([progress for _, progress in polls].count(99), polls[-1]) == (18, ("completed", 100))


@row(
    32, "back from completed", "generations: [{then: [{processing: 4s}, {completed: 2s}, {processing: 2s}, completed]}]"
)
def falls_back(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    words = [you.status(id_).json["status"] for _ in range(5)]
    assert words == ["processing", "processing", "completed", "processing", "completed"]


@row(33, "failed without a reason", "generations: [{then: [{processing: 4s}, {failed: {error: null}}]}]")
def no_reason(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    you.polls(id_)
    assert (you.result(id_).json["status"], you.result(id_).json["error"]) == ("failed", None)


@row(34, "a slow answer whose effect is there", "faults: [{on: create, calls: 1, then: {delay: 6s}}]")
def slow_create(it: Client) -> None:
    you = it.login()
    impatient = http.client.HTTPConnection(it.url.removeprefix("http://"), timeout=0.2)
    headers = {"Authorization": f"Bearer {you.token}", "Content-Type": "application/json"}
    impatient.request("POST", f"{BASE}/generations", json.dumps(ORDER), headers)
    with pytest.raises(TimeoutError):
        impatient.getresponse()
    impatient.close()
    assert (you.read("/generations").json["total"], you.credits()) == (1, 95)


ERROR_IN_200 = "faults: [{on: result, calls: 1, then: {status: 200, body: {detail: upstream error}}}]"


@row(35, "200 with an error inside", ERROR_IN_200)
def error_in_success(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    answers = [you.result(id_) for _ in range(2)]
    assert [(answer.status, "detail" in answer.json) for answer in answers] == [(200, True), (200, False)]


@row(36, "a download that breaks", "faults: [{on: media, calls: 1, then: {drop: {truncate: 0.3}}}]")
def broken_download(it: Client) -> None:
    [link] = it.login().outputs()
    with pytest.raises(IncompleteRead) as cut:
        it.read(link)
    whole = it.other().read(link)
    assert len(cut.value.partial) == int(len(whole.body) * 0.3)
    assert int(whole.headers["content-length"]) == len(whole.body)


@row(37, "another number of outputs", "generations: [{then: [{processing: 5s}, {completed: {outputs: 3}}]}]")
def three_outputs(it: Client) -> None:
    assert len(it.login().outputs()) == 3


@row(38, "a quota told as 401", "faults: [{on: create, calls: 1, then: {status: 401, detail: Quota exceeded}}]")
def quota(it: Client) -> None:
    you = it.login()
    refused = you.create()
    assert (refused.status, refused.detail, you.create().status) == (401, "Quota exceeded", 201)


@row(39, "202 instead of 201", "api: {create_status: 202}")
def accepted(it: Client) -> None:
    assert it.login().create().status == 202


OUTAGE = """
clock: {step: 600s}
faults: [{on: create, when: {generation_type: image}, between: [0s, 600s], then: {status: 502}}]
"""


@row(40, "an outage of one type", OUTAGE)
def outage(it: Client) -> None:
    you = it.login()
    assert (you.create().status, you.create(**TEXT).status) == (502, 201)
    you.polls(1842)
    assert you.create().status == 201


@row(
    41,
    "hours in the queue",
    "{clock: {step: 1h}, generations: [{then: [{pending: 2h}, {processing: 30s}, completed]}]}",
)
def queued(it: Client) -> None:
    you = it.login()
    words = [status for status, _ in you.polls(you.order())]
    assert words == ["pending", "pending", "processing", "completed"]


@row(42, "a charge that is not the list price", "generations: [{cost: 22}]")
def overcharged(it: Client) -> None:
    you = it.login()
    listed = you.read("/generations/models").json[0]["credit_cost"]
    assert (listed, you.create().json["credit_cost"], you.credits()) == (5, 22, 78)


@row(43, "times without a zone", "api: {timestamps: naive-microseconds}")
def naive_times(it: Client) -> None:
    assert it.login().create().json["created_at"] == "2026-06-07T12:00:00.000000"


@row(44, "keys too many and null", "faults: [{on: status, calls: 2, then: {patch: {progress: null, eta: 12}}}]")
def patched(it: Client) -> None:
    you = it.login()
    id_ = you.order()
    assert you.status(id_).json == {"id": id_, "status": "pending", "progress": 0}
    assert you.status(id_).json == {"id": id_, "status": "processing", "progress": None, "eta": 12}


@row(45, "a login that is limited", 'faults: [{on: login, calls: "1-2", then: {status: 429}}]')
def limited_login(it: Client) -> None:
    form = {"username": EMAIL, "password": PASSWORD}
    answers = [it.fill_in("/auth/login", form) for _ in range(3)]
    assert [(answer.status, answer.headers["retry-after"]) for answer in answers] == [
        (429, "1"),
        (429, "1"),
        (200, None),
    ]


WITHDRAWN = """
clock: {step: 30s}
models: [{name: seedream-5.0-lite, generation_type: image, until: 30s}]
"""


@row(46, "a model that is withdrawn", WITHDRAWN)
def withdrawn(it: Client) -> None:
    you = it.login()
    assert [model["name"] for model in you.read("/generations/models").json] == [ORDER["model_name"]]
    you.polls(you.order())
    assert (you.create().status, you.read("/generations/models").json) == (400, [])


@row(47, "an edge that did not reach the API", "faults: [{on: create, calls: 1, then: {status: 522}}]")
def not_reached(it: Client) -> None:
    you = it.login()
    assert (you.create().status, you.credits(), you.read("/generations").json["total"]) == (522, 100, 0)


@row(47, "an edge that did", "faults: [{on: create, calls: 1, phase: after, then: {status: 524}}]")
def reached_and_billed(it: Client) -> None:
    you = it.login()
    assert (you.create().status, you.credits(), you.read("/generations").json["total"]) == (524, 95, 1)


@row(48, "a wall against robots", "limits: [{on: any, allow: 50, per: 10s, then: {status: 403, text: waf-403}}]")
def robot_wall(it: Client) -> None:
    you = it.login()
    answers = [you.read("/auth/me") for _ in range(50)]
    assert [answer.status for answer in answers] == [200] * 49 + [403]
    assert answers[-1].headers["content-type"].startswith("text/html")


@pytest.mark.assumed
@pytest.mark.parametrize(("scenario", "story"), table.rows)
def test_each_way_to_fail_takes_a_few_lines(api: Start, scenario: str, story: Story) -> None:
    lived(api, scenario, story)
