"""The last exchanges of a world, bounded in number and bytes, with counts that are not.

Entries are kept as the bytes that went over the wire, secrets taken out, and parsed only when somebody asks.
"""

import re
from collections import Counter, deque
from typing import Final

from msgspec import Struct, structs

from mockserver.core.operation import Operation

Headers = tuple[tuple[bytes, bytes], ...]

REDACTED: Final = b"[redacted]"
KEPT: Final = 16 * 1024
"""Bytes that are kept of one body; of a longer one the beginning."""


class Exchange(Struct, frozen=True, kw_only=True):
    """One request and its answer: `at` is a virtual instant, `place` the rule that scripted the answer, or empty.

    `operation` is None where the request's path or method is none of the API's.
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

    @property
    def size(self) -> int:
        """Bytes that this entry is counted with."""
        headers = sum(len(name) + len(value) for name, value in (*self.headers, *self.answer_headers))
        return 500 + len(self.target) + headers + len(self.body) + len(self.answer)


def recorded(exchange: Exchange) -> Exchange:
    """Return the exchange as it may be kept: without tokens, passwords and signatures, and its bodies cut short."""
    secret = exchange.operation in _SECRET
    return structs.replace(
        exchange,
        target=_unsigned(exchange.target),
        headers=_harmless(exchange.headers),
        body=REDACTED if secret and exchange.body else exchange.body[:KEPT],
        answer_headers=_harmless(exchange.answer_headers),
        answer=REDACTED
        if exchange.operation is Operation.LOGIN and exchange.status == 200
        else _unsigned(exchange.answer[:KEPT]),
    )


# A request that missed its operation, such as POST /auth/login/, may carry a password too.
_SECRET: Final = frozenset({Operation.SIGNUP, Operation.LOGIN, None})
_SECRET_HEADERS: Final = frozenset({b"authorization", b"cookie"})
_SIGNATURE: Final = re.compile(rb"(signature=)[^&\s\"]+")


def _harmless(headers: Headers) -> Headers:
    return tuple((name, REDACTED if name in _SECRET_HEADERS else _unsigned(value)) for name, value in headers)


def _unsigned(text: bytes) -> bytes:
    return _SIGNATURE.sub(rb"\1" + REDACTED, text) if b"signature=" in text else text


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
