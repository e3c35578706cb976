"""Paths, queries and headers that are wrong in the control plane get a 4xx with a sentence, and change nothing."""

import json
from urllib.parse import quote

import pytest

from mockserver.http.app import control_document
from mockserver.http.request import MOST_HEADERS

from .conftest import ODD, Steering


def paths() -> list[str]:
    """Every path of the control plane, with something in its placeholders."""
    known = {"{email}": "you@example.com", "/journal/{id}": "/journal/1", "{id}": "1842", "{name}": "none"}
    found = list(json.loads(control_document())["paths"])
    for placeholder, name in known.items():
        found = [path.replace(placeholder, name) for path in found]
    return found


@pytest.mark.parametrize("path", paths())
def test_the_answer_to_a_wrong_method_names_the_right_methods(steering: Steering, path: str) -> None:
    before = steering.state()
    known = ("/__mock/scenario", "/__mock/worlds/none")
    for method in ("OPTIONS", "TRACE", "PROPFIND", "PATCH" if path in known else "PUT"):
        answer = steering.client.ask(method, steering.client.url + path)
        assert (answer.status, answer.detail) == (405, "Method not allowed")
        assert answer.headers["allow"]
        assert "access-control-allow-origin" not in answer.headers
    assert steering.state() == before


# A stream has no end, and the figures differ each time.
@pytest.mark.parametrize("path", [path for path in paths() if not path.endswith(("/events", "/metrics"))])
def test_head_is_get_without_a_body(steering: Steering, path: str) -> None:
    get, head = (steering.client.ask(method, steering.client.url + path) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (get.status, b"")
    assert head.headers.items() == get.headers.items()


def test_the_body_of_a_get_is_ignored(steering: Steering) -> None:
    assert steering.ask("GET", "/clock", b"[not JSON").json == steering.ask("GET", "/clock").json


@pytest.mark.parametrize("path", paths())
def test_the_answer_names_an_unknown_query_parameter(steering: Steering, path: str) -> None:
    method = "GET"
    answer = steering.client.ask(method, f"{steering.client.url}{path}?zzz=1&yyy")
    if answer.status != 405:
        assert (answer.status, "zzz: unknown parameter" in answer.detail) == (400, True)
        assert "yyy: unknown parameter" in answer.detail


@pytest.mark.parametrize("number", ["-1", "1.5", "", "ten", "1e3", "0x10", "٣", "9" * 16, "9" * 5000, "+1", " 1"])
@pytest.mark.parametrize("route", ["accounts", "generations", "journal"])
@pytest.mark.parametrize("parameter", ["limit", "since"])
def test_a_number_in_a_query_must_be_a_whole_number(
    steering: Steering, route: str, parameter: str, number: str
) -> None:
    answer = steering.ask("GET", f"/{route}?{parameter}={quote(number)}")
    assert (answer.status, "expected a whole number from 0 to" in answer.detail) == (400, True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("operation=stats", 'unknown operation "stats"; did you mean status?'),
        ("operation=", "expected one of signup, login"),
        ("operation=Status", "did you mean status?"),
        ("status=ok", "expected an HTTP status such as 201, or none for no answer"),
        ("status=99", "expected an HTTP status"),
        ("status=600", "expected an HTTP status"),
        ("status=%D9%A2%D9%A0%D9%A0", "expected an HTTP status"),
        ("wait=31", "expected seconds of real time from 0 to 30"),
        ("wait=-1", "expected seconds of real time"),
        ("wait=NaN", "expected seconds of real time"),
        ("wait=1e9", "expected seconds of real time"),
        ("wait=", "expected seconds of real time"),
        ("generation=one", "expected a whole number"),
        ("accuont=you@example.com", "unknown parameter; did you mean account?"),
    ],
)
def test_the_journal_refuses_queries_that_it_cannot_answer(steering: Steering, query: str, sentence: str) -> None:
    answer = steering.ask("GET", f"/journal?{query}")
    assert (answer.status, sentence in answer.detail) == (400, True), answer.detail


@pytest.mark.parametrize("id_", ["0", "-1", "99", "1.0", "one", "9" * 400])
@pytest.mark.parametrize("path", ["", "/explain"])
def test_an_unknown_exchange_is_a_404(steering: Steering, id_: str, path: str) -> None:
    answer = steering.ask("GET", f"/journal/{id_}{path}")
    assert (answer.status, bool(answer.detail)) == (404, True)


def test_a_parameter_must_not_be_given_twice(steering: Steering) -> None:
    assert "limit: given more than once" in steering.ask("GET", "/accounts?limit=1&limit=2").detail


@pytest.mark.parametrize("id_", ["0", "-1", "1843", "1842.0", "%D9%A3", "9" * 400, "one", "%00", "1842%2F"])
def test_an_unknown_generation_is_a_404(steering: Steering, id_: str) -> None:
    before = steering.state()
    for method, path, body in (("GET", "", b""), ("POST", "/finish", b'{"status": "failed"}')):
        answer = steering.ask(method, f"/generations/{id_}{path}", body)
        assert (answer.status, bool(answer.detail)) == (404, True)
    assert steering.state() == before


@pytest.mark.parametrize("path", ["/accounts/{}", "/faults/{}", "/worlds/{}"])
@pytest.mark.parametrize(
    "name", ["none", "%20", "%00", "%FF", "..", "you%40example.com%0A", "a" * 5000, "a/b", "default%2F"]
)
def test_an_unknown_name_is_a_404(steering: Steering, path: str, name: str) -> None:
    before = steering.state()
    method = "GET" if path.startswith("/accounts") else "DELETE"
    answer = steering.ask(method, path.format(name))
    assert (answer.status, bool(answer.detail)) == (404, True)
    assert len(answer.detail) < 300
    assert steering.state() == before


def test_any_address_can_be_written_in_a_path(steering: Steering) -> None:
    for written in (quote(ODD, safe=""), quote(ODD, safe="").replace("%2F", "%2f")):
        assert steering.ask("GET", f"/accounts/{written}").json["email"] == ODD
    answer = steering.ask("POST", f"/accounts/{quote(ODD, safe='')}/credits", b'{"amount": 5}')
    assert answer.json["credits"] == 105


def test_any_name_of_a_fault_can_be_written_in_a_path(steering: Steering) -> None:
    fault = {"name": ODD, "on": "status", "then": {"status": 500}}
    assert steering.ask("POST", "/faults", json.dumps(fault).encode()).status == 201
    assert steering.ask("DELETE", f"/faults/{quote(ODD, safe='')}").json["name"] == ODD


def test_too_many_headers_are_refused_before_the_request_is_read(steering: Steering) -> None:
    many = {f"x-{number}": "y" for number in range(MOST_HEADERS + 1)}
    for headers in (many, {"Cookie": "x" * 33_000, "Host": "evil.example"}):
        answer = steering.client.ask("GET", "/clock", headers=headers)
        assert (answer.status, "at most 100 headers, and 32768 bytes" in answer.detail) == (431, True)
