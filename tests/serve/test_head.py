"""The head of a request: facts that are read, bytes that are refused, and the same result as Uvicorn's two parsers."""

import h11
import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.http.request import HEADER_LIMIT, MOST_HEADERS
from mockserver.serve.head import Head, Refused, fields, read, without_upgrade

GET = b"GET /a?b HTTP/1.1\r\n"


def head(*lines: bytes, line: bytes = GET) -> bytes:
    return line + b"".join(field + b"\r\n" for field in lines) + b"\r\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], (None, False, False, False)),
        ([b"Content-Length: 17"], (17, False, False, False)),
        ([b"content-length:  0  "], (0, False, False, False)),
        ([b"Transfer-Encoding: Chunked"], (None, True, False, False)),
        ([b"Expect: 100-Continue"], (None, False, True, False)),
        ([b"Expect: a-miracle"], (None, False, False, False)),
        ([b"Upgrade: h2c"], (None, False, False, True)),
        ([b"X-Host: a", b"X: Host: a", b"X: content-length: 1"], (None, False, False, False)),
        ([b"X:", b"Content-Length: 5", b"Y: \x80\xff"], (5, False, False, False)),
    ],
)
def test_a_head_yields_the_facts_of_its_headers(
    lines: list[bytes], expected: tuple[int | None, bool, bool, bool]
) -> None:
    data = head(b"hOST:\ta ", *lines)
    found = read(data + b"rest")
    assert found is not None
    facts = found.headers
    assert (facts.length, facts.chunked, facts.expects, facts.upgrades) == expected
    assert (found.method, found.target, found.minor, found.end) == (b"GET", b"/a?b", b"1", len(data))
    assert (facts.hosts, facts.oversized) == (1, False)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01", 400),
        (b"G(T", 400),
        (b"GET\t/ HTTP/1.1\r\n", 400),
        (b" GET / HTTP/1.1\r\n", 400),
        (b"GET / HTTP/1.1 \r\n", 400),
        (b"GET /a b HTTP/1.1\r\n", 400),
        (b"GET /\xc3\xa4 HTTP/1.1\r\n", 400),
        (b"GET / http/1.1\r\n", 400),
        (b"GET / HTTP/1.10\r\n", 400),
        (b"GET / HTTP/2.0\r\n", 505),
        (b"GET / HTTP/0.9\r\n", 505),
        (b"GET /\r\n", 400),
        (b"GET /\n", 400),
        (GET + b"Host: a\n", 400),
        (head(b"Host : a"), 400),
        (head(b": a"), 400),
        (head(b"Host"), 400),
        (head(b"Host: a", b" b"), 400),
        (head(b"Host: a\x7f"), 400),
        (head(b"Host: a\rb"), 400),
        (head(b"Content-Length: +1"), 400),
        (head(b"Content-Length: 1, 1"), 400),
        (head(b"Content-Length:"), 400),
        (head(b"Content-Length: 1", b"Content-Length: 1"), 400),
        (head(b"Content-Length: " + b"1" * 20), 400),
        (head(b"Content-Length: 1", b"Transfer-Encoding: chunked"), 400),
        (head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), 501),
        (head(b"Transfer-Encoding: identity"), 501),
        (head(b"Transfer-Encoding: gzip, chunked"), 501),
        (b"GET /" + b"a" * 32 * 1024, 414),
    ],
)
def test_a_malformed_head_is_refused_as_soon_as_its_bytes_have_come(data: bytes, status: int) -> None:
    with pytest.raises(Refused) as refused:
        read(data)
    assert refused.value.status == status
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("end", range(len(head(b"Host: a", b"X: b"))))
def test_a_head_is_not_read_until_all_of_it_has_come(end: int) -> None:
    whole = head(b"Host: a", b"X: b")
    assert read(whole[:end]) is None
    assert read(whole, searched=end) == read(whole)


