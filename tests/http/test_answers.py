"""The API's answer as faults change it, or the answer in its place."""

import pytest

from mockserver.core.delivery import WHOLE, Body, Close, Head, Wait, dropped
from mockserver.core.faults import PAGES, Drip, Drop, Fault, RetryAfter, Then, Truncate
from mockserver.core.instant import SECOND
from mockserver.core.limits import Limit
from mockserver.core.operation import Operation
from mockserver.core.redaction import Headers
from mockserver.core.scenario import REFERENCE_START
from mockserver.http.api import answers as scripted
from mockserver.http.api.answers import JSON, Answer
from mockserver.world.faults import Effects
from mockserver.world.limits import LimitRefusal

TRUE = Answer(
    200, b'{"id":1842,"status":"pending","settings":{"a":1,"b":2}}', headers=((b"etag", b"x"),), place="life:1"
)
TEXT = b"text/plain; charset=utf-8"


def fault(then: Then, place: str = "x.yaml:3") -> Fault:
    return Fault(on=(Operation.STATUS,), then=then, place=place)


def replaced(then: Then) -> Answer:
    return scripted.answer(Effects(answer=fault(then)), None, REFERENCE_START)


def changed(then: Then, true: Answer = TRUE) -> Answer:
    return scripted.answer(Effects(change=fault(then)), true, REFERENCE_START)


@pytest.mark.parametrize(
    ("then", "status", "content_type", "body"),
    [
        (Then(status=500), 500, JSON, b'{"detail":"Internal Server Error"}'),
        (Then(status=503, detail="Down"), 503, JSON, b'{"detail":"Down"}'),
        (Then(status=503, detail=""), 503, JSON, b'{"detail":""}'),
        (Then(status=524), 524, JSON, b'{"detail":"A timeout occurred"}'),
        (Then(status=599), 599, JSON, b'{"detail":"Status 599"}'),
        (Then(status=200, body=None), 200, JSON, b"null"),
        (Then(status=200, body=[1, "a"]), 200, JSON, b'[1,"a"]'),
        (Then(status=400, body={}, content_type="application/problem+json"), 400, b"application/problem+json", b"{}"),
        (Then(status=200, text=""), 200, TEXT, b""),
        (Then(status=502, text="Kaputt \u00fc"), 502, TEXT, "Kaputt \u00fc".encode()),
        (Then(status=502, text="<xml/>", content_type="text/xml"), 502, b"text/xml", b"<xml/>"),
        (Then(status=204), 204, JSON, b""),
        (Then(status=304, text="not modified"), 304, TEXT, b""),
    ],
)
def test_an_answer_in_place_of_the_apis(then: Then, status: int, content_type: bytes, body: bytes) -> None:
    answer = replaced(then)
    assert (answer.status, answer.content_type, answer.body) == (status, content_type, body)
    assert (answer.headers, answer.place, answer.delivery) == ((), "x.yaml:3", ())


@pytest.mark.parametrize("name", PAGES)
def test_a_text_can_be_named(name: str) -> None:
    answer = replaced(Then(status=502, text=name))
    assert (answer.body, answer.content_type) == (PAGES[name].encode(), b"text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("then", "value"),
    [
        (Then(status=429), b"1"),
        (Then(status=503), None),
        (Then(status=429, retry_after=None), None),
        (Then(status=429, retry_after=RetryAfter(wait=1_000_001)), b"2"),
        (Then(status=503, retry_after=RetryAfter(wait=0)), b"0"),
        (Then(status=429, retry_after=RetryAfter(raw="soon")), b"soon"),
        (Then(status=429, retry_after=RetryAfter(raw="1\r\nset-cookie: a\0")), b"1set-cookie: a"),
        (
            Then(status=429, retry_after=RetryAfter(wait=29_000_001, written="http-date")),
            b"Sun, 07 Jun 2026 12:00:30 GMT",
        ),
        (Then(status=429, headers={"Retry-After": "7"}), b"7"),
    ],
)
def test_a_wait_is_told_as_the_scenario_says(then: Then, value: bytes | None) -> None:
    assert replaced(then).headers == (() if value is None else ((b"retry-after", value),))


def test_a_401_says_how_to_authenticate() -> None:
    assert replaced(Then(status=401)).headers == ((b"www-authenticate", b"Bearer"),)


@pytest.mark.parametrize("drop", Drop)
def test_a_dropped_connection_carries_no_answer(drop: Drop) -> None:
    answer = replaced(Then(drop=drop, delay=5))
    assert (answer.status, answer.body, answer.delivery) == (0, b"", (Wait(5), *dropped(drop)))


