"""The limits of one world: what each window has admitted, and who has to wait how long."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mockserver.core.instant import SECOND
from mockserver.core.limits import By, Limit, active_wait, window_wait
from mockserver.core.operation import Operation
from mockserver.core.verdict import Cause, Verdict, Verdicts

MOST_CALLERS: Final = 10_000
"""How many callers one window remembers; beyond, those it admitted least recently are forgotten."""

LONGEST_NAME: Final = 254
"""Characters of the longest account that is counted by its name: no e-mail address is longer."""

Underway = Callable[[By], Mapping[int, int | None]]
"""The unfinished generations that a cap counts, each with the microseconds until it is finished, None if never."""


class Visitor(Struct, frozen=True):
    """Whom limits count a request for: the account if one is named, and the address it came from."""

    account: str | None
    address: str

    @property
    def name(self) -> str:
        """The account, else the address."""
        return self.address if self.account is None or len(self.account) > LONGEST_NAME else self.account

    def key(self, by: By) -> str | None:
        """Return what its requests are counted together with."""
        if by is By.WORLD:
            return None
        return self.address if by is By.IP else self.name


class Refusal(Struct, frozen=True):
    """The first limit that refuses a request, and the microseconds until none does; None if no wait helps.

    `counted` are the unfinished generations that an active cap among them counts.
    """

    limit: Limit
    wait: int | None
    counted: tuple[int, ...] = ()


class Judgement(Struct, frozen=True):
    """What the limits made of one request: what refuses it, None if it is let in, and what became of each limit.

    `causes` are the limits that refuse it.
    """

    refusal: Refusal | None
    causes: tuple[Cause, ...]
    verdicts: Verdicts


class Wait(Struct, frozen=True):
    """What a client was told: until which instant, and how old the generations are then that it waits for."""

    until: int = 0
    ages: dict[int, int] = {}


NO_WAIT: Final = Wait()


class Waits:
    """How long each client was told to wait before it asks for the same again; `who` is its name or a generation."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str | int, Operation], Wait] = {}

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, who: str | int, operation: Operation, wait: Wait) -> None:
        """Keep what a client was told; of very many the first ones are forgotten."""
        self._noted[who, operation] = wait
        if len(self._noted) > MOST_CALLERS:
            del self._noted[next(iter(self._noted))]

    def take(self, who: str | int, operation: Operation) -> Wait:
        """Return what a client was told, and forget it; NO_WAIT if it was told nothing."""
        return self._noted.pop((who, operation), NO_WAIT)


class _Look(Struct, frozen=True, gc=False):
    """One limit's look at a request: the how-many-th it was, how much of the limit was taken, and the wait.

    The wait is in microseconds until the limit admits the visitor: 0 if it does now, None if no wait helps.
    """

    call: int
    taken: int
    wait: int | None


class Gate:
    """One limit in force: how often it was seen, how often it has refused, and what its window has admitted of whom."""

    def __init__(self, name: str, limit: Limit) -> None:
        self.cause = Cause(name, limit.place)
        self.limit = limit
        self.seen = 0
        self.fired = 0
        self._admitted: dict[str | None, deque[int]] = {}

    @property
    def name(self) -> str:
        """What the limit is called."""
        return self.cause.name

    def look(self, visitor: Visitor, now: int, underway: Underway) -> _Look:
        """Count a request as seen, and say whether the limit would admit it."""
        self.seen += 1
        limit = self.limit
        if limit.active is not None:
            remaining = underway(limit.by)
            return _Look(self.seen, len(remaining), active_wait(remaining.values(), limit.active))
        allow, per, admitted = limit.allow or 0, limit.per or 0, self._admitted.get(visitor.key(limit.by), ())
        taken = len(admitted) - bisect_right(admitted, now - per)
        return _Look(self.seen, taken, window_wait(admitted, now, allow, per))

    def admit(self, visitor: Visitor, now: int) -> None:
        """Count a request that no limit refuses."""
        if self.limit.active is not None:
            return
        # Taken out and put in again, those who came last stand last.
        key = visitor.key(self.limit.by)
        admitted = self._admitted.pop(key, None) or deque(maxlen=self.limit.allow)
        admitted.append(now)
        self._admitted[key] = admitted
        self._forget(now - (self.limit.per or 0))

    def _forget(self, horizon: int) -> None:
        oldest = next(iter(self._admitted))
        while self._admitted[oldest][-1] < horizon or len(self._admitted) > MOST_CALLERS:
            del self._admitted[oldest]
            oldest = next(iter(self._admitted))


class Limits:
    """The limits in force, by operation. Only admitted requests count, and they count for every limit."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        self.gates = [Gate(limit.name or f"limits.{i}", limit) for i, limit in enumerate(limits, start=1)]
        self._by_operation = {
            operation: tuple(gate for gate in self.gates if operation in gate.limit.on) for operation in Operation
        }

    def watches(self, operation: Operation) -> bool:
        """Tell whether any limit is for an operation."""
        return bool(self._by_operation[operation])

    def judge(self, operation: Operation, visitor: Visitor, now: int, underway: Underway) -> Judgement:
        """Admit a request and count it, or say what refuses it and count nothing."""
        gates = self._by_operation[operation]
        looks = [gate.look(visitor, now, underway) for gate in gates]
        refusing = [gate for gate, look in zip(gates, looks, strict=True) if look.wait != 0]
        if not refusing:
            for gate in gates:
                gate.admit(visitor, now)
            return Judgement(None, (), _Seen(gates, looks))
        for gate in refusing:
            gate.fired += 1
        counted = {id_ for gate in refusing if gate.limit.active is not None for id_ in underway(gate.limit.by)}
        wait = _longest([look.wait for look in looks if look.wait != 0])
        refusal = Refusal(refusing[0].limit, wait, tuple(sorted(counted)))
        return Judgement(refusal, tuple(gate.cause for gate in refusing), _Seen(gates, looks))


class _Seen(Verdicts):
    """What became of each limit that a request was put to."""

    def __init__(self, gates: Sequence[Gate], looks: Sequence[_Look]) -> None:
        self._gates, self._looks = gates, looks

    def __len__(self) -> int:
        return len(self._gates)

    @property
    def size(self) -> int:
        """Bytes that they are counted with, at most."""
        return 200 + 100 * len(self._gates)

    def _verdict(self, i: int) -> Verdict:
        gate, look = self._gates[i], self._looks[i]
        return Verdict(gate.name, gate.cause.place, look.call, "" if look.wait != 0 else _room(gate.limit, look.taken))


def _room(limit: Limit, taken: int) -> str:
    """Say why a limit lets a request in."""
    if limit.active is not None:
        return f"it counted {taken} unfinished generations and allows {limit.active}"
    return f"it had let in {taken} in {(limit.per or 0) / SECOND:g}s and allows {limit.allow}"


def _longest(waits: Sequence[int | None]) -> int | None:
    known = [wait for wait in waits if wait is not None]
    return max(known) if len(known) == len(waits) else None
