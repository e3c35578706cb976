"""Bytes that no client library sends. Bytes that are not HTTP get the parser's own 400; the next client is served."""

import json
import socket
from contextlib import closing

import pytest

from mockserver.tls.authority import API_HOST
from tests.support.client import Client, raw
from tests.support.customer import BASE, JSON, ORDER

BODY = json.dumps(ORDER).encode()


def request(client: Client, line: str, *headers: str, body: bytes = b"") -> bytes:
    """The bytes of one request with the client's token; after its answer the server closes the connection."""
    fields = ["Host: x", f"Authorization: Bearer {client.token}", "Connection: close", *headers]
    return ("\r\n".join([line, *fields]) + "\r\n\r\n").encode("latin-1") + body


def order(client: Client, *headers: str, body: bytes = BODY) -> bytes:
    return raw(
        client.url,
        request(client, f"POST {BASE}/generations HTTP/1.1", "Content-Type: application/json", *headers, body=body),
    )


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


# The requests end in the head, after the head, in the body, and after a body shorter than announced.
@pytest.mark.assumed
@pytest.mark.parametrize("left_out", [0, 1, len(BODY) - 1, len(BODY), len(BODY) + 2, len(BODY) + 40, len(BODY) + 150])
def test_half_a_request_orders_nothing(you: Client, left_out: int) -> None:
    host, port = you.url.removeprefix("http://").split(":")
    headers = ("Content-Type: application/json", "Content-Length: 999")
    whole = request(you, f"POST {BASE}/generations HTTP/1.1", *headers, body=BODY)
    with closing(socket.create_connection((host, int(port)), timeout=30)) as connection:
        connection.sendall(whole[: len(whole) - left_out])
    assert you.read("/generations").json["total"] == 0
    assert you.order() == 1842


@pytest.mark.assumed
def test_a_body_can_come_in_chunks(you: Client) -> None:
    answer = order(you, "Transfer-Encoding: chunked", body=chunked(BODY[:1], BODY[1:50], BODY[50:]))
    assert answer.startswith(b"HTTP/1.1 201 ")


@pytest.mark.assumed
def test_chunks_over_the_limit_are_a_413(you: Client) -> None:
    host, port = you.url.removeprefix("http://").split(":")
    head = request(you, f"POST {BASE}/generations HTTP/1.1", "Transfer-Encoding: chunked")
    with closing(socket.create_connection((host, int(port)), timeout=30)) as connection:
        connection.sendall(head + b"%x\r\n%s\r\n" % (1024 * 1024 + 1, b" " * (1024 * 1024 + 1)))
        assert connection.recv(12) == b"HTTP/1.1 413"
    assert you.order() == 1842


@pytest.mark.assumed
@pytest.mark.parametrize(
    "body",
    [b"zz\r\n", b"-1\r\n", b"5\r\nabc", b"ffffffffffffffffffff\r\n"],
    ids=["no number", "negative", "short", "huge"],
)
def test_broken_chunks_order_nothing(you: Client, body: bytes) -> None:
    host, port = you.url.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=30)) as connection:
        connection.sendall(request(you, f"POST {BASE}/generations HTTP/1.1", "Transfer-Encoding: chunked", body=body))
    assert you.order() == 1842


@pytest.mark.assumed
def test_a_client_that_asks_before_it_sends_a_body_is_told_to_go_on(you: Client) -> None:
    answer = order(you, "Expect: 100-continue", f"Content-Length: {len(BODY)}")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 ")


@pytest.mark.assumed
def test_a_client_that_asks_before_it_sends_too_large_a_body_is_refused(you: Client) -> None:
    answer = order(you, "Expect: 100-continue", "Content-Length: 99999999", body=b"")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'{"detail":"Request body too large"}')


@pytest.mark.assumed
def test_links_for_a_client_without_a_host_are_on_the_address_of_the_server(you: Client) -> None:
    you.polls(you.order())
    head = f"GET {BASE}/generations/1842 HTTP/1.0\r\nAuthorization: Bearer {you.token}\r\n\r\n"
    answer = raw(you.url, head.encode())
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert f'"{you.url}/w/default/media/1842/0.png?'.encode() in answer


