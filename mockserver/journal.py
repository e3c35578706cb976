"""The last exchanges of a world, bounded in number and bytes, with counts that are not.

Entries are kept as the bytes that went over the wire, secrets taken out, and parsed only when somebody asks.
"""

import re
from collections import Counter, deque
from functools import lru_cache
from typing import Final

from msgspec import Struct, structs

from mockserver.core.operation import Operation
from mockserver.rulebook import NO_VERDICTS, Verdicts

Headers = tuple[tuple[bytes, bytes], ...]

REDACTED: Final = b"[redacted]"
KEPT: Final = 16 * 1024
"""Bytes that are kept of one body; of a longer one the beginning."""


class Exchange(Struct, frozen=True, kw_only=True, gc=False):
    """One request and its answer: `at` is a virtual instant, `place` the rule that scripted the answer, or empty.

    `operation` is None where the request's path or method is none of the API's; `status` 0 is no answer at all.
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
    verdicts: Verdicts = NO_VERDICTS

    @property
    def size(self) -> int:
        """Bytes that this entry is counted with."""
        texts = len(self.target) + len(self.body) + len(self.answer)
        return 500 + texts + _weight(self.headers) + _weight(self.answer_headers) + self.verdicts.size


def recorded(exchange: Exchange) -> Exchange:
    """Return the exchange as it may be kept: without passwords, tokens and signatures, and its bodies cut short.

    Its headers are `harmless` already.
    """
    told_token = exchange.operation is Operation.LOGIN and exchange.status == 200
    target = unsigned(exchange.target)
    body = REDACTED if exchange.body and exchange.operation in _SECRET else exchange.body[:KEPT]
    answer = REDACTED if told_token else unsigned(exchange.answer[:KEPT])
    if target is exchange.target and body is exchange.body and answer is exchange.answer:
        return exchange
    return structs.replace(exchange, target=target, body=body, answer=answer)


# A request that missed its operation, such as POST /auth/login/, may carry a password too.
_SECRET: Final = frozenset({Operation.SIGNUP, Operation.LOGIN, None})
_SECRET_HEADERS: Final = frozenset({b"authorization", b"cookie"})
_SIGNATURE: Final = re.compile(rb"(signature=)[^&\s\"]+")


@lru_cache(maxsize=256)
def harmless(headers: Headers) -> Headers:
    """Return headers without tokens, cookies and signatures: themselves where they have none.

    The same ones come again and again, so the last are remembered.
    """
    kept = tuple((name, REDACTED if name in _SECRET_HEADERS else unsigned(value)) for name, value in headers)
    return headers if kept == headers else kept


@lru_cache(maxsize=256)
def _weight(headers: Headers) -> int:
    return sum(len(name) + len(value) for name, value in headers)


def unsigned(text: bytes) -> bytes:
    """Return a text without the signatures of its links: itself where there are none."""
    return _SIGNATURE.sub(rb"\1" + REDACTED, text) if b"signature=" in text else text


class Journal:
    """The exchanges of one world, the oldest forgotten first; numbers and counts go on."""

    def __init__(self, entries: int = 1000, size: int = 2 * 1024 * 1024) -> None:
        self.counts: Counter[tuple[Operation | None, int]] = Counter()
        self._kept: deque[Exchange] = deque()
        self._sizes: deque[int] = deque()
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
        size = exchange.size
        self._kept.append(exchange)
        self._sizes.append(size)
        self._bytes += size
        while len(self._kept) > self._entries or self._bytes > self._size:
            self._kept.popleft()
            self._bytes -= self._sizes.popleft()

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return those that are kept, oldest first."""
        return tuple(self._kept)
