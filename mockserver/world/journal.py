"""The last exchanges of a world, bounded in number and in bytes. The counts of exchanges have no bound.

Entries are kept as the bytes that went over the wire, without secrets. They are parsed only when a reader needs them.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from msgspec import UNSET, Struct, UnsetType, structs

from mockserver.core.errors import NotFound
from mockserver.core.operation import TRAITS, Operation
from mockserver.core.redaction import REDACTED, Headers, clean, linked, suspect
from mockserver.core.verdict import NO_VERDICTS, Verdicts
from mockserver.world.bounds import Bounds
from mockserver.world.counts import Counts, Rules, Totals, named

KEPT: Final = 16 * 1024
"""The most bytes that the journal keeps of one body. Of a longer body, the journal keeps the beginning."""


class Real(Struct, gc=False):
    """The parts of an exchange that differ from run to run."""

    at: int = 0
    """The real instant, in microseconds since 1970."""
    client: tuple[str, int] | None = None
    """The address and port of the client."""
    gone: bool = False
    """Whether the client disconnected before its answer was complete. This is set when the client disconnects."""


class Explanation(Struct, frozen=True):
    """The verdicts on the rules that were considered: limits, faults, and rules for the life of a new generation."""

    limits: Verdicts = NO_VERDICTS
    faults: Verdicts = NO_VERDICTS
    generations: Verdicts = NO_VERDICTS

    @property
    def size(self) -> int:
        """The most bytes that this explanation may add to the size of the journal."""
        return self.limits.size + self.faults.size + self.generations.size


NOTHING_CONSIDERED: Final = Explanation()


class Exchange(Struct, frozen=True, kw_only=True, gc=False):
    """One request and its answer.

    `at` is a virtual instant. `operation` is None if the API has no such path or method. `status` 0 means no answer.
    `account` is the e-mail of the account that made the request. `rules` are the rules that acted, in order.
    The sizes are those of the whole bodies, in bytes.
    """

    number: int
    at: int
    operation: Operation | None
    method: str
    target: bytes
    headers: Headers
    body: bytes
    body_size: int
    status: int
    answer_headers: Headers
    answer: bytes
    answer_size: int
    real: Real
    account: str | None = None
    generation: int | None = None
    rules: Rules = ()
    explanation: Explanation = NOTHING_CONSIDERED

    @property
    def weight(self) -> int:
        """The bytes that this entry adds to the size of the journal."""
        texts = len(self.target) + len(self.body) + len(self.answer)
        headers = _weight(self.headers) + _weight(self.answer_headers)
        explained = 0 if self.explanation is NOTHING_CONSIDERED else self.explanation.size
        return 700 + texts + headers + explained


@lru_cache(maxsize=256)
def _weight(headers: Headers) -> int:
    return sum(len(name) + len(value) for name, value in headers)


def recorded(exchange: Exchange) -> Exchange:
    """Return the exchange without passwords, tokens, keys and signatures, and with long bodies cut.

    The function `harmless` has already removed the secrets from its headers.
    """
    target, body, answer = exchange.target, exchange.body, exchange.answer
    # Most exchanges are polls without a secret. For a poll, these few checks are the only cost.
    plain = not (body or _QUERY in target or exchange.operation is _LOGIN or len(answer) > KEPT)
    if plain and not _suspect(exchange):
        return exchange
    target = clean(target) if _QUERY in target else target
    return structs.replace(exchange, target=target, body=_body(exchange), answer=_answer(exchange))


def _suspect(exchange: Exchange) -> bool:
    """Return, after a quick check, whether an exchange may have a secret.

    The answer to a poll repeats no words of an order, unless a rule acted on it.
    """
    plain = exchange.operation is _STATUS and not exchange.rules
    return linked(exchange.answer) if plain else suspect(exchange.answer)


_QUERY: Final = ord("?")

# These members have module names, because on Python 3.11 reading a member of an enumeration takes longer than the rest
# of the check.
_LOGIN: Final = Operation.LOGIN
_STATUS: Final = Operation.STATUS
_MEDIA: Final = Operation.MEDIA

# A request that reached no operation, such as POST /auth/login/, may carry a password too.
_SECRET: Final = frozenset({None, *(operation for operation, traits in TRAITS.items() if traits.secret_body)})


def _body(exchange: Exchange) -> bytes:
    return REDACTED if exchange.body and exchange.operation in _SECRET else clean(exchange.body[:KEPT])


def _answer(exchange: Exchange) -> bytes:
    if exchange.operation is _LOGIN and exchange.status == 200:
        return REDACTED
    answer = exchange.answer[:KEPT]
    # The bytes of a picture repeat no words of an order. A text has no NUL byte.
    return answer if exchange.operation is _MEDIA and b"\0" in answer and not exchange.rules else clean(answer)


class Query(Struct, frozen=True, kw_only=True):
    """The exchanges that a search selects.

    None means any. For `operation`, UNSET means any, and None means a request that reached no operation.

    `account` is an e-mail, `rule` a name or a place. The search returns the first `limit` matching exchanges whose
    number is above `since`.
    """

    operation: Operation | UnsetType | None = UNSET
    status: int | None = None
    rule: str | None = None
    account: str | None = None
    generation: int | None = None
    since: int = 0
    limit: int = 100

    @property
    def counted(self) -> bool:
        """Whether the counts alone can answer this query, so that evicted exchanges are included."""
        return self.account is None and self.generation is None and not self.since

    def matches(self, exchange: Exchange) -> bool:
        """Return whether an exchange matches this query, whatever its number."""
        return self.of_kind(exchange) and self.of_whom(exchange)

    def of_kind(self, exchange: Exchange) -> bool:
        """Return whether an exchange has the operation, status and rule of this query."""
        return (
            (self.operation is UNSET or exchange.operation is self.operation)
            and (self.status is None or exchange.status == self.status)
            and (self.rule is None or named(self.rule, exchange.rules))
        )

    def of_whom(self, exchange: Exchange) -> bool:
        """Return whether an exchange has the account and the generation of this query."""
        return (self.account is None or exchange.account == self.account) and (
            self.generation is None or exchange.generation == self.generation
        )


class Found(Struct, frozen=True):
    """A page of exchanges, oldest first, and the number of all matching exchanges, including evicted ones.

    `complete` is false if evicted exchanges may be missing from the number. `next` is the value of `since` for the
    following page; None on the last page.
    """

    exchanges: tuple[Exchange, ...]
    count: int
    complete: bool
    next: int | None


_BOUNDS: Final = Bounds()


class Journal:
    """The exchanges of one world.

    The oldest exchange is evicted first; its number is not used again, and it stays in the counts.
    """

    def __init__(self, entries: int = _BOUNDS.journal_entries, size: int = _BOUNDS.journal_bytes) -> None:
        self.counts = Counts()
        self.totals = Totals()
        """The totals to which each exchange is added."""
        self.evicted = 0
        self._kept: deque[Exchange] = deque()
        self._weights: deque[int] = deque()
        self._entries = entries
        self._size = size
        self._bytes = 0
        self._numbers = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def total(self) -> int:
        """The number of exchanges since the world began."""
        return self.evicted + len(self._kept)

    @property
    def last(self) -> int:
        """The number of the last exchange; 0 if there is none."""
        return self._numbers

    def number(self) -> int:
        """Return the number of the next exchange, from 1. Each call returns a new number."""
        self._numbers += 1
        return self._numbers

    def keep(self, exchanges: Iterable[Exchange]) -> None:
        """Keep these exchanges, the last ones in order, in place of those that are kept. The counts stay."""
        total = self.total
        self._kept = deque(exchanges)
        self._weights = deque(exchange.weight for exchange in self._kept)
        self._bytes = sum(self._weights)
        self.evicted = total - len(self._kept)

    def record(self, exchange: Exchange) -> None:
        """Add an exchange, and evict the oldest ones that no longer fit."""
        self.counts.add(exchange.operation, exchange.status, exchange.rules)
        self.totals.exchanges += 1
        weight = exchange.weight
        self._kept.append(exchange)
        self._weights.append(weight)
        self._bytes += weight
        while len(self._kept) > self._entries or self._bytes > self._size:
            self._kept.popleft()
            self._bytes -= self._weights.popleft()
            self.evicted += 1

    def note_gone(self, number: int) -> None:
        """Note that the client of an exchange disconnected before its answer was complete.

        For an evicted exchange, do nothing.
        """
        exchange = self._find(number)
        if exchange is not None:
            exchange.real.gone = True

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return the exchanges that are kept, oldest first."""
        return tuple(self._kept)

    def exchange(self, number: int) -> Exchange:
        """Return an exchange by its number. Raises NotFound if the exchange is evicted, or has not happened yet."""
        exchange = self._find(number)
        if exchange is not None:
            return exchange
        if number > self._numbers:
            raise NotFound(f"there is no exchange {number} yet")
        if number < 1 or not self.evicted:
            raise NotFound(f"there is no exchange {number}")
        raise NotFound(
            f"exchange {number} is evicted: a journal keeps the last {self._entries} exchanges, in at most {self._size}"
            " bytes; --journal-entries and --journal-bytes set how many"
        )

    def _find(self, number: int) -> Exchange | None:
        i = bisect_left(self._kept, number, key=_number)
        return self._kept[i] if i < len(self._kept) and self._kept[i].number == number else None

    def search(self, query: Query) -> Found:
        """Return a page of the exchanges that match a query, and the number of all matching exchanges."""
        page = tuple(islice(filter(query.matches, self._above(query.since)), query.limit + 1))
        following = page[query.limit - 1].number if 0 < query.limit < len(page) else None
        count, complete = self._count(query)
        return Found(page[: query.limit], count, complete, following)

    def _above(self, since: int) -> Iterator[Exchange]:
        return islice(self._kept, bisect_right(self._kept, since, key=_number), None)

    def _count(self, query: Query) -> tuple[int, bool]:
        """Return how many exchanges after `since` match, and whether this number includes all evicted exchanges."""
        ever = self.counts.count(query.operation, query.status, query.rule)
        told = query.rule is None or self.counts.complete
        if told and query.counted:
            return ever, True
        count = sum(map(query.matches, self._above(query.since)))
        if not self.evicted or (self._kept and self._kept[0].number <= query.since + 1):
            return count, True
        alike = sum(map(query.of_kind, self._kept))
        return max(ever, count) if query.counted else count, told and alike == ever


def _number(exchange: Exchange) -> int:
    return exchange.number