TARGETS = {
    f"http://{API_HOST}{BASE}/auth/me": 200,
    f"{BASE}/auth/me?": 200,
    f"{BASE}/auth/me?%zz=%&&&=": 200,
    f"{BASE}/auth/%6d%65": 200,
    f"{BASE}/auth/me%00": 404,
    f"{BASE}/auth/me%0d%0aX-Injected:%201": 404,
    f"{BASE}/auth%2Fme%zz": 404,
    f"{BASE}/auth/me;x": 404,
    f"{BASE}/auth/%ff%fe": 404,
    f"{BASE}/generations/1842%00": 404,
    f"{BASE}/generations/%zz": 404,
    f"{BASE}/generations/%ed%a0%80": 404,
    f"{BASE}/generations/..": 404,
    f"{BASE}/generations/{'9' * 10_000}": 404,
    f"{BASE}/{'a/' * 10_000}": 404,
    f"{BASE}/generations?{'a=1&' * 101}": 400,
    f"{BASE}/generations?page=%00": 400,
    f"{BASE}/generations?status=%ff": 200,
    f"{BASE}/generations?status=%ed%a0%80": 200,
    f"{BASE}/generations?project_id={'a' * 10_000}": 200,
    "/w/%00/api/v1/auth/me": 404,
    "//": 404,
    "*": 404,
}


@pytest.mark.assumed
@pytest.mark.parametrize(("target", "status"), TARGETS.items(), ids=lambda value: str(value)[:50])
def test_an_unusual_target_has_its_answer(you: Client, target: str, status: int) -> None:
    head, _, body = raw(you.url, request(you, f"GET {target} HTTP/1.1")).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert status == 200 or list(json.loads(body)) == ["detail"]
    assert b"injected" not in head.lower()
    assert you.order() == 1842


NOT_HTTP = {
    "a NUL in the path": b"GET /api/v1/auth/me\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a space in the path": b"GET /api/v1/auth me HTTP/1.1\r\nHost: x\r\n\r\n",
    "two different lengths": b"POST /api/v1/auth/login HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length that is no number": b"POST /api/v1/auth/login HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    "a negative length": b"POST /api/v1/auth/login HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "a signed length": b"POST /api/v1/auth/login HTTP/1.1\r\nContent-Length: +1\r\n\r\na",
    "a length that overflows": b"POST /api/v1/auth/login HTTP/1.1\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    "a header without a name": b"GET /api/v1/auth/me HTTP/1.1\r\n: x\r\n\r\n",
    "a folded header": b"GET /api/v1/auth/me HTTP/1.1\r\n folded\r\n\r\n",
}


@pytest.mark.assumed
@pytest.mark.parametrize("data", NOT_HTTP.values(), ids=list(NOT_HTTP))
def test_bytes_without_http_are_refused_by_the_parser(you: Client, data: bytes) -> None:
    assert raw(you.url, data).startswith(b"HTTP/1.1 400 ")
    assert you.order() == 1842


