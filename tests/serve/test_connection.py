"""One connection: each request is read once, with its body, wherever its bytes are cut and with any offer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config

from mockserver.serve.connections import Connections, answering
from mockserver.serve.door import Deadlines

from .wire import Loop, Wire

UPGRADE = b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
BODY = b"DELETE /run HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:])

Read = tuple[str, str, bytes]
"""A request as the application saw it."""


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


PARSERS: Final = ("httptools", "h11")


class Client:
    """The client's side of one connection; all effects of a step happen before the next step."""

    def __init__(self, loop: Loop, application: ASGIApp, parser: str) -> None:
        config = Config(
            answering(application),
            http=parser,
            ws="none",
            lifespan="off",
            log_config=None,
            timeout_keep_alive=10**6,
        )
        config.load()
        self.wire = Wire()
        self._loop = loop
        self._protocol = Connections(config, None, Deadlines()).accept_plain()
        self._protocol.connection_made(self.wire)

    async def settle(self) -> None:
        # More turns than the server needs to answer all requests together.
        for _ in range(40):
            await asyncio.sleep(0)

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            if not self.wire.closed:
                self._protocol.data_received(piece)
            await self.settle()

    async def pass_time(self, seconds: float) -> None:
        self._loop.now += seconds
        await self.settle()

    async def stop_sending(self) -> bool:
        """Close the client's side; tell whether the server keeps its own open."""
        kept = self._protocol.eof_received()
        await self.settle()
        return kept

    async def stop_reading(self) -> None:
        self._protocol.pause_writing()
        await self.settle()

    async def read_again(self) -> None:
        self._protocol.resume_writing()
        await self.settle()

    async def leave(self) -> None:
        self._protocol.connection_lost(None)
        await self.settle()


def on_connection(
    steps: Callable[[Client], Awaitable[object]], application: ASGIApp, parser: str = "httptools"
) -> Wire:
    """Take these steps on one connection."""

    async def lived() -> Wire:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        client = Client(loop, application, parser)
        await steps(client)
        await client.leave()
        return client.wire

    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(lived())


def served(pieces: Sequence[bytes], parser: str = "httptools") -> tuple[Application, Wire]:
    """Have one connection receive pieces, one after the other."""
    application = Application()
    return application, on_connection(lambda client: client.send(*pieces), application, parser)


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


@pytest.mark.parametrize("parser", PARSERS)
def test_requests_are_read_once_wherever_they_are_cut_in_two(parser: str) -> None:
    for place in range(len(MANY)):
        application, wire = served(list(cut(MANY, [place])), parser)
        assert application.read == EACH_ONCE, place
        assert wire.written.count(b"HTTP/1.1 200 OK") == len(EACH_ONCE)


@given(st.lists(st.integers(1, len(MANY) - 1)), st.sampled_from(PARSERS))
def test_requests_in_any_pieces_are_read_once(places: list[int], parser: str) -> None:
    assert served(list(cut(MANY, places)), parser)[0].read == EACH_ONCE


@pytest.mark.parametrize("parser", PARSERS)
def test_requests_are_read_once_when_they_come_byte_by_byte(parser: str) -> None:
    assert served(list(cut(MANY, range(len(MANY)))), parser)[0].read == EACH_ONCE


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
def test_trailers_behind_a_body_do_not_become_headers(offer: bytes) -> None:
    trailers = b"Authorization: Bearer x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"
    asked = request(b"POST /one HTTP/1.1", offer, CHUNKED, body=CHUNKS.removesuffix(b"\r\n") + trailers)
    plain = request(b"POST /one HTTP/1.1", offer, CHUNKED, body=CHUNKS)
    application, _ = served([asked, plain])
    assert application.read == [("POST", "/one", BODY)] * 2
    assert application.headers[0] == application.headers[1]


# None of these headers states the length of a body; the parser treats `Proxy-Connection` like `Connection`.
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
def test_an_ignored_header_does_not_move_the_end_of_a_body(fields: bytes, framing: bytes, body: bytes) -> None:
    head, last = request(b"POST /one HTTP/1.1", fields, framing), request(b"GET /last HTTP/1.1")
    for pieces in ([head + body + last], [head, body + last], [head, body[:9], body[9:], last]):
        assert served(pieces)[0].read == [("POST", "/one", BODY), ("GET", "/last", b"")]


def test_a_client_that_expects_100_continue_gets_it_before_its_body_is_read() -> None:
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
def test_a_connection_without_keep_alive_ends_after_the_body(head: bytes) -> None:
    for pieces in ([head + BODY + MANY], [head, BODY, MANY]):
        application, wire = served(pieces)
        assert application.read == [("POST", "/one", BODY)]
        assert wire.ended


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
    assert wire.written.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 "))
    assert wire.ended


