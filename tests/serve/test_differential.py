"""The door beside plain Uvicorn, with each of its parsers: the same requests reach the application.

Each difference is listed with its reason. Where the door is stricter, it refuses a request that a parser reads. Where
it is wider, it reads a request that a parser refuses.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

import pytest
from msgspec import Struct
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from mockserver.serve.connections import Connections, answering
from mockserver.serve.door import Deadlines

from .wire import Loop, Wire

Seen = tuple[str, bytes, bytes, tuple[tuple[bytes, bytes], ...], bytes]
"""A request as the application sees it: method, path as sent, query, headers, body."""


class Variant(Struct, frozen=True):
    """A part of a request, and the reason why the door treats it in its own way, if it does."""

    text: bytes
    stricter: tuple[int, str] | None = None
    """The status of the door's refusal, and why it refuses."""
    wider: str = ""
    """Why the door reads a request that a parser refuses."""
    parsers_differ: bool = False
    """Whether the two parsers treat it differently; the door leaves it to them."""


LINES: Final = {
    "a read": Variant(b"GET /a HTTP/1.1"),
    "a write": Variant(b"POST /a/b HTTP/1.1"),
    "a query": Variant(b"GET /a?b=c&d=%20 HTTP/1.1"),
    "an escaped path": Variant(b"GET /a%2Fb%41 HTTP/1.1"),
    "a head": Variant(b"HEAD /a HTTP/1.1"),
    "a delete": Variant(b"DELETE /a HTTP/1.1"),
    "a patch": Variant(b"PATCH /a HTTP/1.1"),
    "options": Variant(b"OPTIONS /a HTTP/1.1"),
    "the old version": Variant(b"GET /a HTTP/1.0"),
    "a method of its own": Variant(b"BREW /a HTTP/1.1", parsers_differ=True),
    "a method in lower case": Variant(b"get /a HTTP/1.1", parsers_differ=True),
    "no version": Variant(b"GET /a", (400, "HTTP/0.9 has no headers, so its answer could not be told from a body")),
    "the next version": Variant(b"GET /a HTTP/2.0", (505, "the answer names the version that is read")),
    "a version too many": Variant(b"GET /a HTTP/1.2", (505, "as above")),
    "two spaces": Variant(b"GET  /a HTTP/1.1", (400, "RFC 9112, section 3: one space")),
    "a tab": Variant(b"GET\t/a HTTP/1.1", (400, "as above")),
    "a space behind": Variant(b"GET /a HTTP/1.1 ", (400, "as above")),
    "a path with a space": Variant(b"GET /a b HTTP/1.1", (400, "RFC 9112, section 3.2: a target has no space")),
    "a path beyond ASCII": Variant(b"GET /\xc3\xa4 HTTP/1.1", (400, "RFC 3986: such bytes are written as escapes")),
    "a control character": Variant(b"GET /a\x01 HTTP/1.1", (400, "as above")),
    "empty lines before": Variant(
        b"\r\n\r\nGET /a HTTP/1.1", wider="RFC 9112, section 2.2: they are read over; h11 refuses"
    ),
    "a fragment": Variant(b"GET /a#b HTTP/1.1", (400, "RFC 9112, section 3.2: a target has no fragment")),
}

HEADERS: Final = {
    "a host": Variant(b"Host: a\r\n"),
    "a host in capitals": Variant(b"HOST: a\r\n"),
    "no space": Variant(b"Host:a\r\n"),
    "spaces around": Variant(b"Host:  \t a \t \r\n"),
    "no host": Variant(b"X: a\r\n", (400, "RFC 9112, section 3.2: one Host")),
    "two hosts": Variant(b"Host: a\r\nHost: a\r\n", (400, "as above")),
    "an empty host": Variant(b"Host:\r\n"),
    "a value with colons": Variant(b"Host: a\r\nX: a:b: c\r\n"),
    "an empty value": Variant(b"Host: a\r\nX:\r\n"),
    "the same name twice": Variant(b"Host: a\r\nX: 1\r\nX: 2\r\n"),
    "bytes beyond ASCII": Variant(b"Host: a\r\nX: \xc3\xa4\xff\r\n"),
    "a cookie": Variant(b"Host: a\r\nCookie: a=b; c=d\r\n"),
    "close": Variant(b"Host: a\r\nConnection: close\r\n"),
    "keep-alive": Variant(b"Host: a\r\nConnection: Keep-Alive\r\n"),
    "ninety headers": Variant(b"Host: a\r\n" + b"".join(b"X-%d: a\r\n" % i for i in range(89))),
    "a miracle": Variant(b"Host: a\r\nExpect: a-miracle\r\n"),
    "a name with a space": Variant(b"Host: a\r\nX Y: a\r\n", (400, "RFC 9110, section 5.1: a name is a token")),
    "a space before the colon": Variant(b"Host: a\r\nX : a\r\n", (400, "RFC 9112, section 5.1: none is allowed")),
    "no name": Variant(b"Host: a\r\n: a\r\n", (400, "RFC 9110, section 5.1")),
    "no colon": Variant(b"Host: a\r\nX\r\n", (400, "RFC 9112, section 5")),
    "a folded value": Variant(b"Host: a\r\nX: a\r\n b\r\n", (400, "RFC 9112, section 5.2: a server may refuse it")),
    "a NUL": Variant(b"Host: a\r\nX: a\0b\r\n", (400, "RFC 9110, section 5.5")),
    "a lone LF": Variant(
        b"Host: a\r\nX: a\nY: b\r\n", (400, "RFC 9112, section 2.2: only CR LF ends a line for certain")
    ),
    "a lone CR": Variant(b"Host: a\r\nX: a\rb\r\n", (400, "as above")),
    "an offer of h2c": Variant(
        b"Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n",
        wider="RFC 9110, section 7.8: it is ignored; httptools ends HTTP there, and h11 waits",
    ),
    "an offer of a socket": Variant(b"Host: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n", wider="as above"),
}

