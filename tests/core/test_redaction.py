"""The secrets that are removed from headers, links and bodies before they are kept, and the text left unchanged."""

import json
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.redaction import MOST_NAMES, REDACTED, Headers, clean, harmless, linked, secret

SECRET = b"s3cr-3t_"

SECRET_NAMES = (
    *("sig", "auth", "session", "session_id", "sessionId", "sessionid", "credential", "credentials", "signature"),
    *("X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Goog-Signature", "AWSAccessKeyId"),
    *("csrf", "_csrf", "XSRF-TOKEN", "csrftoken", "mysql_pwd", "passwd", "passphrase", "PHPSESSID", "connect.sid"),
    *("private_key", "privateKey", "secret-key", "accessKey", "x-api-key", "APIKey", "client_secret", "secrets"),
    *("password2", "new_password_hash", "userPassword", "jwt", "otp", "oauth", "aiohttp_session", "cookie", "PASSWORD"),
)
HARMLESS_NAMES = (
    *("author", "authors", "authority", "auth_method", "authenticated", "token_type", "max_tokens", "total_tokens"),
    *("sessions", "session_length", "obsession", "design", "signal", "assign", "inside", "side", "signed_headers"),
    *("key", "keys", "monkey", "primary_key", "idempotency-key", "public_key", "secretary", "credits", "compass"),
    *("signature_version", "X-Amz-Date", "X-Amz-SignedHeaders", "cookie_consent", "model_name", "prompt", "id"),
)


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
        pytest.param(b'{"password":' + SECRET + b"}", id="a text that is not JSON"),
        pytest.param(b'{"access_token":"' + SECRET + b'"}', id="a token"),
        pytest.param(b'{"accessToken":"' + SECRET + b'"}', id="a token by another custom"),
        pytest.param(b'{"api_key":"' + SECRET + b'"}', id="an API key"),
        pytest.param(b'{"apiKey":"' + SECRET + b'"}', id="an API key by another custom"),
        *(
            pytest.param(b"/a?x=1&%s=%s&y=2" % (name.encode(), SECRET), id=f"a parameter {name}")
            for name in SECRET_NAMES
        ),
        *(pytest.param(b'{"%s": "%s"}' % (name.encode(), SECRET), id=f"a member {name}") for name in SECRET_NAMES),
        pytest.param(b'{"user[password]":"' + SECRET + b'"}', id="a member in brackets"),
        pytest.param(b"user%5Bpassword%5D=" + SECRET, id="a field in brackets"),
        pytest.param(b"next=%2Fm%2F1%3Fsignature%3D" + SECRET + b"%26x%3D1", id="a link within a link"),
        pytest.param(b'{"a":"{\\"password\\": \\"' + SECRET + b' with spaces\\"}"}', id="JSON in a text"),
        pytest.param(b'{"a":"{\\"auth\\":{\\"x\\":\\"' + SECRET + b'\\"}}"}', id="an object in a text"),
        pytest.param(b'{"a":"{\\"token\\": \\"x\\\\\\"' + SECRET + b'\\"}"}', id="a quote in JSON in a text"),
        pytest.param(
            b'{"a":"{\\u0022password\\u0022:\\u0022' + SECRET + b'\\u0022}"}', id="JSON in a text, quotes escaped"
        ),
        pytest.param(
            b"data=%7B%22password%22%3A+%22" + SECRET + b"%22%2C%22a%22%3A1%7D", id="JSON in a field of a form"
        ),
        pytest.param(b'{"a":"{\\"password\\": \\"' + SECRET, id="JSON in a text that was cut short"),
        pytest.param(b'{"note":"Authorization: Bearer ' + SECRET * 3 + b'"}', id="a bearer token in a text"),
        pytest.param(
            b'{"note":"eyJhbGciOiJIUzI1NiJ9.' + SECRET * 2 + b"." + SECRET + b'"}', id="a web token in a text"
        ),
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
        *(b"/a?x=1&%s=abc-_&y=2" % name.encode() for name in HARMLESS_NAMES),
        *(b'{"%s": "abc", "a": {"%s": 7}}' % (name.encode(), name.encode()) for name in HARMLESS_NAMES),
        b'{"prompt":"The bearer of good news assigned a design inside a session, authored by keys"}',
        b'{"a":"{\\"author\\": \\"x\\"}"}',
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
        b"password" + b"\\" * 16_000,
        b"password" + b"%5C" * 6_000,
        b'password\\"' + b"\\n" * 8_000,
        b'\\"password\\":\\"' * 1000,
        b"%22password%22%3A%22" * 800,
        b'\\"password\\":[' * 1000,
        b"bearer " * 2_000,
        b"eyJ" * 6_000,
        b"eyJaaaaaaaa." * 1_500,
        b"password%3D" * 1_500,
        b"A" * 16_000 + b"=password",
    ],
)
def test_no_text_takes_long(text: bytes) -> None:
    # In quadratic time these would take hours.
    assert len(clean(text * 20)) <= 2 * len(text * 20)