@pytest.mark.parametrize(
    ("lines", "line", "sentence"),
    [
        ([], GET, "expected one Host header, found 0"),
        ([b"Host: a", b"Host: a"], GET, "expected one Host header, found 2"),
        ([b"Host: a", b"Host: a"], b"GET / HTTP/1.0\r\n", "expected one Host header, found 2"),
        (
            [b"Transfer-Encoding: chunked"],
            b"GET / HTTP/1.0\r\n",
            "expected no Transfer-Encoding in HTTP/1.0, found one",
        ),
    ],
)
def test_a_head_that_its_version_of_http_does_not_allow_is_refused(
    lines: list[bytes], line: bytes, sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        read(head(*lines, line=line))
    assert (refused.value.status, str(refused.value)) == (400, sentence)


@pytest.mark.parametrize(
    ("lines", "line"), [([b"Host: a"], GET), ([], b"GET / HTTP/1.0\r\n"), ([], b"CONNECT a:443 HTTP/1.1\r\n")]
)
def test_a_head_that_its_version_of_http_allows_is_read(lines: list[bytes], line: bytes) -> None:
    assert read(head(*lines, line=line)) is not None


def test_headers_over_a_limit_are_oversized_and_those_at_it_are_not() -> None:
    def oversized(*lines: bytes) -> bool:
        found = read(head(*lines, line=b"GET / HTTP/1.0\r\n"))
        assert found is not None
        return found.headers.oversized

    assert not oversized(*[b"X: a"] * MOST_HEADERS)
    assert oversized(*[b"X: a"] * (MOST_HEADERS + 1))
    assert not oversized(b"X:   " + b"a" * (HEADER_LIMIT - 1) + b"  ")
    assert oversized(b"X: " + b"a" * HEADER_LIMIT)


def test_headers_without_an_end_are_oversized_once_they_exceed_the_limit() -> None:
    sent = GET + b"X: " + b"a" * (HEADER_LIMIT - 1)
    assert read(sent) is None
    found = read(sent + b"a" * 1000)
    assert found is not None
    assert found.headers.oversized
    assert found.end == len(sent) + 1000


def test_an_offer_to_upgrade_is_taken_out_and_nothing_else() -> None:
    lines = b"Host: a\r\nUPGRADE: h2c\r\nX-Upgrade: b\r\nupgrade:c\r\nX: upgrade: d\r\n\r\n"
    assert without_upgrade(lines) == b"Host: a\r\nX-Upgrade: b\r\nX: upgrade: d\r\n\r\n"


TOKEN = st.from_regex(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,8}", fullmatch=True)
NAMES = st.one_of(
    TOKEN, st.sampled_from([b"Host", b"content-length", b"Transfer-Encoding", b"Expect", b"Connection", b"Upgrade"])
)
VALUES = st.one_of(
    st.from_regex(rb"[\t\x20-\x7e\x80-\xff]{0,9}", fullmatch=True),
    st.sampled_from(
        [b"chunked", b"gzip, chunked", b"0", b"7", b"007", b"-1", b"close", b"100-continue", b"a\0", b"\x7f"]
    ),
)
LINES = st.builds(
    lambda name, gap, value: name + b":" + gap + value, NAMES, st.sampled_from([b"", b" ", b"\t "]), VALUES
)
TARGETS = st.one_of(
    st.from_regex(rb"/[\x21\x24-\x3b=\x3f-\x7e]{0,9}", fullmatch=True),
    st.sampled_from([b"*", b"http://a/b?c"]),
)


class Seen:
    """A request as httptools reads it."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.ended = False

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value.rstrip(b"\t ")))

    def on_message_complete(self) -> None:
        self.ended = True


def by_httptools(data: bytes, body: bytes) -> tuple[bytes, bytes, list[tuple[bytes, bytes]], bool]:
    seen = Seen()
    parser = httptools.HttpRequestParser(seen)
    parser.feed_data(data + body)
    return parser.get_method(), seen.target, seen.headers, seen.ended


def by_h11(data: bytes, body: bytes) -> tuple[bytes, bytes, list[tuple[bytes, bytes]], bool]:
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(data + body)
    event, ended = parser.next_event(), False
    assert isinstance(event, h11.Request)
    while not ended and (part := parser.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
        ended = isinstance(part, h11.EndOfMessage)
    return event.method, event.target, [(name.lower(), value) for name, value in event.headers], ended


@given(TARGETS, st.lists(LINES, max_size=6), st.sampled_from([b"1.1", b"1.0"]))
def test_uvicorns_parsers_read_the_same_request_with_the_same_end(
    target: bytes, lines: list[bytes], version: bytes
) -> None:
    data = head(*lines, line=b"POST %s HTTP/%s\r\n" % (target, version))
    try:
        found = read(data)
        assert found is not None
    except Refused:
        return
    body = b"7\r\n0123456\r\n0\r\n\r\n" if found.headers.chunked else b"a" * (found.headers.length or 0)
    lines_for_parser = without_upgrade(data[data.index(b"\r\n") + 2 :])
    passed = data[: data.index(b"\r\n") + 2] + lines_for_parser
    expected = (b"POST", target, fields(lines_for_parser), True)
    assert by_httptools(passed, body) == expected
    assert by_h11(passed, body) == expected
    if body:
        assert by_httptools(passed, body[:-1])[3] is False


def test_the_same_headers_are_read_once() -> None:
    first, second = read(head(b"Host: a")), read(head(b"Host: a", line=b"PUT /b HTTP/1.1\r\n"))
    assert isinstance(first, Head)
    assert isinstance(second, Head)
    assert first.headers is second.headers
