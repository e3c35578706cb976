"""The limits of one world.

They record the admitted requests, and compute how long a client must wait for the next one.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mockserver.core.instant import SECOND
from mockserver.core.limits import By, Limit, active_wait, window_wait
from mockserver.core.operation import Operation
from mockserver.core.rules import named
from mockserver.core.verdict import Cause, Verdict, Verdicts
from mockserver.world.rules_in_force import InForce

MOST_CALLERS: Final = 10_000
"""The most callers that one limit remembers.

Beyond this number, it forgets the caller that it admitted least recently.
"""

LONGEST_NAME: Final = 254
"""The most characters of an account name that serves as a key. No e-mail address is longer."""

Underway = Callable[[By], Mapping[int, int | None]]
"""The unfinished generations that an `active` limit counts. Each is paired with the microseconds until it is finished.

None in place of the microseconds means that the generation never finishes.
"""


class Visitor(Struct, frozen=True):
    """The sender of a request, as limits count senders.

    It is the account, if the request names an account, and the client's address.
    """

    account: str | None
    address: str

    @property
    def name(self) -> str:
        """The account; the address if the request names no account."""
        return self.address if self.account is None or len(self.account) > LONGEST_NAME else self.account

    def key(self, by: By) -> str | None:
        """Return the key under which a limit counts the requests of this visitor together."""
        if by is By.WORLD:
            return None
        return self.address if by is By.IP else self.name


class LimitRefusal(Struct, frozen=True):
    """A request was refused by at least one limit."""

    limit: Limit
    """The first limit that refused it."""
    wait: int | None
    """Microseconds until no limit refuses it; None if no wait helps."""
    counted: tuple[int, ...] = ()
    """The unfinished generations that were counted by the `active` limits that refused the request."""


class Judgement(Struct, frozen=True):
    """The decision of the limits on one request."""

    refusal: LimitRefusal | None
    """The refusal, or None if the request is admitted."""
    causes: tuple[Cause, ...]
    """The limits that refuse the request."""
    verdicts: Verdicts


class _Look(Struct, frozen=True, gc=False):
    """The result of checking one request against one limit."""

    call: int
    """The number of the request among the requests that this limit has seen, from 1."""
    taken: int
    """The number of requests or generations that already counted against the limit."""
    wait: int | None
    """Microseconds until the limit admits the visitor: 0 if it admits the visitor now, None if no wait helps."""


class Window:
    """The instants at which a limit has admitted one caller, in order.

    They are one array, from which the oldest are removed.
    """

    def __init__(self) -> None:
        self.instants = array("q")
        self._forgotten = 0
        """How many of the oldest instants are no longer in the window. They are removed together."""

    @property
    def last(self) -> int:
        """The last instant."""
        return self.instants[-1]

    def count(self, horizon: int) -> int:
        """Return how many instants are later than `horizon`."""
        return len(self.instants) - bisect_right(self.instants, horizon, self._forgotten)

    def add(self, now: int, horizon: int) -> None:
        """Add an instant, and forget the instants that are not later than `horizon`. The horizon never moves back."""
        self._forgotten = bisect_right(self.instants, horizon, self._forgotten)
        if self._forgotten > len(self.instants) // 2:
            del self.instants[: self._forgotten]
            self._forgotten = 0
        self.instants.append(now)


class LimitInForce(InForce[Limit]):
    """One limit in force, with the instants at which it admitted each caller. `fired` counts its refusals."""

    def __init__(self, name: str, limit: Limit) -> None:
        super().__init__(name, limit)
        self._admitted: dict[str | None, Window] = {}

    def look(self, visitor: Visitor, now: int, underway: Underway) -> _Look:
        """Count a request as seen, and check whether the limit would admit the request."""
        self.seen += 1
        limit = self.rule
        if limit.active is not None:
            remaining = underway(limit.by)
            return _Look(self.seen, len(remaining), active_wait(remaining.values(), limit.active))
        allow, per, admitted = limit.allow or 0, limit.per or 0, self._admitted.get(visitor.key(limit.by))
        if admitted is None:
            return _Look(self.seen, 0, 0)
        return _Look(self.seen, admitted.count(now - per), window_wait(admitted.instants, now, allow, per))

    def admit(self, visitor: Visitor, now: int) -> None:
        """Record the admission of a request that no limit refuses."""
        if self.rule.active is not None:
            return
        # A key that is removed and added again becomes the last key. So the keys stay in the order of their last
        # request.
        key = visitor.key(self.rule.by)
        admitted, horizon = self._admitted.pop(key, None) or Window(), now - (self.rule.per or 0)
        admitted.add(now, horizon)
        self._admitted[key] = admitted
        self._forget(horizon)

    def _forget(self, horizon: int) -> None:
        oldest = next(iter(self._admitted))
        while self._admitted[oldest].last < horizon or len(self._admitted) > MOST_CALLERS:
            del self._admitted[oldest]
            oldest = next(iter(self._admitted))


class Limits:
    """The limits in force in one world.

    Only admitted requests are counted. Each is counted by every limit that applies to the request.
    """

    def __init__(self, limits: Sequence[Limit]) -> None:
        self.in_force = tuple(LimitInForce(name, limit) for name, limit in named("limits", limits))
        self._by_operation = {
            operation: tuple(limit for limit in self.in_force if operation in limit.rule.on) for operation in Operation
        }
        self.concerned = frozenset(operation for operation, limits in self._by_operation.items() if limits)
        """The operations to which any limit applies."""

    def judge(self, operation: Operation, visitor: Visitor, now: int, underway: Underway) -> Judgement:
        """Admit a request and count it, or refuse it and count nothing; `now` is in microseconds since 1970."""
        limits = self._by_operation[operation]
        looks = [limit.look(visitor, now, underway) for limit in limits]
        refusing = [limit for limit, look in zip(limits, looks, strict=True) if look.wait != 0]
        if not refusing:
            for limit in limits:
                limit.admit(visitor, now)
            return Judgement(None, (), _LimitVerdicts(limits, looks))
        for limit in refusing:
            limit.fired += 1
        counted = {id_ for limit in refusing if limit.rule.active is not None for id_ in underway(limit.rule.by)}
        wait = _longest([look.wait for look in looks if look.wait != 0])
        refusal = LimitRefusal(refusing[0].rule, wait, tuple(sorted(counted)))
        return Judgement(refusal, tuple(limit.cause for limit in refusing), _LimitVerdicts(limits, looks))


class _LimitVerdicts(Verdicts):
    """The verdict on each limit against which a request was checked."""

    def __init__(self, limits: Sequence[LimitInForce], looks: Sequence[_Look]) -> None:
        self._limits, self._looks = limits, looks

    def __len__(self) -> int:
        return len(self._limits)

    @property
    def size(self) -> int:
        """The upper limit of the bytes that the journal counts for these verdicts."""
        return 200 + 100 * len(self._limits)

    def _verdict(self, i: int) -> Verdict:
        limit, look = self._limits[i], self._looks[i]
        return Verdict(limit.name, limit.place, look.call, "" if look.wait != 0 else _room(limit.rule, look.taken))


def _room(limit: Limit, taken: int) -> str:
    """Return the sentence that says why a limit admits a request."""
    if limit.active is not None:
        return f"it counted {taken} unfinished generations and allows {limit.active}"
    return f"it had let in {taken} in {(limit.per or 0) / SECOND:g}s and allows {limit.allow}"


def _longest(waits: Sequence[int | None]) -> int | None:
    known = [wait for wait in waits if wait is not None]
    return max(known) if len(known) == len(waits) else None
