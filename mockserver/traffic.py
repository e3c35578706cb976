"""The limits of one world: what each window has admitted, and who has to wait how long."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from mockserver.core.limits import By, Limit, active_wait, window_wait
from mockserver.core.operation import Operation

Underway = Callable[[By], Mapping[int, int | None]]
"""The unfinished generations that a cap counts, each with the microseconds until it is finished, None if never."""


class Visitor(Struct, frozen=True):
    """Whom limits count a request for: the account if one is named, and the address it came from."""

    account: str | None
    address: str

    @property
    def name(self) -> str:
        """The account, else the address."""
        return self.address if self.account is None else self.account

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


class _Gate:
    """One limit in force: the instants of those it has admitted, by whom they are counted together with."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._admitted: dict[str | None, deque[int]] = {}

    def wait(self, visitor: Visitor, now: int, underway: Underway) -> int | None:
        limit = self.limit
        if limit.active is not None:
            return active_wait(underway(limit.by).values(), limit.active)
        admitted = self._admitted.get(visitor.key(limit.by), ())
        return window_wait(tuple(admitted), now, limit.allow or 0, limit.per or 0)

    def admit(self, visitor: Visitor, now: int) -> None:
        if self.limit.active is None:
            key = visitor.key(self.limit.by)
            self._admitted.setdefault(key, deque(maxlen=self.limit.allow)).append(now)


class Traffic:
    """The limits in force, by operation. Only admitted requests count, and they count for every limit."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        gates = [_Gate(limit) for limit in limits]
        self._by_operation = {
            operation: tuple(gate for gate in gates if operation in gate.limit.on) for operation in Operation
        }

    def watches(self, operation: Operation) -> bool:
        """Tell whether any limit is for an operation."""
        return bool(self._by_operation[operation])

    def refusal(self, operation: Operation, visitor: Visitor, now: int, underway: Underway) -> Refusal | None:
        """Admit a request and count it, or return what refuses it and count nothing."""
        gates = self._by_operation[operation]
        waits = [(gate, gate.wait(visitor, now, underway)) for gate in gates]
        refusing = [(gate.limit, wait) for gate, wait in waits if wait != 0]
        if refusing:
            counted = {id_ for limit, _ in refusing if limit.active is not None for id_ in underway(limit.by)}
            return Refusal(refusing[0][0], _longest(wait for _, wait in refusing), tuple(sorted(counted)))
        for gate in gates:
            gate.admit(visitor, now)
        return None


def _longest(waits: Iterable[int | None]) -> int | None:
    longest = 0
    for wait in waits:
        if wait is None:
            return None
        longest = max(longest, wait)
    return longest