@pytest.mark.parametrize(
    ("then", "body"),
    [
        (Then(patch={"status": None}), b'{"id":1842,"status":null,"settings":{"a":1,"b":2}}'),
        (Then(patch={"eta": 12}), b'{"id":1842,"status":"pending","settings":{"a":1,"b":2},"eta":12}'),
        (Then(patch={"settings": {"b": [3]}}), b'{"id":1842,"status":"pending","settings":{"a":1,"b":[3]}}'),
        (Then(patch={"settings": 1}), b'{"id":1842,"status":"pending","settings":1}'),
        (Then(patch={"id": {"a": 1}}, remove=("settings",)), b'{"id":{"a":1},"status":"pending"}'),
        (Then(remove=("status", "none")), b'{"id":1842,"settings":{"a":1,"b":2}}'),
    ],
)
def test_keys_of_the_true_answer_are_merged_and_removed(then: Then, body: bytes) -> None:
    answer = changed(then)
    assert (answer.body, answer.place, answer.headers) == (body, "x.yaml:3", TRUE.headers)


@pytest.mark.parametrize("body", [b"[1]", b"\x89PNG", b"", b'"text"'])
def test_an_answer_that_is_no_object_is_not_patched(body: bytes) -> None:
    assert changed(Then(patch={"a": 1}), Answer(200, body)).body == body


def test_a_change_can_cut_wait_and_add_headers_at_once() -> None:
    answer = changed(Then(drop=Truncate(0.5), delay=7, drip=Drip(size=3), headers={"X-A": "b"}, remove=("id",)))
    assert answer.delivery == (Wait(7), Head(), Body(0.5, Drip(size=3)), Close())
    assert answer.headers == (*TRUE.headers, (b"x-a", b"b"))
    assert not answer.body.startswith(b'{"id"')


def test_the_additions_of_several_rules_come_together() -> None:
    rules = (
        fault(Then(delay=100, drip=Drip(size=1)), "x.yaml:1"),
        fault(Then(delay=20, headers={"X-A": "1", "x-b": "1"}), "x.yaml:2"),
        fault(Then(drip=Drip(size=2), headers={"x-a": "2"}), "x.yaml:3"),
    )
    answer = scripted.answer(Effects(additions=rules), Answer(200, b"{}"), REFERENCE_START)
    assert answer.delivery == (Wait(20), Wait(100), Head(), Body(drip=Drip(size=2)))
    assert (answer.headers, answer.place) == (((b"x-b", b"1"), (b"x-a", b"2")), "x.yaml:1")


def test_the_rule_that_answers_is_named_before_those_that_add() -> None:
    slow = fault(Then(delay=100), "x.yaml:1")
    script = Effects(answer=fault(Then(status=500), "x.yaml:2"), additions=(slow,))
    assert scripted.answer(script, None, REFERENCE_START).place == "x.yaml:2"
    assert scripted.answer(Effects(additions=(slow,)), TRUE, REFERENCE_START).place == TRUE.place


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({"ETag": "y"}, ((b"etag", b"y"),)),
        ({"X-Ü": "€"}, ((b"etag", b"x"), (b"x-\xfc", b"?"))),
        ({"a": "1\r\nb: 2"}, ((b"etag", b"x"), (b"a", b"1b: 2"))),
        ({"Content-Length": "5", "transfer-encoding": "chunked"}, ((b"etag", b"x"),)),
    ],
)
def test_headers_take_the_place_of_those_that_are_there_and_never_break_the_answer(
    headers: dict[str, str], sent: Headers
) -> None:
    assert scripted.added(TRUE, [(Then(headers=headers), "")]).headers == sent


def test_an_api_that_was_not_asked_has_no_answer_to_change() -> None:
    with pytest.raises(TypeError, match="not asked"):
        scripted.answer(Effects(), None, REFERENCE_START)


@pytest.mark.parametrize(
    ("then", "wait", "status", "told", "hinted"),
    [
        (None, 1, 429, b"1", False),
        (None, 2 * SECOND + 1, 429, b"3", False),
        (None, None, 429, None, True),
        (Then(status=429, detail="Slow down"), 9 * SECOND, 429, b"9", False),
        (Then(status=403, text="waf-403"), 9 * SECOND, 403, None, False),
        (Then(status=429, retry_after=RetryAfter(raw="soon")), 9 * SECOND, 429, b"soon", False),
        (Then(delay=5), 9 * SECOND, 429, b"9", False),
    ],
)
def test_a_limit_answers_for_itself(
    then: Then | None, wait: int | None, status: int, told: bytes | None, hinted: bool
) -> None:
    limit = Limit(on=(Operation.ME,), active=1, then=then, place="x.yaml:9")
    answer = scripted.limited(LimitRefusal(limit, wait), REFERENCE_START)
    assert (answer.status, dict(answer.headers).get(b"retry-after"), answer.place) == (status, told, "x.yaml:9")
    assert (answer.hint is not None) is hinted
    assert answer.delivery == ((Wait(5), *WHOLE) if then and then.delay else ())
