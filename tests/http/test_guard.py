"""The guard of the control plane: each rule is kept in every way, and broken one at a time."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.errors import ApiError, Forbidden, Unauthorized, UnsupportedMediaType
from mockserver.http.guard import HEALTH, Fields, Guard

RESET: Final = "/__mock/reset"
TOKEN: Final = "let-me-in"
OPEN: Final = Guard()
LOCKED: Final = Guard(token=TOKEN)
BEARER: Final = (b"authorization", b"Bearer let-me-in")
HERE: Final = (b"host", b"127.0.0.1:8402")
JSON: Final = (b"content-type", b"application/json")
BODY: Final = (b"content-length", b"2")


def refusal(
    headers: Fields, method: str = "POST", path: str = RESET, guard: Guard = OPEN, scheme: str = "http"
) -> ApiError | None:
    return guard.refusal(method, path, scheme, headers)


def detail(*headers: tuple[bytes, bytes], guard: Guard = OPEN) -> str:
    error = refusal(headers, guard=guard)
    assert error is not None
    return error.detail


# The page it was sent by


@pytest.mark.parametrize("site", [b"same-origin", b"none"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_of_the_user_or_of_an_own_page_is_let_in(site: bytes, method: str) -> None:
    assert refusal([HERE, (b"sec-fetch-site", site)], method) is None


@pytest.mark.parametrize("site", [b"cross-site", b"same-site", b"", b"Same-Origin", b"same-origin, none", b"x" * 99])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", RESET, HEALTH])
def test_a_request_of_a_page_of_another_site_or_port_is_refused(site: bytes, method: str, path: str) -> None:
    error = refusal([HERE, (b"sec-fetch-site", site), (b"sec-fetch-mode", b"navigate")], method, path)
    assert isinstance(error, Forbidden)
    assert error.detail.startswith('Sec-Fetch-Site: expected same-origin or none, found "')


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("http", "127.0.0.1:8402", "http://127.0.0.1:8402"),
        ("http", "localhost", "http://localhost"),
        ("https", "localhost:8402", "https://localhost:8402"),
        ("http", "[::1]:8402", "http://[::1]:8402"),
    ],
)
def test_the_origin_of_the_server_itself_is_accepted(scheme: str, host: str, origin: str) -> None:
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    assert refusal(headers, scheme=scheme) is None
    assert refusal(headers, "GET", scheme=scheme) is None


ORIGINS: Final = """
    null file:// chrome-extension://abcdefgh 127.0.0.1:8402 HTTP://127.0.0.1:8402 https://127.0.0.1:8402
    http://evil.example http://127.0.0.1 http://127.0.0.1:3000 http://127.0.0.1:84020 http://localhost:8402
    http://127.0.0.1:8402/ http://127.0.0.1:8402.evil.example http://evil.example#http://127.0.0.1:8402
    http://user@127.0.0.1:8402 http://127.0.0.1:8402,http://evil.example
