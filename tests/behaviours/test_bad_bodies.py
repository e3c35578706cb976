"""Bad bodies: each has its 4xx, none changes anything, and the next order is served."""

import json

import pytest

from tests.support.client import Client
from tests.support.customer import ORDER

from .played import Start

JSON = "application/json"
GOOD = json.dumps(ORDER)


def with_settings(settings: bytes) -> bytes:
    return GOOD.encode()[:-1] + b', "settings": ' + settings + b"}"


def nested(levels: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    """An order with so many levels: the order itself is one, its settings are the next."""
    return with_settings(b'{"a": ' + opening * (levels - 2) + b"1" + closing * (levels - 2) + b"}")


def with_prompt(prompt: str) -> bytes:
    return json.dumps(ORDER | {"prompt": "PROMPT"}).replace('"PROMPT"', prompt).encode()


BODIES = {
    "nothing": b"",
    "a space": b" ",
    "half": GOOD[: len(GOOD) // 2].encode(),
    "half a string": b'{"prompt": "',
    "twice": GOOD.encode() * 2,
    "a comma too many": GOOD.replace("}", ",}").encode(),
    "single quotes": GOOD.replace('"', "'").encode(),
    "a comment": b"// order\n" + GOOD.encode(),
    "a form": b"generation_type=image&model_name=seedream-5.0-lite&prompt=x",
    "an array": f"[{GOOD}]".encode(),
    "an empty array": b"[]",
    "a string": json.dumps(GOOD).encode(),
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "a byte order mark": GOOD.encode("utf-8-sig"),
    "UTF-16": GOOD.encode("utf-16"),
    "UTF-16 without a mark": GOOD.encode("utf-16-le"),
    "UTF-32": GOOD.encode("utf-32"),
    "Latin-1": with_prompt('"café"').decode().encode("latin-1"),
    "bytes that are no text": b"\xff\xfe\xfd",
    "a NUL": b"\0",
    "a NUL at the end": GOOD.encode() + b"\0",
    "a NUL in a string": with_prompt('"\0"'),
    "a line break in a string": with_prompt('"a\nb"'),
    "NaN": with_prompt("NaN"),
    "Infinity": with_prompt("Infinity"),
    "-Infinity": with_prompt("-Infinity"),
    "1e999": with_prompt("1e999"),
    "1e999 inside": with_settings(b'{"n": 1e999}'),
    "NaN inside": with_settings(b'{"n": NaN}'),
    "a lone surrogate": with_prompt(r'"\ud800"'),
    "the second half of a pair": with_prompt(r'"\udc00\ud800"'),
    "a lone surrogate inside": with_settings(rb'{"\udfff": 1}'),
    "an encoded surrogate": GOOD.encode()[:-2] + b'\xed\xa0\x80"}',
    "65 levels": nested(65),
    "5,000 levels": nested(5_000),
    "100,000 levels": nested(100_000),
    "100,000 levels of objects": nested(100_000, b'{"a":', b"}"),
    "100,000 levels that never close": b"[" * 100_000,
    "100,000 levels that never opened": b"]" * 100_000,
    "a million characters of prompt": with_prompt(json.dumps("x" * 1_000_000)),
    "a number of a million digits": with_prompt("1" * 1_000_000),
    "a project of 5,000 digits": GOOD.encode()[:-1] + b', "project_id": ' + b"1" * 5_000 + b"}",
}


@pytest.mark.documented
@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_a_body_without_an_order_is_a_400_and_leaves_no_trace(you: Client, body: bytes) -> None:
    before = you.standing()
    answer = you.ask("POST", "/generations", body, {"Content-Type": JSON})
    assert (answer.status, bool(answer.detail)) == (400, True)
    assert you.standing() == before
    assert you.order() == 1842


@pytest.mark.assumed
def test_json_has_at_most_64_levels(you: Client) -> None:
    answer = you.ask("POST", "/generations", nested(65), {"Content-Type": JSON})
    assert answer.detail == "expected JSON of at most 64 levels and 10,000 values"


@pytest.mark.documented
@pytest.mark.parametrize("path", ["/auth/signup", "/auth/forgot-password"])
@pytest.mark.parametrize("name", [name for name, body in BODIES.items() if len(body) < 50_000])
def test_the_same_bodies_open_no_account(api: Start, path: str, name: str) -> None:
    anyone = api()
    answer = anyone.ask("POST", path, BODIES[name], {"Content-Type": JSON})
    assert (answer.status, bool(answer.detail)) == (400, True)
    assert anyone.send("/auth/signup", {"email": "new@example.com", "password": "secret"}).json["id"] == 18


@pytest.mark.assumed
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "json",
        "application/json,",
        "\xff",
    ],
)
def test_json_is_sent_as_json(you: Client, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = you.ask("POST", "/generations", GOOD.encode(), headers)
    assert (answer.status, answer.detail.partition(":")[0]) == (400, "content-type")
    assert you.order() == 1842


@pytest.mark.assumed
@pytest.mark.parametrize("content_type", ["Application/JSON", "application/json; charset=utf-8", "application/json ;x"])
def test_the_spelling_of_the_content_type_does_not_matter(you: Client, content_type: str) -> None:
    assert you.ask("POST", "/generations", GOOD.encode(), {"Content-Type": content_type}).status == 201


# Each body is unusual, and still a valid order.
ODD = {
    "escaped NUL": with_prompt(r'"a\u0000b"'),
    "a pair of surrogates": with_prompt(r'"\ud83c\udfa8"'),
    "a field given twice": GOOD.encode()[:-1] + b', "prompt": "again"}',
    "64 levels": nested(64),
    "numbers at their ends": with_settings(b'{"n": [1e308, -0.0, 5e-324, 9223372036854775807]}'),
    "numbers beyond": with_settings(b'{"n": [18446744073709551616, -9223372036854775809]}'),
    "a number of 300 digits": with_settings(b'{"n": ' + b"9" * 300 + b"}"),
    "a project of 70 bits": GOOD.encode()[:-1] + b', "project_id": 1180591620717411303424}',
    "an empty key": with_settings(b'{"": null, "__proto__": {}}'),
    "brackets in a string": with_prompt('"' + "[" * 5_000 + '"'),
    "white space around": b" \r\n\t" + GOOD.encode() + b"\n",
}


@pytest.mark.assumed
@pytest.mark.parametrize("body", ODD.values(), ids=list(ODD))
def test_an_unusual_order_is_served_and_breaks_no_later_answer(you: Client, body: bytes) -> None:
    record = you.ask("POST", "/generations", body, {"Content-Type": JSON})
    assert record.status == 201, record
    assert you.read("/generations").json["items"] == [record.json]
    assert you.polls(1842)[-1] == ("completed", 100)
    assert [you.read(link).status for link in you.result(1842).json["outputs"]] == [200]


FORMS = {
    "nothing": b"",
    "no field": b"&&&",
    "no value": b"username&password",
    "a name only": b"username=you%40example.com",
    "empty values": b"username=&password=",
    "bytes that are no text": b"username=%ff&password=%fe",
    "raw bytes": b"username=\xff&password=x",
    "a cut escape": b"username=%4&password=%",
    "repeated fields": b"username=a&username=b&password=c&password=d",
    "a thousand fields": b"&".join(b"a%d=1" % i for i in range(1000)),
    "a million ampersands": b"&" * 1_000_000,
    "json": json.dumps({"username": "you@example.com", "password": "YOUR_PASSWORD"}).encode(),
    "an encoded surrogate": b"username=%ed%a0%80&password=x",
}


@pytest.mark.documented
@pytest.mark.parametrize("body", FORMS.values(), ids=list(FORMS))
def test_a_form_without_a_login_is_a_4xx(api: Start, body: bytes) -> None:
    anyone = api()
    answer = anyone.ask("POST", "/auth/login", body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status in (400, 401)
    assert answer.detail
    assert anyone.login().credits() == 100