# A tunnel begins with a new connection. HTTP/2 without TLS begins with its preface, or with an offer, which is ignored.
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
        assert wire.written.count(b"HTTP/1.1 400 ") + wire.written.count(b"HTTP/1.1 505 ") == 1
        assert wire.ended


PARTS = {
    "a verb": b"GE",
    "a request line": b"GET / HTTP/1.1\r\n",
    "a head": b"GET / HTTP/1.1\r\nHost: x\r\nX:",
    "no byte of a body": request(b"POST / HTTP/1.1", LENGTH),
    "a body": request(b"POST / HTTP/1.1", LENGTH, body=BODY[:5]),
    "a chunk": request(b"POST / HTTP/1.1", CHUNKED, body=CHUNKS[:5]),
    "no last chunk": request(b"POST / HTTP/1.1", CHUNKED, body=CHUNKS[:-5]),
}
TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\n"


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("before", [0, 1], ids=["first request", "second request"])
def test_a_request_must_come_whole_within_a_minute(part: bytes, before: int, parser: str) -> None:
    async def steps(client: Client) -> None:
        await client.send(*[request(b"GET /first HTTP/1.1")] * before)
        await client.pass_time(20)
        await client.send(part)
        await client.pass_time(59)
        assert TIMEOUT not in client.wire.written
        assert not client.wire.ended
        await client.pass_time(2)
        assert client.wire.written.count(TIMEOUT) == 1
        assert client.wire.ended

    application = Application()
    on_connection(steps, application, parser)
    assert len(application.read) == before


def test_bytes_that_trickle_give_a_request_no_more_time() -> None:
    async def steps(client: Client) -> None:
        for byte in b"GET / HTTP/1.1\r\nHost: x\r\nX: aaaaaaaaaaaaaaaa":
            if not client.wire.ended:
                await client.send(bytes([byte]))
                await client.pass_time(2)

    assert on_connection(steps, Application()).written.startswith(TIMEOUT)


@pytest.mark.parametrize("asked", [b"", request(b"GET / HTTP/1.1")], ids=["never used", "used"])
def test_a_connection_without_a_request_is_closed_after_75_seconds(asked: bytes) -> None:
    async def steps(client: Client) -> None:
        await client.send(*[asked] * bool(asked))
        await client.pass_time(74)
        assert not client.wire.closed
        await client.send(*[asked] * bool(asked))
        await client.pass_time(74 if asked else 0)
        assert not client.wire.closed
        await client.pass_time(2)
        assert client.wire.closed

    assert b" 408 " not in on_connection(steps, Application()).written


async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the request, and answer once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


@pytest.mark.parametrize("parser", PARSERS)
def test_an_answer_may_take_any_time(parser: str) -> None:
    async def steps(client: Client) -> None:
        await client.send(request(b"POST / HTTP/1.1", LENGTH, body=BODY))
        await client.pass_time(10_000)
        assert not client.wire.ended

    assert on_connection(steps, hanging, parser).written == b""


def test_a_request_that_waits_behind_an_answer_loses_no_time() -> None:
    async def steps(client: Client) -> None:
        await client.send(request(b"POST / HTTP/1.1", LENGTH, body=BODY) + b"GET / HT")
        await client.pass_time(10_000)
        assert not client.wire.ended

    on_connection(steps, hanging)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "body", [b"x\r\n", b"3\r\nabcd\r\n", b"0\r\nA b\r\n"], ids=["no size", "a long chunk", "no trailer"]
)
def test_a_body_in_broken_chunks_is_refused_and_the_application_learns_that_its_client_has_gone(
    body: bytes, parser: str
) -> None:
    for pieces in ([request(b"POST / HTTP/1.1", CHUNKED, body=body)], [request(b"POST / HTTP/1.1", CHUNKED), body]):
        application, wire = served(pieces, parser)
        assert application.read == []
        assert wire.written.count(b"HTTP/1.1 ") == 1
        assert wire.written.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert wire.ended


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("count", [1, 3])
def test_a_client_that_closes_its_side_gets_the_answers_to_all_its_requests(count: int, parser: str) -> None:
    async def steps(client: Client) -> None:
        client._protocol.data_received(request(b"GET / HTTP/1.1") * count)
        assert await client.stop_sending()
        assert client.wire.closed

    application = Application()
    wire = on_connection(steps, application, parser)
    assert wire.written.count(b"HTTP/1.1 200 ") == len(application.read) == count


@pytest.mark.parametrize("part", [b"", *PARTS.values()])
def test_a_client_that_closes_its_side_within_a_request_gets_no_answer(part: bytes) -> None:
    async def steps(client: Client) -> None:
        await client.send(*[part] * bool(part))
        kept = await client.stop_sending()
        assert not kept or client.wire.closed

    assert on_connection(steps, Application()).written == b""