FRAMINGS: Final = {
    "none": Variant(b"\r\n"),
    "a length": Variant(b"Content-Length: 5\r\n\r\nhello"),
    "no length": Variant(b"Content-Length: 0\r\n\r\n"),
    "a length with zeros": Variant(b"Content-Length: 005\r\n\r\nhello"),
    "chunks": Variant(b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
    "chunks with extensions": Variant(b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0;c\r\n\r\n"),
    "trailers": Variant(
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
        wider="they are no headers; with httptools, Uvicorn takes them for headers",
    ),
    "two lengths": Variant(b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", (400, "RFC 9112, section 6.3")),
    "a list of lengths": Variant(b"Content-Length: 5, 5\r\n\r\nhello", (400, "as above")),
    "a negative length": Variant(b"Content-Length: -5\r\n\r\nhello", (400, "as above")),
    "a length in words": Variant(b"Content-Length: five\r\n\r\nhello", (400, "as above")),
    "a length and chunks": Variant(
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        (400, "RFC 9112, section 6.1: it may be an attempt to smuggle a request"),
    ),
    "another coding": Variant(b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", (501, "RFC 9112, section 6.1")),
    "chunks without an end": Variant(b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", (400, "RFC 9112, section 7.1")),
}

Shape = tuple[str, str, str]
"""The names of a line, of headers and of a framing."""


def shapes() -> Iterator[Shape]:
    """Yield every line and every framing with all headers, and every line with every framing."""
    yield from product(LINES, HEADERS, ["none"])
    yield from product(["a write"], HEADERS, FRAMINGS)
    yield from product(LINES, ["a host"], FRAMINGS)


SHAPES: Final = sorted(set(shapes()))


class Application:
    """Notes each request, and answers with nothing."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        headers = tuple((name, value.strip(b"\t ")) for name, value in scope["headers"])
        self.seen.append((scope["method"], scope["raw_path"], scope["query_string"], headers, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


def outcome(data: bytes, make: Callable[[Application], asyncio.Protocol]) -> tuple[list[Seen], list[int]]:
    """Send bytes on a connection; return the requests that reach the application, and the statuses of all answers."""
    application, wire = Application(), Wire()

    async def lived() -> None:
        protocol = make(application)
        protocol.connection_made(wire)
        protocol.data_received(data)
        for _ in range(20):
            await asyncio.sleep(0)
        protocol.connection_lost(None)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(lived())
    return application.seen, [int(status) for status in re.findall(rb"HTTP/1\.1 ([2-5][0-9]{2}) ", wire.written)]


def through_the_door(application: Application, parser: str) -> asyncio.Protocol:
    config = Config(answering(application), http=parser, ws="none", lifespan="off", log_config=None)
    config.load()
    return Connections(config, None, Deadlines()).accept_plain()


def through_uvicorn(application: Application, parser: str) -> asyncio.Protocol:
    config = Config(application, http=parser, ws="none", lifespan="off", log_config=None)
    config.load()
    made: Callable[..., asyncio.Protocol] = config.http_protocol_class
    return made(config=config, server_state=ServerState(), app_state={}, _loop=asyncio.get_running_loop())


def bytes_of(shape: Shape) -> bytes:
    line, headers, framing = shape
    return LINES[line].text + b"\r\n" + HEADERS[headers].text + FRAMINGS[framing].text


def variants(shape: Shape) -> tuple[Variant, Variant, Variant]:
    line, headers, framing = shape
    return LINES[line], HEADERS[headers], FRAMINGS[framing]


def refusals(shape: Shape) -> set[int]:
    """The statuses with which the door may refuse a request."""
    found = {each.stricter[0] for each in variants(shape) if each.stricter is not None}
    line, headers, framing = shape
    if line == "the old version" and headers == "no host":
        return set()  # HTTP/1.0 has no Host
    if line == "the old version" and "chunk" in framing + ("chunk" if framing == "trailers" else ""):
        return {*found, 400}  # RFC 9112, section 6.1: chunks came with HTTP/1.1
    return found


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_the_door_lets_the_same_requests_through_as_the_parser_behind_it(parser: str) -> None:
    assert len(SHAPES) >= 300
    for shape in SHAPES:
        data, expected = bytes_of(shape), refusals(shape)
        mine = outcome(data, lambda app: through_the_door(app, parser))
        if expected:
            assert mine[0] == [], shape
            assert mine[1] in [[status] for status in expected], (shape, mine)
        elif not any(each.wider for each in variants(shape)):
            assert mine == outcome(data, lambda app: through_uvicorn(app, parser)), shape


def test_the_door_is_the_same_before_both_parsers() -> None:
    for shape in SHAPES:
        data = bytes_of(shape)
        if any(each.parsers_differ for each in variants(shape)):
            continue
        by_httptools = outcome(data, lambda app: through_the_door(app, "httptools"))
        assert by_httptools == outcome(data, lambda app: through_the_door(app, "h11")), shape
