"""The last exchanges of a world, bounded in number and bytes, with counts that are not.

Entries are kept as the bytes that went over the wire, secrets taken out, and parsed only when somebody asks.
"""

import re
from collections import Counter, deque
from typing import Final

from msgspec import Struct

from mockserver.core.operation import Operation
from mockserver.rulebook import Verdict

Headers = tuple[tuple[bytes, bytes], ...]

REDACTED: Final = b"[redacted]"
KEPT: Final = 16 * 1024
"""Bytes that are kept of one body; of a longer one the beginning."""


class Exchange(Struct, frozen=True, kw_only=True):
    """One request and its answer: `at` is a virtual instant, `place` the rule that scripted the answer, or empty.

    `operation` is None where the request's path or method is none of the API's. `status` 0 is no answer at all. What is
    in it may be kept: its fields come from the functions below.
    """

    number: int
    at: int
    operation: Operation | None
    method: str
    target: bytes
    headers: Headers
    body: bytes
    status: int
    answer_headers: Headers
    answer: bytes
    account: int | None = None
    generation: int | None = None
    place: str = ""
    verdicts: tuple[Verdict, ...] = ()
    size: int = 0


def harmless(headers: Headers) -> Headers:
    """Return headers without tokens, cookies and signatures."""
    return tuple((name, REDACTED if name in _SECRET_HEADERS else unsigned(value)) for name, value in headers)


def unsigned(text: bytes) -> bytes:
    """Return a text with the signatures of its links taken out."""
    return _SIGNATURE.sub(rb"\1" + REDACTED, text) if b"signature=" in text else text


def kept_body(operation: Operation | None, body: bytes) -> bytes:
    """Return what may be kept of a request's body: no password, and of a long one the beginning."""
    return REDACTED if body and operation in _SECRET else body[:KEPT]


def kept_answer(operation: Operation | None, status: int, answer: bytes) -> bytes:
    """Return what may be kept of an answer's body: no token and no signature, and of a long one the beginning."""
    return REDACTED if operation is Operation.LOGIN and status == 200 else unsigned(answer[:KEPT])


# A request that missed its operation, such as POST /auth/login/, may carry a password too.
_SECRET: Final = frozenset({Operation.SIGNUP, Operation.LOGIN, None})
_SECRET_HEADERS: Final = frozenset({b"authorization", b"cookie"})
_SIGNATURE: Final = re.compile(rb"(signature=)[^&\s\"]+")


class Journal:
    """The exchanges of one world, the oldest forgotten first; numbers and counts go on."""

    def __init__(self, entries: int = 1000, size: int = 2 * 1024 * 1024) -> None:
        self.counts: Counter[tuple[Operation | None, int]] = Counter()
        self._kept: deque[Exchange] = deque()
        self._entries = entries
        self._size = size
        self._bytes = 0
        self._numbers = 0

    def __len__(self) -> int:
        return len(self._kept)

    def number(self) -> int:
        """Return the number of the next exchange, from 1; each is given once."""
        self._numbers += 1
        return self._numbers

    def record(self, exchange: Exchange) -> None:
        """Add an exchange, and forget the oldest ones that no longer fit."""
        self.counts[exchange.operation, exchange.status] += 1
        self._kept.append(exchange)
        self._bytes += exchange.size
        while len(self._kept) > self._entries or self._bytes > self._size:
            self._bytes -= self._kept.popleft().size

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return those that are kept, oldest first."""
        return tuple(self._kept)