@pytest.mark.assumed
@pytest.mark.parametrize(
    "headers",
    [
        [f"X-{i}: {i}" for i in range(90)],
        [f"X-Long: {'a' * 30_000}"],
        ["X-Same: 1"] * 90,
        ["X-Text: caf\xe9 \xff\x80"],
        ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA=="],
        ["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
        ["Content-Length: 0", "Content-Type: \xff"],
        ["Cookie: " + "a=b; " * 1_000],
        ["Range: bytes=0-5", "If-Match: x", "If-None-Match: *", "If-Modified-Since: never"],
        ["Accept: text/html", "Accept-Encoding: br", "Accept-Charset: utf-7"],
        ["X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "Forwarded: for=x", "X-HTTP-Method-Override: DELETE"],
    ],
    ids=lambda headers: str(headers)[:30],
)
def test_headers_that_mean_nothing_here_change_nothing(you: Client, headers: list[str]) -> None:
    answer = raw(you.url, request(you, f"GET {BASE}/auth/me HTTP/1.1", *headers))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert you.order() == 1842


@pytest.mark.assumed
def test_the_body_of_a_get_is_read_and_ignored(you: Client) -> None:
    me = f"GET {BASE}/auth/me HTTP/1.1"
    asked = request(you, me, "Content-Length: 5", body=b"hello")
    assert raw(you.url, asked).startswith(b"HTTP/1.1 200 ")


@pytest.mark.assumed
def test_pipelined_requests_are_answered_in_their_order(you: Client) -> None:
    fields = f"Host: x\r\nAuthorization: Bearer {you.token}\r\n"
    head = f"POST {BASE}/generations HTTP/1.1\r\n{fields}Content-Type: application/json\r\nContent-Length: {len(BODY)}"
    one = head.encode() + b"\r\n\r\n" + BODY
    polls = f"GET {BASE}/generations/1842/status HTTP/1.1\r\n{fields}\r\n".encode()
    last = request(you, f"GET {BASE}/auth/me HTTP/1.1")
    answers = raw(you.url, one + polls * 2 + one + last)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"201", b"200", b"200", b"201", b"200"]
    assert answers.index(b'"pending","progress":0') < answers.index(b'"processing","progress":0')
    assert b'"credits":90' in answers


@pytest.mark.assumed
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([f"X-{i}: y" for i in range(101)], id="many"),
        pytest.param(["X-Long: " + "y" * 33_000], id="long"),
    ],
)
def test_headers_over_the_limit_are_a_431_and_order_nothing(you: Client, headers: list[str]) -> None:
    answer = order(you, f"Content-Length: {len(BODY)}", *headers)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.endswith(b'{"detail":"Request header fields too large"}')
    assert you.order() == 1842


@pytest.mark.assumed
def test_headers_within_the_limit_are_read(you: Client) -> None:
    # With the three of `request` and these two there are a hundred, of less than 32 KiB.
    headers = [f"X-{i}: {'y' * 300}" for i in range(95)]
    assert order(you, f"Content-Length: {len(BODY)}", *headers).startswith(b"HTTP/1.1 201 ")


@pytest.mark.assumed
def test_two_authorizations_are_refused_though_either_would_do(you: Client) -> None:
    me = f"GET {BASE}/auth/me HTTP/1.1"
    answer = raw(you.url, request(you, me, f"Authorization: Bearer {you.token}")).decode()
    assert answer.startswith("HTTP/1.1 401 ")
    assert "x-mock-hint: send one Authorization header: several came, and which one counts is open\r\n" in answer


@pytest.mark.assumed
def test_two_content_types_are_refused_though_they_are_equal(you: Client) -> None:
    answer = order(you, f"Content-Type: {JSON}", f"Content-Length: {len(BODY)}").decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert '"content-type: given more than once"' in answer
    assert you.order() == 1842


@pytest.mark.assumed
@pytest.mark.parametrize("coding", ["gzip", "br", "x-unknown", "gzip, identity"])
def test_a_compressed_body_is_refused_with_a_hint(you: Client, coding: str) -> None:
    answer = you.ask("POST", "/generations", BODY, {"Content-Type": JSON, "Content-Encoding": coding})
    assert (answer.status, answer.detail) == (415, "Unsupported media type")
    assert answer.headers["x-mock-hint"] == f"send the body as it is: Content-Encoding: {coding} is not read"
    assert you.order() == 1842


@pytest.mark.assumed
def test_a_coding_that_changes_nothing_is_none(you: Client) -> None:
    identity = {"Content-Type": JSON, "Content-Encoding": "Identity"}
    assert you.ask("POST", "/generations", BODY, identity).status == 201
    assert you.ask("GET", "/auth/me", b"", {"Content-Encoding": "gzip"}).status == 200
