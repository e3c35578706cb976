"""Read the head of an HTTP/1 request strictly, as far as the end of the request depends on it.

The parser behind this module must find the same end. So a head in which two parsers could see different ends is
refused.
"""

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct

from mockserver.core.wording import worded
from mockserver.http.request import HEADER_LIMIT, MOST_HEADERS

LINE_LIMIT: Final = 32 * 1024
"""Bytes of the longest request line."""

_BLOCK_LIMIT: Final = HEADER_LIMIT + len(": \r\n") * MOST_HEADERS
"""Bytes of the longest block of headers that can keep both limits."""

# Source: RFC 9110, section 5.6.2, and RFC 9112, sections 3 and 5. A target has no fragment, so no #.
_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_LINE: Final = re.compile(rb"(%s) ([\x21\x22\x24-\x7e]+) HTTP/([0-9])\.([0-9])" % _TOKEN)
_FIELD: Final = rb"(?:%s:[\t\x20-\x7e\x80-\xff]*\r\n)" % _TOKEN
_BLOCK: Final = re.compile(_FIELD + rb"*")
_DECISIVE: Final = re.compile(
    rb"^(host|content-length|transfer-encoding|expect|upgrade):[\t ]*(.*?)[\t ]*\r$", re.IGNORECASE | re.MULTILINE
)
_METHOD: Final = re.compile(rb"(?:\r\n)*(?:%s(?: .*)?)?\r?" % _TOKEN, re.DOTALL)
_LONE_LINE_FEED: Final = re.compile(rb"(?<!\r)\n")
_LENGTH: Final = re.compile(rb"[0-9]{1,19}")
_UPGRADE: Final = re.compile(rb"^upgrade:.*\n", re.IGNORECASE | re.MULTILINE)


