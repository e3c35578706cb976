"""The journal of a world from outside: read its exchanges a page at a time, count, await and explain them."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypedDict, Unpack

from mockserver.client.control import Control, with_query
from mockserver.client.errors import Incomplete, NotFound
from mockserver.client.given import waiting

LONGEST_WAIT: Final = 30
"""Seconds that the server holds one request back for an exchange to come."""

MOST_ON_A_PAGE: Final = 1000


class Filters(TypedDict, total=False):
    """Which exchanges are meant: those that all of these hold for, and that come after number `since`.

    `status` is an HTTP status, `none` where there was no answer; `account` an e-mail address; `rule` a name or
    `rough.yaml:12`. None is no filter.
    """

    operation: str | None
    status: int | Literal["none"] | None
    account: str | None
    generation: int | None
    rule: str | None
    since: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleName:
    """A rule and where it stands: `faults.1` at `rough.yaml:12`."""

    name: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The common part of a request and an answer."""

    headers: dict[str, str]
    """Names are in lower case."""

    size: int
    """Bytes of the whole body."""

    body: str | None = None
    """The part of the body that is kept, without secrets, if it is text."""

    base64: str | None = None
    """The part of the body that is kept, if it is no text."""

    @property
    def content(self) -> bytes:
        """The part of the body that is kept, as bytes."""
        return (self.body or "").encode() if self.base64 is None else base64.b64decode(self.base64)

    @property
    def text(self) -> str:
        """The part of the body that is kept, as text."""
        return self.content.decode(errors="replace")

    @property
    def json(self) -> Any:
        """The JSON value of the body; raises ValueError if the part that is kept is no JSON."""
        try:
            return json.loads(self.content)
        except ValueError as problem:
            msg = f"what is kept of these {self.size} bytes is no JSON: {self.text[:100]!r}"
            raise ValueError(msg) from problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Message):
    """A request in the journal; `target` is its path with the query."""

    method: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Message):
    """An answer in the journal; `status` is None if there was none."""

    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """The parts of an exchange that differ from run to run."""

    at: datetime
    """The real instant."""

    client: str | None
    """The client's address."""

    gone: bool
    """Whether the client left before its answer ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer; `at` is virtual, `rules` are all rules that affected the answer."""

    number: int
    at: datetime
    operation: str | None
    account: str | None
    generation: int | None
    rules: tuple[RuleName, ...]
    request: Asked
    answer: Answered
    real: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict on one rule at an exchange."""

    name: str
    place: str
    fired: bool

    call: int | None
    """The number of its matches up to this one."""

    why: str
    """The reason why it did not fire; empty if it fired."""

    difference: dict[str, dict[str, Any]]
    """`expected` and `found` of each condition that did not hold; no `found` if the request lacked the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The explanation of an exchange: the verdict on every rule that was considered, in their order."""

    number: int
    at: datetime
    operation: str | None
    status: int | None
    rules: tuple[RuleName, ...]
    limits: tuple[Verdict, ...]
    faults: tuple[Verdict, ...]
    generations: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the exchanges that match a query, and numbers of the whole journal."""

    world: str

    repeatable: bool
    """False on a `real` clock."""

    total: int
    """All exchanges since the world began."""

    kept: int
    """All exchanges that the journal still keeps."""

    evicted: int
    """All exchanges that the journal has forgotten."""

    count: int
    """The exchanges that match, since the world began."""

    complete: bool
    """Whether `count` is exact."""

    counts: dict[str, dict[str, int]]
    """All exchanges by operation, by status and by rule."""

    exchanges: tuple[Exchange, ...]
    """The exchanges that match, oldest first."""

    next: int | None
    """The place of the next page; None on the last page."""


class Journal:
    """The exchanges of a world, oldest first, by number; those forgotten are still counted.

    A negative number counts from the last one, which is -1.

    >>> token = world.token()
    >>> world.journal.count(operation="login", status=200)
    1
    >>> [exchange.answer.status for exchange in world.journal]
    [200]
    >>> world.journal[-1].request.method, len(world.journal)
    ('POST', 1)
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def __iter__(self) -> Iterator[Exchange]:
        return self.exchanges()

    def __getitem__(self, number: int) -> Exchange:
        return self._control.read(Exchange, f"/journal/{self._counted(number)}")

    def __len__(self) -> int:
        return self.page(1).total

    # Python would count from 0 and to the last but one.
    __reversed__ = None

    def _counted(self, number: int) -> int:
        if number >= 0:
            return number
        total = len(self)
        if number < -total:
            msg = f"there is no exchange {number}: there have been {total}"
            raise NotFound(msg, 404)
        return total + 1 + number

    def page(self, limit: int = 100, wait: float = 0, **filters: Unpack[Filters]) -> Page:
        """Return the first exchanges that match, at most `limit` (1 to 1000).

        If there is none, `wait` for one, at most so many seconds of real time (30).
        """
        query = {**filters, "limit": limit, "wait": round(waiting("wait", wait), 3) or None}
        return self._control.read(Page, with_query("/journal", query), wait)

    def exchanges(self, **filters: Unpack[Filters]) -> Iterator[Exchange]:
        """Yield the exchanges that match and are kept, fetched as they are read."""
        query = {**filters, "limit": MOST_ON_A_PAGE}
        for page in self._control.pages(Page, "/journal", query):
            yield from page.exchanges

    def count(self, **filters: Unpack[Filters]) -> int:
        """Return how many exchanges have matched since the world began.

        By operation, status and rule that is always exact. Raises Incomplete where it is not, because some that
        may have matched are forgotten.
        """
        page = self.page(1, **filters)
        if not page.complete:
            msg = (
                f"of the {page.kept} exchanges that are kept {page.count} match, but {page.evicted} are evicted, and"
                " some of those may have; count by operation, status or rule, or start the server with a higher"
                " --journal-entries or --journal-bytes"
            )
            raise Incomplete(msg, 200)
        return page.count

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """How many exchanges there were since the world began, by `operation`, `status` and `rule`."""
        return self.page(1).counts

    def wait(self, timeout: float = 10.0, **filters: Unpack[Filters]) -> Exchange:
        """Return the first exchange that matches, as soon as there is one; TimeoutError after so many real seconds.

        >>> world.token() and world.journal.wait(operation="login").number
        1
        """
        left = waiting("timeout", timeout)
        while True:
            patience = min(left, LONGEST_WAIT)
            page = self.page(1, patience, **filters)
            if page.exchanges:
                return page.exchanges[0]
            left -= patience
            if left <= 0:
                wanted = ", ".join(f"{name}={value}" for name, value in filters.items() if value is not None) or "any"
                msg = f"no exchange came within {timeout:g} s for {wanted}; there were {page.counts['operation']}"
                raise TimeoutError(msg)

    def explain(self, number: int) -> Explanation:
        """Tell why an exchange went as it did.

        >>> _ = world.faults.add(on="login", calls=2, then={"status": 502})
        >>> _ = world.token()
        >>> world.journal.explain(1).faults[0].why
        'this was call 1; it fires on: 2'
        """
        return self._control.read(Explanation, f"/journal/{self._counted(number)}/explain")
