"""Bad bodies for the control plane: each has its 4xx and a sentence, and changes nothing."""

import http.client
import json
from typing import Any, Final

import pytest

from mockserver.http.control.exchange import BODY_LIMIT
from tests.support.client import raw

from .conftest import Steering

WRITES: Final = {
    "reset": ("POST", "/reset", {"seed": 7}),
    "load": ("PUT", "/scenario", {"scenario": "rough-poll"}),
    "change_clock": ("PATCH", "/clock", {"step": "5s"}),
    "advance": ("POST", "/clock/advance", {"by": "2s"}),
    "grant": ("POST", "/accounts/you@example.com/credits", {"amount": 5}),
    "expire_tokens": ("POST", "/accounts/you@example.com/tokens/expire", {}),
    "finish": ("POST", "/generations/1842/finish", {"status": "failed"}),
    "add_fault": ("POST", "/faults", {"on": "status", "then": {"status": 500}}),
}
"""For each route that takes a body, a request that changes something."""

EACH_WRITE: Final = pytest.mark.parametrize("write", WRITES)


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


BODIES: Final = {
    "an array": (b"[]", "expected a JSON object"),
    "a text": (b'"by"', "expected a JSON object"),
    "null": (b"null", "expected a JSON object"),
    "a space": (b" ", "expected a JSON object"),
    "half": (b'{"by": "2', "expected a JSON object"),
    "twice": (b"{}{}", "expected a JSON object"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "expected a JSON object"),
    "UTF-16": ("{}".encode("utf-16"), "expected a JSON object"),
    "no UTF-8": (b'{"\xff": 1}', "expected a JSON object"),
    "half a character": (b'{"scenario": "\\ud800"}', "expected a JSON object"),
    "NaN": (b'{"by": NaN}', "expected a JSON object"),
    "infinity": (b'{"by": Infinity}', "expected a JSON object"),
    "a number beyond all": (b'{"by": 1e999}', "by: the number 1e999 is too large"),
    "a comment": (b"{} // nothing", "expected a JSON object"),
    "too deep": (deep(65), "at most 64 levels"),
    "as deep as may be": (deep(64), 'unknown key "a"'),
    "deeper than any stack": (deep(100_000), "at most 64 levels"),
    "a stranger's key": (b'{"zzz": 1}', 'unknown key "zzz"'),
    "an empty key": (b'{"": 1}', 'unknown key ""'),
    "a key with a line break": (b'{"a\\nb": 1}', r'unknown key "a\nb"'),
}
"""Bodies that no route takes, and the sentence about each."""


@EACH_WRITE
@pytest.mark.parametrize("body", BODIES)
def test_no_route_takes_a_bad_body(steering: Steering, write: str, body: str) -> None:
    sent, sentence = BODIES[body]
    method, path, _ = WRITES[write]
    before = steering.state()
    answer = steering.ask(method, path, sent)
    assert (answer.status, sentence in answer.json["detail"]) == (400, True), answer.json
    assert steering.state() == before


@EACH_WRITE
def test_the_answer_names_a_key_that_is_given_twice(steering: Steering, write: str) -> None:
    method, path, body = WRITES[write]
    before = steering.state()
    twice = json.dumps(body)[:-1] + (", " if body else "") + '"seed": 1, "seed": 2}'
    answer = steering.ask(method, path, twice.encode())
    assert (answer.status, answer.detail) == (400, 'duplicate key "seed"; keep one of them')
    assert steering.state() == before


WRONG: Final[list[tuple[str, dict[str, Any], str]]] = [
    ("reset", {"seed": -1}, "$.seed: expected a whole number from 0"),
    ("reset", {"seed": 1.5}, "$.seed: expected a whole number from 0"),
    ("reset", {"seed": 2**63}, "$.seed: expected a whole number from 0"),
    ("reset", {"seed": 10**400}, "$.seed: expected a whole number from 0"),
    ("reset", {"seed": True}, "$.seed: expected a whole number from 0"),
    ("reset", {"scenario": "rough.yaml"}, "$.scenario: expected a name of the gallery or YAML"),
    ("reset", {"scenario": {"seed": 7}}, "$.scenario: expected text"),
    ("load", {}, '$: missing key "scenario"'),
    ("load", {"scenario": None}, "$.scenario: expected text"),
    ("load", {"scenario": "../etc/passwd"}, "no file is opened: send its content"),
    ("load", {"scenario": "a: &a [*a]"}, "scenario.yaml:1:"),
    ("load", {"scenario": "seed: 7\nextends: ../other.yaml\n"}, "scenario.yaml:2:"),
    ("change_clock", {"mode": None}, "$.mode: expected real, poll or manual"),
    ("change_clock", {"step": -1}, "$.step: expected a duration"),
    ("change_clock", {"step": "nexst"}, "$.step: expected a duration such as 2s, or the word next"),
    ("change_clock", {"rate": 1e300}, "$.rate: expected a number over 0"),
    ("change_clock", {"rate": "2"}, "write it without quotes: 2"),
    ("advance", {}, "expected one of by, to, until"),
    ("advance", {"by": None}, "$.by: expected a duration"),
    ("advance", {"by": -1}, "$.by: expected a duration from 0"),
    ("advance", {"by": 1e300}, "$.by: expected a duration"),
    ("advance", {"by": 10**400}, "$.by: expected a duration"),
    ("advance", {"by": 0.0000001}, "$.by: expected a duration in whole microseconds"),
    ("advance", {"by": "2 weeks"}, "$.by: expected a duration"),
    ("advance", {"to": "tomorrow"}, "$.to: expected an instant such as"),
    ("advance", {"to": "2026-06-07T12:00:00"}, "$.to: expected an instant"),
    ("advance", {"to": "1999-01-01T00:00:00Z"}, "time never goes back"),
    ("advance", {"until": "then"}, "$.until: expected next"),
    ("advance", {"until": {"generation": 1842}}, 'missing key "status"'),
    ("advance", {"until": {"generation": 1842, "status": ""}}, "$.until.status: expected text"),
    ("advance", {"until": {"generation": 1842, "status": "failed"}}, "never becomes failed"),
    ("grant", {}, 'missing key "amount"'),
    ("grant", {"amount": 0.5}, "$.amount: expected a whole number"),
    ("grant", {"amount": "5"}, "write it without quotes: 5"),
    ("grant", {"amount": 10**20}, "$.amount: expected a whole number"),
    ("grant", {"amount": -96}, "since the account has 95, found -96"),
    ("expire_tokens", {"all": True}, 'unknown key "all"'),
    ("finish", {}, 'missing key "status"'),
    ("finish", {"status": "pending"}, "$.status: expected completed or failed"),
    ("finish", {"status": "completed", "outputs": -1}, "$.outputs: expected"),
    ("finish", {"status": "completed", "outputs": [1]}, "$.outputs[0]: expected text"),
    ("finish", {"status": "completed", "outputs": [""] * 101}, "$.outputs: expected"),
    ("add_fault", {}, 'missing key "on"'),
    ("add_fault", {"on": [], "then": {"status": 500}}, "$.on: expected at least one operation"),
    ("add_fault", {"on": "status", "then": {}}, "$.then"),
    ("add_fault", {"on": "status", "then": {"status": 500}, "name": ""}, "$.name: expected text"),
    ("add_fault", {"on": "status", "then": {"status": 500}, "calls": 0}, "$.calls: expected a call number"),
    ("add_fault", {"on": "status", "then": {"status": 500}, "when": {"promt": "*"}}, 'did you mean "prompt"?'),
    ("add_fault", {"on": "create", "then": {"status": 500}, "counted": "generation"}, "counted"),
    ("add_fault", {"on": "status", "then": {"status": 500, "headers": {"a\nb": "c"}}}, "$.then.headers"),
]


