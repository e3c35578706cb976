"""The last exchanges of a world, bounded in number and bytes, with counts that are not.

Entries are kept as the bytes that went over the wire, secrets taken out, and parsed only when somebody asks.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
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
"""Bytes that the journal keeps of one body: of a longer body, its beginning."""


class Real(Struct, gc=False):
    """The parts of an exchange that differ from run to run."""

    at: int = 0
    """The real instant, in microseconds since 1970."""
    client: tuple[str, int] | None = None
    """The address and port of the client."""
    gone: bool = False
    """Whether the client went away before its answer was complete; set at that moment."""


class Explanation(Struct, frozen=True):
    """The verdicts on the rules that were considered: limits, faults, and rules for the life of a new generation."""

    limits: Verdicts = NO_VERDICTS
    faults: Verdicts = NO_VERDICTS
    generations: Verdicts = NO_VERDICTS

    @property
    def size(self) -> int:
        """The most bytes that the journal counts for it."""
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
        """Bytes that this entry is counted with."""
        texts = len(self.target) + len(self.body) + len(self.answer)
        headers = _weight(self.headers) + _weight(self.answer_headers)
        explained = 0 if self.explanation is NOTHING_CONSIDERED else self.explanation.size
        return 700 + texts + headers + explained


@lru_cache(maxsize=256)
def _weight(headers: Headers) -> int:
    return sum(len(name) + len(value) for name, value in headers)


def recorded(exchange: Exchange) -> Exchange:
    """Return the exchange as it may be kept: without passwords, tokens, keys and signatures, its bodies cut short.

    Its headers are `harmless` already.
    """
    target, body, answer = exchange.target, exchange.body, exchange.answer
    # Most are polls, that have nothing to hide: these few looks are all that they cost.
    plain = not (body or _QUERY in target or exchange.operation is _LOGIN or len(answer) > KEPT)
    if plain and not _suspect(exchange):
        return exchange
    target = clean(target) if _QUERY in target else target
    return structs.replace(exchange, target=target, body=_body(exchange), answer=_answer(exchange))


def _suspect(exchange: Exchange) -> bool:
    """Tell at a glance whether an answer may have a secret; a status without a rule repeats nothing of an order."""
    plain = exchange.operation is _STATUS and not exchange.rules
    return linked(exchange.answer) if plain else suspect(exchange.answer)


_QUERY: Final = ord("?")

# Names of their own: on Python 3.11 taking a member from its enumeration costs more than the rest of the look.
_LOGIN: Final = Operation.LOGIN
_STATUS: Final = Operation.STATUS
_MEDIA: Final = Operation.MEDIA

# A request that missed its operation, such as POST /auth/login/, may carry a password too.
_SECRET: Final = frozenset({None, *(operation for operation, traits in TRAITS.items() if traits.secret_body)})


def _body(exchange: Exchange) -> bytes:
    return REDACTED if exchange.body and exchange.operation in _SECRET else clean(exchange.body[:KEPT])


def _answer(exchange: Exchange) -> bytes:
    if exchange.operation is _LOGIN and exchange.status == 200:
        return REDACTED
    answer = exchange.answer[:KEPT]
    # The bytes of a picture repeat nothing of an order; a text has no NUL.
    return answer if exchange.operation is _MEDIA and b"\0" in answer and not exchange.rules else clean(answer)


class Query(Struct, frozen=True, kw_only=True):
    """Which exchanges are asked for; None is any, for `operation` UNSET, since None is a request that reached none.

    `account` is an e-mail, `rule` a name or a place. Of those whose number is above `since`, the first `limit`.
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
        """Whether all that is asked for is counted for ever."""
        return self.account is None and self.generation is None and not self.since

    def matches(self, exchange: Exchange) -> bool:
        """Tell whether an exchange is one of them, whatever its number."""
        return self.of_kind(exchange) and self.of_whom(exchange)

    def of_kind(self, exchange: Exchange) -> bool:
        """Tell whether an exchange is of the kind that is asked for: of its operation, status and rule."""
        return (
            (self.operation is UNSET or exchange.operation is self.operation)
            and (self.status is None or exchange.status == self.status)
            and (self.rule is None or named(self.rule, exchange.rules))
        )

    def of_whom(self, exchange: Exchange) -> bool:
        """Tell whether an exchange is of the account and the generation that are asked for."""
        return (self.account is None or exchange.account == self.account) and (
            self.generation is None or exchange.generation == self.generation
        )


class Found(Struct, frozen=True):
    """A page of exchanges, oldest first, and how many match in all, evicted ones too.

    `complete` is false where there may have been more that were evicted; `next` is `since` of the following page, None
    where there is none.
    """

    exchanges: tuple[Exchange, ...]
    count: int
    complete: bool
    next: int | None


_BOUNDS: Final = Bounds()


class Journal:
    """The exchanges of one world, the oldest evicted first; numbers and counts go on."""

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
        """How many exchanges there were since the world began."""
        return self.evicted + len(self._kept)

    def number(self) -> int:
        """Return the number of the next exchange, from 1; each is given once."""
        self._numbers += 1
        return self._numbers

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
        """Note that the client of an exchange went away before its answer was complete; of an evicted one nothing."""
        exchange = self._find(number)
        if exchange is not None:
            exchange.real.gone = True

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return those that are kept, oldest first."""
        return tuple(self._kept)

    def exchange(self, number: int) -> Exchange:
        """Return the exchange with this number.

        Raises NotFound if there is none; its sentence says whether the exchange was evicted or is yet to come.
        """
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
        """Return a page of the exchanges that match, and how many match in all."""
        page = tuple(islice(filter(query.matches, self._above(query.since)), query.limit + 1))
        following = page[query.limit - 1].number if 0 < query.limit < len(page) else None
        count, complete = self._count(query)
        return Found(page[: query.limit], count, complete, following)

    def _above(self, since: int) -> Iterator[Exchange]:
        return islice(self._kept, bisect_right(self._kept, since, key=_number), None)

    def _count(self, query: Query) -> tuple[int, bool]:
        """Return how many match above `since`, evicted ones too as far as they are counted, and whether that is all."""
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