"""


@pytest.mark.parametrize("origin", ["", *ORIGINS.split()])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", RESET, HEALTH])
def test_every_other_origin_is_refused(origin: str, method: str, path: str) -> None:
    error = refusal([HERE, (b"origin", origin.encode())], method, path)
    assert isinstance(error, Forbidden)
    assert error.detail.startswith("Origin: expected that of this server, found ")


def test_an_origin_without_a_host_is_refused() -> None:
    assert isinstance(refusal([(b"origin", b"http://")]), Forbidden)


@pytest.mark.parametrize("name", [b"origin", b"sec-fetch-site"])
def test_a_good_value_hides_no_bad_one(name: bytes) -> None:
    good = {b"origin": b"http://127.0.0.1:8402", b"sec-fetch-site": b"same-origin"}[name]
    assert refusal([HERE, (name, good), (name, good)]) is None
    assert refusal([HERE, (name, good), (name, b"null")]) is not None
    assert refusal([HERE, (name, b"null"), (name, good)]) is not None


# The token


@pytest.mark.parametrize("value", [b"Bearer let-me-in", b"bearer let-me-in", b"BEARER   let-me-in "])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_with_the_token_is_let_in(value: bytes, method: str) -> None:
    assert refusal([HERE, (b"authorization", value)], method, guard=LOCKED) is None


@pytest.mark.parametrize(
    "values",
    [
        [],
        [b""],
        [b"Bearer"],
        [b"Bearer "],
        [b"let-me-in"],
        [b"Basic let-me-in"],
        [b"Bearer let-me-i"],
        [b"Bearer let-me-in!"],
        [b"Bearer LET-ME-IN"],
        [b"Bearer let-me-in let-me-in"],
        [b"Bearer\xa0let-me-in"],
        [b"Bearer \xff\xfe"],
        [b"Bearer let-me-in", b"Bearer wrong"],
        [b"Bearer wrong", b"Bearer let-me-in"],
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("HEAD", "/__mock/journal"), ("POST", RESET), ("OPTIONS", RESET)]
)
def test_a_request_without_the_token_is_refused(values: list[bytes], method: str, path: str) -> None:
    error = refusal([HERE, *((b"authorization", value) for value in values)], method, path, LOCKED)
    assert isinstance(error, Unauthorized)
    assert error.headers == (("www-authenticate", "Bearer"),)
    assert "--control-token" in error.detail
    assert TOKEN not in error.detail


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([], "expected Bearer and the token that the server was given with"),
        ([b"Basic let-me-in"], "expected Bearer and the token that the server was given with"),
        ([b"Bearer let-me-in", b"Bearer let-me-in"], "expected Bearer and the token that the server was given with"),
        ([b"Bearer "], "expected Bearer and the token that the server was given with"),
        ([b"Bearer a-guess"], "this is not the token that the server was given with"),
    ],
)
def test_a_wrong_token_is_told_from_a_missing_one(values: list[bytes], sentence: str) -> None:
    error = refusal([HERE, *((b"authorization", value) for value in values)], guard=LOCKED)
    assert error is not None
    assert error.detail == f"Authorization: {sentence} --control-token or IMAGINELAB_MOCK_CONTROL_TOKEN"


def test_without_a_token_none_is_asked_for() -> None:
    assert refusal([HERE, (b"authorization", b"Bearer of the API")]) is None


@given(st.binary(max_size=12))
def test_no_other_token_is_as_good(given: bytes) -> None:
    accepted = refusal([HERE, (b"authorization", b"Bearer " + given)], guard=LOCKED) is None
    assert accepted == (given.strip() == TOKEN.encode())


# Its token and its body


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-length", b"0")],
        [JSON],
        [JSON, BODY],
        [JSON, (b"transfer-encoding", b"chunked")],
        [(b"content-type", b"Application/JSON; charset=utf-8"), BODY],
        [(b"content-type", b"application/json ;x=y"), (b"content-length", b"0")],
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_brings_json_or_nothing(headers: list[tuple[bytes, bytes]], method: str) -> None:
    assert refusal([HERE, *headers], method) is None


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([BODY], "none"),
        ([(b"transfer-encoding", b"chunked")], "none"),
        ([(b"content-type", b"text/plain")], '"text/plain"'),
        ([(b"content-type", b"text/plain;charset=UTF-8"), BODY], '"text/plain;charset=UTF-8"'),
        ([(b"content-type", b"text/plain; application/json"), BODY], '"text/plain; application/json"'),
        ([(b"content-type", b"application/x-www-form-urlencoded"), BODY], '"application/x-www-form-urlencoded"'),
        ([(b"content-type", b"multipart/form-data; boundary=x"), BODY], '"multipart/form-data; boundary=x"'),
        ([(b"content-type", b"application/json, text/plain"), BODY], '"application/json, text/plain"'),
        ([(b"content-type", b"application/jsonp"), BODY], '"application/jsonp"'),
        ([(b"content-type", b""), BODY], '""'),
        ([JSON, (b"content-type", b"text/plain"), BODY], '"application/json", "text/plain"'),
        ([(b"content-type", b"text/plain"), JSON, BODY], '"text/plain", "application/json"'),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"])
def test_a_write_brings_nothing_else(headers: list[tuple[bytes, bytes]], found: str, method: str) -> None:
    error = refusal([HERE, *headers], method)
    assert isinstance(error, UnsupportedMediaType)
    assert (error.status, error.detail) == (415, f"Content-Type: expected application/json, found {found}")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_body_of_a_read_does_not_matter(method: str) -> None:
    assert refusal([HERE, (b"content-type", b"text/plain"), BODY], method) is None


# All of them


STRANGER: Final = (b"host", b"evil.example")
ELSEWHERE: Final = (b"origin", b"http://evil.example")
TEXT: Final = (b"content-type", b"text/plain")


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ([STRANGER, ELSEWHERE, TEXT], "Host"),
        ([HERE, ELSEWHERE, TEXT], "Origin"),
        ([HERE, ELSEWHERE, TEXT, (b"sec-fetch-site", b"cross-site")], "Sec-Fetch-Site"),
        ([HERE, TEXT], "Authorization"),
        ([HERE, BEARER, TEXT], "Content-Type"),
        ([STRANGER, BEARER], "Host"),
    ],
)
def test_the_first_rule_that_is_broken_is_told(headers: list[tuple[bytes, bytes]], refused: str) -> None:
    assert detail(*headers, guard=LOCKED).startswith(f"{refused}: ")


def test_health_is_told_by_any_name_and_without_the_token() -> None:
    for method in ("GET", "HEAD"):
        assert refusal([STRANGER], method, HEALTH, LOCKED) is None
    for path in ("/__mock/health/", "/__mock/Health", "/__mock", "/", "/x/__mock/health"):
        assert isinstance(refusal([STRANGER], "GET", path, LOCKED), Forbidden)
        assert isinstance(refusal([HERE], "GET", path, LOCKED), Unauthorized)


POOL: Final = [
    (b"host", b"localhost"),
    HERE,
    STRANGER,
    (b"origin", b"http://127.0.0.1:8402"),
    (b"origin", b"http://localhost"),
    ELSEWHERE,
    (b"sec-fetch-site", b"same-origin"),
    (b"sec-fetch-site", b"cross-site"),
    BEARER,
    (b"authorization", b"Bearer wrong"),
    JSON,
    TEXT,
    BODY,
    (b"content-length", b"0"),
    (b"accept", b"*/*"),
]


@given(
    st.lists(st.sampled_from(POOL), max_size=8).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some)))
)
def test_the_order_of_headers_decides_nothing(orders: tuple[Fields, Fields]) -> None:
    for guard in (OPEN, LOCKED):
        for method in ("GET", "POST"):
            one, other = (refusal(headers, method, guard=guard) for headers in orders)
            assert type(one) is type(other)


@given(st.lists(st.sampled_from(POOL), max_size=8), st.sampled_from(POOL))
def test_one_more_header_never_lets_in_a_page_of_another_origin(headers: Fields, more: tuple[bytes, bytes]) -> None:
    for bad in (STRANGER, ELSEWHERE, (b"sec-fetch-site", b"cross-site")):
        assert refusal([*headers, bad, more]) is not None