@pytest.mark.parametrize(("write", "body", "sentence"), WRONG)
def test_the_answer_gives_the_place_of_a_value_that_a_route_does_not_take(
    steering: Steering, write: str, body: dict[str, Any], sentence: str
) -> None:
    method, path, _ = WRITES[write]
    before = steering.state()
    answer = steering.ask(method, path, json.dumps(body).encode())
    assert (answer.status, sentence in answer.json["detail"]) == (400, True), answer.json
    assert steering.state() == before


@EACH_WRITE
def test_a_body_over_four_mebibytes_is_refused_with_any_framing(steering: Steering, write: str) -> None:
    method, path, _ = WRITES[write]
    before = steering.state()
    head = f"{method} /__mock{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    announced = f"Content-Length: {BODY_LIMIT + 1}\r\n\r\n".encode()
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (BODY_LIMIT + 1, b" " * (BODY_LIMIT + 1))
    for rest in (announced, chunked):
        answer = raw(steering.client.url, head.encode() + rest)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"expected a body of at most 4194304 bytes" in answer
    assert steering.state() == before


def test_a_body_of_four_mebibytes_is_taken(steering: Steering) -> None:
    body = json.dumps({"by": "2s"}).encode()
    answer = steering.ask("POST", "/clock/advance", body.ljust(BODY_LIMIT))
    assert (answer.status, answer.json["moved"]) == (200, 2)


def test_a_slow_body_delays_no_other_request(steering: Steering) -> None:
    slow = http.client.HTTPConnection(steering.client.url.removeprefix("http://"), timeout=30)
    slow.putrequest("POST", "/__mock/clock/advance")
    slow.putheader("Content-Type", "application/json")
    slow.putheader("Content-Length", "12")
    slow.endheaders(b'{"by"')
    assert steering.ask("GET", "/clock").json["now"] == "2026-06-07T12:00:00Z"
    slow.send(b': "2s"}')
    with slow.getresponse() as answer:
        assert json.loads(answer.read())["moved"] == 2
    slow.close()


def test_an_incomplete_body_moves_nothing(steering: Steering) -> None:
    before = steering.state()
    slow = http.client.HTTPConnection(steering.client.url.removeprefix("http://"), timeout=30)
    slow.request(
        "POST", "/__mock/clock/advance", b'{"by": "2s"}', {"Content-Length": "40", "Content-Type": "application/json"}
    )
    slow.close()
    assert steering.state() == before


@EACH_WRITE
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
def test_a_body_without_json_is_refused(steering: Steering, write: str, kind: str) -> None:
    method, path, body = WRITES[write]
    before = steering.state()
    answer = steering.ask(method, path, json.dumps(body).encode(), kind)
    assert (answer.status, kind in answer.detail) == (415, True)
    assert steering.state() == before


def test_a_refusal_lists_at_most_a_thousand_problems(steering: Steering) -> None:
    fault = {"on": ["status"] * 9_000, "then": {"status": 500}}
    answer = steering.ask("POST", "/faults", json.dumps(fault).encode())
    assert (answer.status, len(answer.json["problems"])) == (400, 1000)


def test_a_fault_without_a_name_gets_a_free_name(steering: Steering) -> None:
    fault = {"on": "status", "then": {"status": 500}}
    for sent, name in (
        ({"name": "added.1"}, "added.1"),
        ({"name": "added.4"}, "added.4"),
        ({}, "added.3"),
        ({}, "added.5"),
    ):
        assert steering.ask("POST", "/faults", json.dumps(fault | sent).encode()).json["name"] == name
