"""Mistakes in a scripted answer: each contradiction has a sentence of its own."""

# ruff: noqa: E501 - a row of a table is one line, and its sentence is whole

import pytest
from msgspec import convert

from mockserver.core.document import KEY, Path
from mockserver.core.faults import Then
from mockserver.language.then_checks import of_fault, of_limit

EMPTY = "then: expected `status` or `drop`, which replace the answer, `patch` or `remove`, which change it, or `delay`, found nothing that happens"
OWN = "belongs to an answer of its own, which begins with `status`; add one"
LINE = "expected text of one line, in Latin-1 and without spaces around it, as a header, found "
NO_BODY = "an answer with status {} has no body; leave it out, or choose another status"


def then(keys: object) -> Then:
    return convert(keys, Then)


@pytest.mark.parametrize(
    "keys",
    [
        {"status": 500},
        {"status": 500, "detail": ""},
        {"status": 200, "body": None},
        {"status": 200, "body": [], "content_type": "application/problem+json"},
        {"status": 502, "text": "nginx-502", "headers": {"Server": "nginx", "X": ""}, "delay": 1, "drip": {}},
        {"status": 502, "text": "x", "content_type": "text/csv", "retry_after": {"in": 5, "as": "http-date"}},
        {"status": 429, "retry_after": None},
        {"status": 429, "headers": {"Retry-After": "x"}},
        {"status": 204, "headers": {"X": "y"}, "delay": 5},
        {"drop": "hang"},
        {"drop": "reset", "delay": 5},
        {"drop": {"truncate": 0.5}, "patch": {"a": 1}, "remove": ["b"], "headers": {"content-type": "x"}, "drip": {}, "delay": 1},
        {"patch": {"a": None}},
        {"remove": ["a"]},
        {"delay": 1},
        {"drip": {}},
        {"headers": {"x": "y"}},
    ],
)  # fmt: skip
def test_a_sound_then_has_no_problems(keys: object) -> None:
    assert list(of_fault(then(keys))) == []