class Refused(Exception):
    """Bytes that are not one of the requests that this server reads; the connection ends with this answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Headers(Struct, frozen=True):
    """The facts in a block of headers that decide where the request ends."""

    hosts: int
    """How many `Host` headers there are."""
    length: int | None
    """Bytes of the body; None without a `Content-Length`."""
    chunked: bool
    """Whether the body comes in chunks, with its end among them."""
    expects: bool
    """Whether the client waits for `100 Continue` before it sends the body."""
    upgrades: bool
    """Whether the client offers another protocol. The offer is ignored (RFC 9110, section 7.8)."""
    oversized: bool
    """Whether the headers are over `MOST_HEADERS` or `HEADER_LIMIT`."""


class Head(Struct, frozen=True):
    """The head of a request."""

    method: bytes
    target: bytes
    minor: bytes
    """`1` of HTTP/1.1, or `0`."""
    headers: Headers
    end: int
    """The place of the first byte after the head."""

    @property
    def whole_url(self) -> bytes | None:
        """The target, if it is a whole URL, as proxies get it."""
        return None if self.target.startswith((b"/", b"*")) else self.target


def read(data: bytes, searched: int = 0) -> Head | None:
    """Read the head at the beginning of `data`, None where it is incomplete.

    Raises Refused where HTTP/1 does not allow it.

    `data` begins with the request line. In the first `searched` bytes no head ends.
    """
    end = data.find(b"\r\n\r\n", max(searched - 3, 0))
    start = data.find(b"\r\n", 0, LINE_LIMIT + 2)
    if start < 0:
        _check_beginning(data)
        return None
    line = _LINE.fullmatch(data, 0, start)
    if line is None:
        raise Refused(400, f"expected a request line such as GET / HTTP/1.1, found {shown(data[:start])}")
    method, target, major, minor = line.groups()
    if major != b"1" or minor not in b"01":
        raise Refused(505, f"expected HTTP/1.1, found HTTP/{major.decode()}.{minor.decode()}")
    if end < 0:
        if len(data) - start - 2 <= _BLOCK_LIMIT:
            _check_lines(data, searched)
            return None
        return Head(method, target, minor, _TOO_MANY, len(data))
    if end - start > _BLOCK_LIMIT:
        return Head(method, target, minor, _TOO_MANY, end + 4)
    headers = _headers(data[start + 2 : end + 2])
    if headers.hosts != 1 or minor == b"0":
        _check(method, minor, headers)
    return Head(method, target, minor, headers, end + 4)


_TOO_MANY: Final = Headers(hosts=1, length=None, chunked=False, expects=False, upgrades=False, oversized=True)


def fields(lines: bytes) -> list[tuple[bytes, bytes]]:
    """Return the names, in lower case, and the values of header lines."""
    pairs = (line.partition(b":") for line in lines.split(b"\r\n") if line)
    return [(name.lower(), value.strip(b"\t ")) for name, _, value in pairs]


def without_upgrade(lines: bytes) -> bytes:
    """Return header lines without an offer of another protocol."""
    return _UPGRADE.sub(b"", lines)


def shown(data: bytes) -> str:
    """Return bytes of a client for an error sentence, printable and shortened."""
    return worded(data[:60].decode("latin-1"))


def _check(method: bytes, minor: bytes, headers: Headers) -> None:
    """Refuse headers that this version of HTTP does not allow."""
    if headers.hosts != 1 and (headers.hosts or minor != b"0") and method != b"CONNECT":
        raise Refused(400, f"expected one Host header, found {headers.hosts}")
    if headers.chunked and minor == b"0":
        raise Refused(400, "expected no Transfer-Encoding in HTTP/1.0, found one")


def _check_beginning(data: bytes) -> None:
    """Refuse bytes that cannot begin a request line."""
    if data.startswith(b"\x16\x03"):
        raise Refused(400, "expected HTTP, found TLS: this port takes http:// only")
    if not _METHOD.fullmatch(data[:64]) or _LONE_LINE_FEED.search(data):
        raise Refused(400, f"expected a request line such as GET / HTTP/1.1, found {shown(data)}")
    if len(data) > LINE_LIMIT:
        raise Refused(414, f"expected a request line of at most {LINE_LIMIT} bytes")


def _check_lines(data: bytes, searched: int) -> None:
    """Refuse a head with a line that ends without a carriage return. The end of such a head would never be found."""
    if _LONE_LINE_FEED.search(data, max(searched - 1, 0)):
        raise Refused(400, "expected header lines that end with CR LF, found one that ends with LF")


@lru_cache(maxsize=512)
def _headers(block: bytes) -> Headers:
    """Read a block of header lines; clients send the same ones again and again, so the last ones are remembered."""
    if not _BLOCK.fullmatch(block):
        raise Refused(400, f"expected header lines such as Host: example.org, found {shown(_odd_line(block))}")
    values: dict[bytes, list[bytes]] = {}
    for name, value in _DECISIVE.findall(block):
        values.setdefault(name.lower(), []).append(value)
    chunked = _chunked(values.get(b"transfer-encoding", []))
    length = _length(values.get(b"content-length", []))
    if chunked and length is not None:
        raise Refused(400, "expected Content-Length or Transfer-Encoding, found both")
    count = block.count(b"\r\n")
    return Headers(
        hosts=len(values.get(b"host", [])),
        length=length,
        chunked=chunked,
        expects=[value.lower() for value in values.get(b"expect", [])] == [b"100-continue"],
        upgrades=b"upgrade" in values,
        oversized=count > MOST_HEADERS or _weight(block) > HEADER_LIMIT,
    )


def _weight(block: bytes) -> int:
    """Return the bytes in the names and values of a block, without colons and the space around values."""
    if len(block) <= HEADER_LIMIT:
        return len(block)
    lines = (line.partition(b":") for line in block.split(b"\r\n"))
    return sum(len(name) + len(value.strip(b"\t ")) for name, _, value in lines)


def _odd_line(block: bytes) -> bytes:
    good = _BLOCK.match(block)
    return block[good.end() if good else 0 :].partition(b"\r\n")[0]


def _chunked(values: list[bytes]) -> bool:
    """Return whether the body is chunked; raises Refused for any other coding."""
    if values and [value.lower() for value in values] != [b"chunked"]:
        raise Refused(501, f"expected Transfer-Encoding: chunked, found {shown(b', '.join(values))}")
    return bool(values)


def _length(values: list[bytes]) -> int | None:
    """Return the length of the body; raises Refused if it is no number, or given twice."""
    if not values:
        return None
    if len(values) > 1 or not _LENGTH.fullmatch(values[0]):
        raise Refused(400, f"expected one Content-Length of at most 19 digits, found {shown(b', '.join(values))}")
    return int(values[0])
