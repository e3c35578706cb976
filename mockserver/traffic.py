"""The limits of one world: what each window has admitted, and who has to wait how long."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mockserver.core.limits import By, Limit, active_wait, window_wait
from mockserver.core.operation import Operation

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


class Gate:
    """One limit in force: how often it was seen, how often it has refused, and what its window has admitted of whom."""

    def __init__(self, name: str, limit: Limit) -> None:
        self.name = name
        self.limit = limit
        self.seen = 0
        self.fired = 0
        self._admitted: dict[str | None, deque[int]] = {}

    def wait(self, visitor: Visitor, now: int, underway: Underway) -> int | None:
        """Return the microseconds until it admits the visitor; 0 if it does now, None if no wait helps."""
        limit = self.limit
        if limit.active is not None:
            return active_wait(underway(limit.by).values(), limit.active)
        return window_wait(self._admitted.get(visitor.key(limit.by), ()), now, limit.allow or 0, limit.per or 0)

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


class Traffic:
    """The limits in force, by operation. Only admitted requests count, and they count for every limit."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        self.gates = [Gate(limit.name or f"limits.{i}", limit) for i, limit in enumerate(limits, start=1)]
        self._by_operation = {
            operation: tuple(gate for gate in self.gates if operation in gate.limit.on) for operation in Operation
        }

    def watches(self, operation: Operation) -> bool:
        """Tell whether any limit is for an operation."""
        return bool(self._by_operation[operation])

    def refusal(self, operation: Operation, visitor: Visitor, now: int, underway: Underway) -> Refusal | None:
        """Admit a request and count it, or return what refuses it and count nothing."""
        gates = self._by_operation[operation]
        waits = [(gate, gate.wait(visitor, now, underway)) for gate in gates]
        refusing = [(gate, wait) for gate, wait in waits if wait != 0]
        for gate in gates:
            gate.seen += 1
            if not refusing:
                gate.admit(visitor, now)
        if not refusing:
            return None
        for gate, _ in refusing:
            gate.fired += 1
        counted = {id_ for gate, _ in refusing if gate.limit.active is not None for id_ in underway(gate.limit.by)}
        return Refusal(refusing[0][0].limit, _longest([wait for _, wait in refusing]), tuple(sorted(counted)))


def _longest(waits: Sequence[int | None]) -> int | None:
    known = [wait for wait in waits if wait is not None]
    return max(known) if len(known) == len(waits) else None