@pytest.mark.parametrize(
    ("keys", "findings"),
    [
        ({}, [((), EMPTY)]),
        ({"delay": 0, "patch": {}, "remove": [], "headers": {}}, [((), EMPTY)]),
        ({"status": 500, "detail": "a", "body": {}, "text": "b"}, [(("body",), "body: `detail` gives the body already; keep one of them"), (("text",), "text: `detail` gives the body already; keep one of them")]),
        ({"status": 500, "body": None, "text": "b"}, [(("text",), "text: `body` gives the body already; keep one of them")]),
        ({"status": 500, "content_type": "a/b"}, [(("content_type",), "content_type: goes with `text` or `body`; add one of them")]),
        ({"status": 500, "detail": "x", "content_type": "a/b"}, [(("content_type",), "content_type: goes with `text` or `body`; add one of them")]),
        ({"detail": "x", "content_type": "a/b"}, [(("detail",), f"detail: {OWN}, such as `status: 400`, or change the API's own answer with `patch: {{detail: …}}`")]),
        ({"body": False}, [(("body",), f"body: {OWN}, such as `status: 200`")]),
        ({"text": "x"}, [(("text",), f"text: {OWN}, such as `status: 200`")]),
        ({"content_type": "a/b"}, [(("content_type",), f"content_type: {OWN}, or change that of the API's own answer with `headers: {{content-type: …}}`")]),
        ({"retry_after": None, "delay": 5}, [(("retry_after",), f"retry_after: {OWN}, such as `status: 429`")]),
        ({"status": 204, "detail": "x"}, [(("detail",), "detail: " + NO_BODY.format(204))]),
        ({"status": 205, "text": "x", "content_type": "a/b"}, [(("text",), "text: " + NO_BODY.format(205)), (("content_type",), "content_type: " + NO_BODY.format(205))]),
        ({"status": 304, "drip": {}}, [(("drip",), "drip: " + NO_BODY.format(304))]),
        ({"status": 500, "drop": "close"}, [(("status",), "status: with `drop: close` there is no answer that could have it; keep one of them")]),
        ({"drop": "hang", "headers": {"a": "b"}}, [(("headers",), "headers: with `drop: hang` there is no answer that could have it; keep one of them")]),
        ({"drop": "hang", "patch": {"a": 1}}, [(("patch",), "patch: with `drop: hang` there is no answer that could have it; keep one of them")]),
        ({"status": 500, "drop": {"truncate": 0.5}}, [(("drop",), "drop: cuts the API's own answer, which `status` replaces; keep one of them")]),
        ({"status": 500, "patch": {"a": 1}, "remove": ["b"]}, [(("patch",), "patch: changes the API's own answer, which `status` replaces; keep one of them"), (("remove",), "remove: changes the API's own answer, which `status` replaces; keep one of them")]),
        ({"patch": {"a": 1}, "remove": ["b", "a"]}, [(("remove", 1), "remove: a is patched as well; keep one of them")]),
        ({"headers": {"a b": " x"}}, [(("headers", "a b", KEY), 'headers: expected letters, digits and hyphens as the name of a header, found "a b"')]),
        ({"headers": {"Content-Length": "5"}}, [(("headers", "Content-Length", KEY), "Content-Length: the server itself counts the body; to send less than it says use `drop: {truncate: 0.5}`")]),
        ({"headers": {"connection": "close"}}, [(("headers", "connection", KEY), "connection: the server itself writes it; to end the connection use `drop: close`")]),
        ({"headers": {"Transfer-Encoding": "x"}}, [(("headers", "Transfer-Encoding", KEY), "Transfer-Encoding: the server itself writes it; to send a body piece by piece use `drip`")]),
        ({"headers": {"X-Mock-Rule": "x"}}, [(("headers", "X-Mock-Rule", KEY), "X-Mock-Rule: it is the mock's own, and names this rule already")]),
        ({"headers": {"x-mock-hint": "x"}}, [(("headers", "x-mock-hint", KEY), "x-mock-hint: it is the mock's own; choose another name")]),
        ({"headers": {"a": "1", "A": "2"}}, [(("headers", "A", KEY), "A: stands here twice, since the names of headers ignore case; keep one")]),
        ({"headers": {"a": "é\n", "b": "→"}}, [(("headers", "a"), f'a: {LINE}"é\\n"'), (("headers", "b"), f'b: {LINE}"→"')]),
        ({"status": 429, "retry_after": {"in": 5}, "headers": {"Retry-After": "5"}}, [(("headers", "Retry-After", KEY), "Retry-After: `retry_after` writes this header already; keep one of them")]),
        ({"status": 200, "text": "", "content_type": "a", "headers": {"content-type": "b"}}, [(("headers", "content-type", KEY), "content-type: `content_type` writes this header already; keep one of them")]),
        ({"status": 429, "retry_after": {"as": "http-date"}}, [(("retry_after",), "retry_after: expected a wait in it, such as {in: 30s, as: http-date}")]),
        ({"status": 429, "retry_after": {"raw": "a\r\nb: c"}}, [(("retry_after",), f'retry_after: {LINE}"a\\r\\nb: c"')]),
        ({"status": 200, "text": "", "content_type": "x\n"}, [(("content_type",), f'content_type: {LINE}"x\\n"')]),
    ],
)  # fmt: skip
def test_each_contradiction_is_told(keys: object, findings: list[tuple[Path, str]]) -> None:
    assert list(of_fault(then(keys))) == findings


UNANSWERED = "the API does not answer what a limit refuses; write the whole answer with `status`"


@pytest.mark.parametrize(
    ("keys", "findings"),
    [
        ({"status": 403, "text": "waf-403", "headers": {"x": "y"}, "delay": 1}, []),
        ({"drop": "reset"}, []),
        ({}, [((), "then: expected `status` or `drop`, found neither; add `status: 429`")]),
        ({"retry_after": None}, [((), "then: expected `status` or `drop`, found neither; add `status: 429`")]),
        ({"patch": {"a": 1}}, [(("patch",), f"patch: {UNANSWERED}")]),
        ({"drop": {"truncate": 0.5}}, [(("drop",), f"drop: {UNANSWERED}")]),
        ({"status": 429, "remove": ["a"]}, [(("remove",), f"remove: {UNANSWERED}")]),
        ({"status": 429, "detail": "x", "text": "y"}, [(("text",), "text: `detail` gives the body already; keep one of them")]),
    ],
)  # fmt: skip
def test_a_limit_answers_by_itself(keys: object, findings: list[tuple[Path, str]]) -> None:
    assert list(of_limit(then(keys))) == findings