def test_an_answer_that_waits_learns_that_the_client_has_closed_its_side() -> None:
    async def steps(client: Client) -> None:
        await client.send(request(b"GET / HTTP/1.1"))
        assert client.wire.written == b""
        await client.stop_sending()
        assert client.wire.written.startswith(b"HTTP/1.1 200 ")
        assert client.wire.closed

    on_connection(steps, hanging)


def test_no_more_than_64_kib_are_read_ahead_of_an_answer() -> None:
    async def steps(client: Client) -> None:
        await client.send(request(b"GET / HTTP/1.1"), request(b"GET / HTTP/1.1") * 1000)
        assert not client.wire.paused
        await client.send(request(b"GET / HTTP/1.1") * 2000)
        assert client.wire.paused

    on_connection(steps, hanging)


@pytest.mark.parametrize("parser", PARSERS)
def test_no_request_is_served_while_its_client_does_not_read(parser: str) -> None:
    application = Application()

    async def steps(client: Client) -> None:
        await client.stop_reading()
        await client.send(request(b"GET / HTTP/1.1") * 3)
        assert application.read == []
        await client.read_again()
        assert len(application.read) == 3

    on_connection(steps, application, parser)


async def early(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer without reading the body."""
    await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("framing", "body"), [(LENGTH, BODY), (CHUNKED, CHUNKS)], ids=["length", "chunks"])
def test_a_body_that_comes_after_its_answer_is_discarded(framing: bytes, body: bytes, parser: str) -> None:
    async def steps(client: Client) -> None:
        await client.send(request(b"POST / HTTP/1.1", framing), body[:9], body[9:] + request(b"GET / HTTP/1.1"))

    wire = on_connection(steps, early, parser)
    assert wire.written.count(b"HTTP/1.1 413 ") == 2
    assert not wire.half_closed


@pytest.mark.parametrize("parser", PARSERS)
def test_a_connection_ends_when_a_body_was_announced_and_its_answer_came_first(parser: str) -> None:
    async def steps(client: Client) -> None:
        await client.send(request(b"POST / HTTP/1.1", LENGTH, b"Expect: 100-continue\r\n"), BODY)

    wire = on_connection(steps, early, parser)
    assert wire.written.count(b"HTTP/1.1 ") == 1
    assert wire.ended


def test_bytes_after_the_last_answer_are_discarded_for_two_seconds() -> None:
    async def steps(client: Client) -> None:
        await client.send(b"hello?\r\n\r\n")
        assert (client.wire.half_closed, client.wire.closed) == (True, False)
        for _ in range(9):
            await client.send(b"a" * 1_000_000)
        await client.pass_time(1)
        assert (client.wire.closed, client.wire.paused) == (False, False)
        await client.pass_time(2)
        assert client.wire.closed

    assert on_connection(steps, Application()).written.count(b"HTTP/1.1 400 ") == 1


@pytest.mark.parametrize("parser", PARSERS)
def test_a_whole_url_reaches_the_application_as_its_path(parser: str) -> None:
    asked = [b"http://x/one?a=b", b"http://x", b"http://x?a", b"HTTPS://x:1/%41", b"x"]
    application, _ = served([request(b"GET %s HTTP/1.1" % target) for target in asked], parser)
    assert [path for _, path, _ in application.read] == ["/one", "/", "/", "/A", "/x"]


@pytest.mark.parametrize("parser", PARSERS)
def test_empty_lines_before_a_request_are_skipped(parser: str) -> None:
    application, _ = served([b"\r\n\r\nGET /one HTTP/1.1\r\nHost: x\r\n\r\n\r\n", b"\r", b"\n"], parser)
    assert application.read == [("GET", "/one", b"")]


@pytest.mark.parametrize("parser", PARSERS)
def test_headers_over_the_limit_reach_the_application_as_none_and_end_the_connection(parser: str) -> None:
    big = b"GET /big HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 33 * 1024
    with_body = b"POST /big HTTP/1.1\r\nHost: x\r\n" + LENGTH + b"X: 1\r\n" * 100 + b"\r\n" + BODY
    application, wire = served([with_body + MANY], parser)
    assert application.read == [("POST", "/big", b"")]
    assert wire.written.count(b"HTTP/1.1 ") == 1
    for pieces in ([big + b"\r\n\r\n" + MANY], [big, MANY], [big[:1000], big[1000:], b"a" * 100_000, MANY]):
        application, wire = served(pieces, parser)
        assert application.read == [("GET", "/big", b"")]
        assert application.headers == [[]]
        assert wire.ended
