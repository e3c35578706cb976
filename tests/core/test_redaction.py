"""What is taken out of headers, links and bodies before they are kept, and what is left as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.redaction import REDACTED, Headers, clean, harmless, linked, secret

SECRET = b"s3cr-3t_"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"/m/1/0?signature=" + SECRET, id="a signature"),
        pytest.param(b"/m/1/0?signature=%41" + SECRET, id="a signature with an escape at its beginning"),
        pytest.param(b"/m/1/0?signature=A%2D" + SECRET, id="a signature with an escape within"),
        pytest.param(b"/m/1/0?expires=9&%73ignatur%65=" + SECRET, id="a signature whose name is escaped"),
        pytest.param(b"/a?access_token=" + SECRET, id="a token in a query"),
        pytest.param(b'{"outputs":["/m/1/0?expires=9&signature=' + SECRET + b'"]}', id="a signature in JSON"),
        pytest.param(b"password=" + SECRET, id="a form"),
        pytest.param(b"username=a&Pass%77ord=" + SECRET + b"&x=1", id="a form whose name is escaped"),
        pytest.param(b'{"password":"' + SECRET + b'"}', id="JSON"),
        pytest.param(b'{"PassWord" : "' + SECRET + b'"}', id="JSON with capitals and spaces"),
        pytest.param(b'{"pass\\u0077ord": "' + SECRET + b'"}', id="JSON whose name is escaped"),
        pytest.param(b'{"password":"a\\"' + SECRET + b'"}', id="JSON with an escaped quote"),
        pytest.param(b'{"password":"a\\\\\\"' + SECRET + b'"}', id="JSON with an escaped backslash"),
        pytest.param(b'{"a":{"b":[{"new_password":"' + SECRET + b'"}]}}', id="JSON, deep within"),
        pytest.param(b'{"password":["' + SECRET + b'"]}', id="a list of passwords"),
        pytest.param(b'{"password": {"is": "' + SECRET + b'"}}', id="a password in an object"),
        pytest.param(b'{"password":"' + SECRET, id="JSON that was cut short"),
        pytest.param(b'{"password":' + SECRET + b"}", id="what is no JSON"),
        pytest.param(b'{"access_token":"' + SECRET + b'"}', id="a token"),
        pytest.param(b'{"accessToken":"' + SECRET + b'"}', id="a token by another custom"),
        pytest.param(b'{"api_key":"' + SECRET + b'"}', id="an API key"),
        pytest.param(b'{"apiKey":"' + SECRET + b'"}', id="an API key by another custom"),
        pytest.param(
            b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n' + SECRET + b"\r\n--x--", id="a part"
        ),
        pytest.param(
            b"--x\r\nContent-Disposition: form-data; name=password; x=y\r\nA: b\r\n\r\n1\r\n" + SECRET,
            id="a part cut short",
        ),
    ],
)
def test_no_secret_is_left_in_a_text(text: bytes) -> None:
    assert SECRET not in clean(text)
    assert REDACTED in clean(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"/api/v1/generations?page=2",
        b'{"token_type":"bearer"}',
        b'{"prompt":"A password, 100% secret, and its token"}',
        b'{"detail":"Incorrect email or password"}',
        b'{"prompt":"\\u00e9 \\u0070"}',
        b'------x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nA cat\r\n------x--',
    ],
)
def test_a_text_without_a_secret_is_left_as_it_was(text: bytes) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "text",
    [
        b'"password":' * 1400,
        b'password"' + b" " * 16_000,
        b'content-disposition: form-data; name="token' * 400,
        b'"password":"' + b"\\" * 16_000,
        b"password=" * 1800,
        b'{"' * 8000 + b'password":',
        b"\x00\xff%=" * 4000,
    ],
)
def test_no_text_takes_long(text: bytes) -> None:
    # In quadratic time these would take hours.
    assert len(clean(text * 20)) <= 2 * len(text * 20)


def test_the_text_around_a_secret_is_left() -> None:
    assert clean(b"/m/1/0?signature=abc-_&expires=9") == b"/m/1/0?signature=[redacted]&expires=9"
    assert clean(b'["/m/1?signature=abc-_","/m/2?signature=def-_"]') == (
        b'["/m/1?signature=[redacted]","/m/2?signature=[redacted]"]'
    )
    assert (
        clean(b'{"email":"a@b.co", "password": "x", "n": 1}') == b'{"email":"a@b.co", "password": "[redacted]", "n": 1}'
    )
    assert (
        clean(b'{"access_token":"x","token_type":"bearer"}') == b'{"access_token":"[redacted]","token_type":"bearer"}'
    )


@given(st.text('ab"\\:,{}[]= &\r\npassword%\n', max_size=40))
def test_taking_secrets_out_twice_changes_no_more(text: str) -> None:
    once = clean(text.encode())
    assert clean(once) == once


@given(st.binary(max_size=60))
def test_a_glance_misses_no_link_and_no_token_of_our_own(around: bytes) -> None:
    assert linked(around + b"?signature=x")
    assert linked(b'{"access_token":' + around)
    assert not linked(b'{"id":1842,"status":"pending","progress":0}')


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(((b"authorization", b"Bearer " + SECRET),), id="a token"),
        pytest.param(((b"proxy-authorization", b"Basic " + SECRET),), id="a proxy's password"),
        pytest.param(((b"cookie", b"session=" + SECRET),), id="a cookie"),
        pytest.param(((b"set-cookie", b"session=" + SECRET),), id="a new cookie"),
        pytest.param(((b"x-api-key", SECRET),), id="an API key"),
        pytest.param(((b"apikey", SECRET),), id="an API key in one word"),
        pytest.param(((b"x-auth-token", SECRET),), id="a token by itself"),
        pytest.param(((b"referer", b"http://h/m/1/0?signature=" + SECRET),), id="a link that led here"),
        pytest.param(((b"location", b"/m/1/0?signature=" + SECRET),), id="a link that leads on"),
    ],
)
def test_no_secret_is_in_harmless_headers(headers: Headers) -> None:
    assert SECRET not in repr(harmless(headers)).encode()
    assert [name for name, _ in harmless(headers)] == [name for name, _ in headers]


def test_headers_without_secrets_are_harmless_as_they_are() -> None:
    headers = ((b"host", b"127.0.0.1"), (b"accept", b"text/html;q=0.9"), (b"idempotency-key", b"7"))
    assert harmless(headers) is headers


@pytest.mark.parametrize(
    ("name", "expected"),
    [("header.x-api-key", True), ("header.authorization", True), ("query.signature", True), ("prompt", False)],
)
def test_a_secret_is_known_by_its_name(name: str, expected: bool) -> None:
    assert secret(name) is expected
