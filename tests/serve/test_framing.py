"""Requests cut into pieces anywhere: each is read once, with its body, even if its head offers an upgrade."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from mockserver.serve.framing import HttpProtocol

UPGRADE = b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
BODY = b"DELETE /run HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:])

Read = tuple[str, str, bytes]
"""A request as the application saw it."""


class Wire(asyncio.Transport):
    """A transport that records the bytes written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """As little."""


class Application:
    """Reads each request to its end, and answers with nothing."""

    def __init__(self) -> None:
        self.read: list[Read] = []
        self.headers: list[list[tuple[bytes, bytes]]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        self.read.append((scope["method"], scope["path"], body))
        self.headers.append(list(scope["headers"]))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


def served(pieces: Sequence[bytes]) -> tuple[Application, Wire]:
    """Have one connection receive pieces, and let all that follows from each happen before the next."""
    application, wire = Application(), Wire()

    async def receive() -> None:
        config = Config(application, ws="none", lifespan="off", log_config=None)
        protocol = HttpProtocol(config, ServerState(), {})
        protocol.connection_made(wire)
        for piece in pieces:
            if not wire.closed:
                protocol.data_received(piece)
            # More turns than all requests together need for being answered.
            for _ in range(20):
                await asyncio.sleep(0)
        protocol.connection_lost(None)

    asyncio.run(receive())
    return application, wire


def request(line: bytes, *fields: bytes, body: bytes = b"") -> bytes:
    return line + b"\r\nHost: x\r\n" + b"".join(fields) + b"\r\n" + body


MANY = b"".join(
    [
        request(b"POST /length HTTP/1.1", UPGRADE, LENGTH, body=BODY),
        request(b"POST /chunks HTTP/1.1", CHUNKED, UPGRADE, body=CHUNKS),
        request(b"GET /none HTTP/1.1", UPGRADE),
        request(b"POST /plain HTTP/1.1", LENGTH, body=BODY),
        request(b"POST /zero HTTP/1.1", UPGRADE, b"Content-Length: 0\r\n"),
        request(b"GET /last HTTP/1.1"),
    ]
)
EACH_ONCE = [
    ("POST", "/length", BODY),
    ("POST", "/chunks", BODY),
    ("GET", "/none", b""),
    ("POST", "/plain", BODY),
    ("POST", "/zero", b""),
    ("GET", "/last", b""),
]


def cut(data: bytes, places: Sequence[int]) -> Iterator[bytes]:
    """Yield the pieces between the places."""
    edges = [0, *sorted({place for place in places if 0 < place < len(data)}), len(data)]
    return (data[start:end] for start, end in pairwise(edges))


def test_requests_are_read_once_wherever_they_are_cut_in_two() -> None:
    for place in range(len(MANY)):
        application, wire = served(list(cut(MANY, [place])))
        assert application.read == EACH_ONCE, place
        assert wire.written.count(b"HTTP/1.1 200 OK") == len(EACH_ONCE)


@given(st.lists(st.integers(1, len(MANY) - 1)))
def test_requests_in_any_pieces_are_read_once(places: list[int]) -> None:
    assert served(list(cut(MANY, places)))[0].read == EACH_ONCE


def test_requests_are_read_once_when_they_come_byte_by_byte() -> None:
    assert served(list(cut(MANY, range(len(MANY)))))[0].read == EACH_ONCE


def test_the_application_sees_the_headers_as_they_were_sent() -> None:
    [headers] = served([request(b"POST / HTTP/1.1", UPGRADE, LENGTH, body=BODY)])[0].headers
    assert headers == [
        (b"host", b"x"),
        (b"upgrade", b"h2c"),
        (b"connection", b"Upgrade, HTTP2-Settings"),
        (b"http2-settings", b"AAMAAABkAAQAAP__"),
        (b"content-length", b"%d" % len(BODY)),
    ]


@pytest.mark.parametrize("offer", [b"", UPGRADE], ids=["no offer", "an offer"])
def test_fields_behind_a_body_are_no_headers(offer: bytes) -> None:
    trailers = b"Authorization: Bearer x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"
    asked = request(b"POST /one HTTP/1.1", offer, CHUNKED, body=CHUNKS.removesuffix(b"\r\n") + trailers)
    plain = request(b"POST /one HTTP/1.1", offer, CHUNKED, body=CHUNKS)
    application, _ = served([asked, plain])
    assert application.read == [("POST", "/one", BODY)] * 2
    assert application.headers[0] == application.headers[1]


# None of these says how long a body is; the parser takes `Proxy-Connection` for `Connection`.
IGNORED = [
    b"Upgrade: websocket\r\nConnection: keep-alive, upgrade\r\n",
    b"UPGRADE: a, b/1\r\nUpgrade: c\r\nconnection: x\r\nCONNECTION: UPGRADE\r\n",
    b"Proxy-Connection: upgrade\r\nUpgrade: h2c\r\n",
    b"Upgrade: h2c\r\n",
    b"Connection: Upgrade\r\n",
    b"Connection: HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    b"Proxy-Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n",
    b"TE: trailers\r\nTrailer: Content-Length\r\n",
    b"Expect: a-miracle\r\n",
    b"X-Empty:\r\nUpgrade: h2c\r\nConnection: upgrade\r\nX-Empty:\r\n",
]


@pytest.mark.parametrize("fields", IGNORED)
@pytest.mark.parametrize(("framing", "body"), [(LENGTH, BODY), (CHUNKED, CHUNKS)], ids=["length", "chunks"])
def test_a_header_that_may_be_ignored_moves_no_end_of_a_body(fields: bytes, framing: bytes, body: bytes) -> None:
    head, last = request(b"POST /one HTTP/1.1", fields, framing), request(b"GET /last HTTP/1.1")
    for pieces in ([head + body + last], [head, body + last], [head, body[:9], body[9:], last]):
        assert served(pieces)[0].read == [("POST", "/one", BODY), ("GET", "/last", b"")]


def test_a_client_that_asks_first_is_told_to_go_on_and_then_heard() -> None:
    head = request(b"POST /one HTTP/1.1", UPGRADE, LENGTH, b"Expect: 100-continue\r\n")
    application, wire = served([head])
    assert (application.read, wire.written) == ([], b"HTTP/1.1 100 Continue\r\n\r\n")
    application, wire = served([head, BODY])
    assert application.read == [("POST", "/one", BODY)]
    assert wire.written.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "head",
    [
        request(b"POST /one HTTP/1.0", UPGRADE, LENGTH),
        request(b"POST /one HTTP/1.1", UPGRADE, LENGTH, b"Connection: close\r\n"),
    ],
    ids=["HTTP/1.0", "close"],
)
def test_a_connection_that_is_to_end_ends_behind_the_body(head: bytes) -> None:
    for pieces in ([head + BODY + MANY], [head, BODY, MANY]):
        application, wire = served(pieces)
        assert application.read == [("POST", "/one", BODY)]
        assert wire.closed


