"""Find the end of a request's body, of a known length or in chunks, without keeping any of it."""

import re
from typing import Final, Protocol

from mockserver.http.request import HEADER_LIMIT
from mockserver.serve.head import Refused, shown

# Source: RFC 9112, section 7.1. Extensions of a chunk are read over.
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*")

LINE_LIMIT: Final = 4096
"""Bytes of the longest line in a chunked body."""

_AT_ONCE: Final = 256
"""Lines that are read before other connections get their turn."""


class Body(Protocol):
    """The end of a body, as it is looked for."""

    complete: bool
    """Whether the end has been found."""

    def take(self, data: bytes, start: int) -> int:
        """Return the place in `data` up to which the bytes from `start` on are of this body.

        Raises Refused if they cannot be.

        It may stop early, so that a body in very many parts does not keep other connections waiting.
        """


class Length:
    """A body of so many bytes."""

    def __init__(self, size: int) -> None:
        self._left = size
        self.complete = size == 0

    def take(self, data: bytes, start: int) -> int:
        """Take the rest of the body, as far as it has come."""
        size = min(len(data) - start, self._left)
        self._left -= size
        self.complete = self._left == 0
        return start + size


class Chunks:
    """A body in chunks, with trailers after the last one."""

    def __init__(self) -> None:
        self.complete = False
        self._left = 0
        """Bytes to come of the present chunk, with its line end."""
        self._line = b""
        """The part that has come of a line: a chunk's size, or a trailer."""
        self._last = False
        """Whether the last chunk has come, so that lines are trailers."""
        self._trailers = 0
        """Bytes of trailers."""

    def take(self, data: bytes, start: int) -> int:
        """Take chunks, and the trailers after the last."""
        for _ in range(_AT_ONCE):
            if start == len(data) or self.complete:
                break
            start = self._take_chunk(data, start) if self._left else self._take_line(data, start)
        return start

    def _take_chunk(self, data: bytes, start: int) -> int:
        end = min(start + self._left, len(data))
        ending = start + self._left - 2  # the place of the chunk's line end, perhaps beyond the data or before it
        found = data[max(start, ending) : end]
        expected = b"\r\n"[max(start - ending, 0) :][: len(found)]
        if found != expected:
            raise Refused(400, f"expected the end of a chunk, found {shown(found)}")
        self._left -= end - start
        return end

    def _take_line(self, data: bytes, start: int) -> int:
        end = data.find(b"\n", start) + 1 or len(data)
        self._line += data[start:end]
        if len(self._line) > LINE_LIMIT:
            raise Refused(400, f"expected lines of at most {LINE_LIMIT} bytes in a chunked body")
        if self._line.endswith(b"\n"):
            line, self._line = self._line, b""
            self._end_line(line)
        return end

    def _end_line(self, line: bytes) -> None:
        if not line.endswith(b"\r\n"):
            raise Refused(400, f"expected a line of a chunked body that ends with CR LF, found {shown(line)}")
        if self._last:
            self._end_trailer(line[:-2])
        else:
            self._begin_chunk(line[:-2])

    def _begin_chunk(self, line: bytes) -> None:
        size = _SIZE.fullmatch(line)
        if size is None:
            raise Refused(400, f"expected the size of a chunk, found {shown(line)}")
        count = int(size[1], 16)
        self._last = count == 0
        self._left = count + len(b"\r\n") if count else 0

    def _end_trailer(self, line: bytes) -> None:
        self._trailers += len(line)
        if self._trailers > HEADER_LIMIT or (line and not _TRAILER.fullmatch(line)):
            raise Refused(400, f"expected trailers of at most {HEADER_LIMIT} bytes, found {shown(line)}")
        self.complete = not line