@pytest.mark.parametrize("name", [b'"a": %', b"a%41=", b'"a":', b"%22a%22%3A", b"token=x&"])
def test_with_very_many_names_the_rest_is_removed_as_a_whole(name: bytes) -> None:
    few, many = name * MOST_NAMES, name * (MOST_NAMES + 1) + b"1&password=" + SECRET
    assert not clean(few).endswith(b"%" + REDACTED)
    assert clean(many).endswith(REDACTED)
    assert SECRET not in clean(many)


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


@given(
    depth=st.integers(0, 3),
    secret_=st.text(st.characters(codec="utf-8"), min_size=1).map(lambda text: f"s3cr3t {text} t3rc3s"),
    name=st.sampled_from(SECRET_NAMES),
    ascii_=st.booleans(),
    indent=st.sampled_from([None, 2]),
)
def test_no_secret_is_left_in_json_within_json(
    depth: int, secret_: str, name: str, ascii_: bool, indent: int | None
) -> None:
    value: object = {"a": 1, name: secret_, "z": [2]}
    for _ in range(depth):
        value = {"inner": json.dumps(value, ensure_ascii=ascii_, indent=indent), "author": "me"}
    text = json.dumps(value, ensure_ascii=ascii_)
    cleaned = clean(text.encode()).decode()
    assert "s3cr3t" not in cleaned
    assert "t3rc3s" not in cleaned
    for _ in range(depth):
        layer = json.loads(cleaned)
        assert layer["author"] == "me"
        cleaned = layer["inner"]
    assert json.loads(cleaned) == {"a": 1, name: "[redacted]", "z": [2]}


@given(secret_=st.text(st.characters(codec="utf-8"), min_size=1), name=st.sampled_from(SECRET_NAMES))
def test_no_secret_is_left_in_json_in_a_form(secret_: str, name: str) -> None:
    marked = f"s3cr3t{secret_}t3rc3s"
    cleaned = clean(urlencode({"a": 1, "data": json.dumps({name: marked, "b": 2}), "c": 3}).encode()).decode()
    assert "s3cr3t" not in cleaned
    assert "t3rc3s" not in cleaned
    fields = dict(parse_qsl(cleaned))
    assert json.loads(fields["data"]) == {name: "[redacted]", "b": 2}
    assert (fields["a"], fields["c"]) == ("1", "3")


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
        pytest.param(((b"x-auth", SECRET),), id="an authorization by another name"),
        pytest.param(((b"x-auth-user", SECRET),), id="a part of an authorization"),
        pytest.param(((b"x-session", SECRET),), id="a session"),
        pytest.param(((b"x-session-id", SECRET),), id="the id of a session"),
        pytest.param(((b"x-credential", SECRET),), id="a credential"),
        pytest.param(((b"x-sig", SECRET),), id="a signature in short"),
        pytest.param(((b"x-csrf", SECRET),), id="a token against forgery"),
        pytest.param(((b"x-context", b'{"password":"' + SECRET + b'"}'),), id="JSON"),
        pytest.param(((b"x-forwarded-authorization", b"Bearer " + SECRET),), id="an authorization that was passed on"),
        pytest.param(((b"x-original", b"Bearer " + SECRET * 2),), id="a bearer token under any name"),
        pytest.param(((b"referer", b"http://h/m/1/0?signature=" + SECRET),), id="a link that led here"),
        pytest.param(((b"location", b"/m/1/0?signature=" + SECRET),), id="a link that leads on"),
    ],
)
def test_no_secret_is_in_harmless_headers(headers: Headers) -> None:
    assert SECRET not in repr(harmless(headers)).encode()
    assert [name for name, _ in harmless(headers)] == [name for name, _ in headers]


def test_headers_without_secrets_are_harmless_as_they_are() -> None:
    headers = (
        *((b"host", b"127.0.0.1"), (b"accept", b"text/html;q=0.9"), (b"idempotency-key", b"7"), (b"x-author", b"me")),
        *(
            (b"x-author-id", b"7"),
            (b"sec-fetch-site", b"none"),
            (b"x-design", b"a=b"),
            (b"www-authenticate", b"Bearer"),
        ),
    )
    assert harmless(headers) is headers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("header.x-api-key", True), ("header.authorization", True), ("query.signature", True), ("prompt", False)),
        *(("header.x-session-user", True), ("query.session_user", False), ("settings.auth", True)),
        *(("query.author", False), ("header.x-author", False), ("id", False), ("status", False)),
    ],
)
def test_a_secret_is_known_by_its_name(name: str, expected: bool) -> None:
    assert secret(name) is expected