@pytest.mark.parametrize("offer", [b"", UPGRADE], ids=["no offer", "an offer"])
@pytest.mark.parametrize(
    "framing",
    [
        b"Transfer-Encoding: gzip\r\n",
        b"Transfer-Encoding: chunked\r\n" + LENGTH,
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -1\r\n",
    ],
)
def test_a_body_whose_end_cannot_be_known_is_refused_and_not_read(offer: bytes, framing: bytes) -> None:
    application, wire = served([request(b"POST /one HTTP/1.1", offer, framing, body=BODY)])
    assert ("DELETE", "/run", b"") not in application.read
    assert wire.written.startswith(b"HTTP/1.1 400 ")
    assert wire.closed


# A tunnel begins with a connection. HTTP/2 without TLS begins with its preface, or with an offer that is not taken up.
@pytest.mark.parametrize(
    "line",
    [
        b"CONNECT /one HTTP/1.1",
        b"CONNECT http://x/one HTTP/1.1",
        b"CONNECT api.imagineview.art:443 HTTP/1.1",
        b"PRI * HTTP/2.0",
    ],
)
def test_a_request_that_changes_the_protocol_of_a_connection_in_use_ends_it(line: bytes) -> None:
    first = request(b"GET /first HTTP/1.1")
    for pieces in ([first, request(line, body=BODY)], [first, request(line), BODY]):
        application, wire = served(pieces)
        assert application.read == [("GET", "/first", b"")]
        assert wire.written.startswith(b"HTTP/1.1 200 ")
        assert wire.written.count(b"HTTP/1.1 400 ") == 1
        assert wire.closed
