"""The wallet is a ledger: it stores grants, reserves and refunds, and the balance is computed from these entries.

A refund comes due at an age of its own generation. So nothing has to tick, and a refund is paid at most once.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from mockserver.core.forms import Duration
from mockserver.core.timeline import Timeline

Credits = Annotated[int, Meta(ge=0, le=1_000_000_000)]
"""Whole credits, ≥ 0."""


class WalletSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section `wallet`: the rules of refunds, and the credits of a new account.

    `refund_delay` is in microseconds. Assumed: the reference is silent.
    """

    refund_failed: bool = True
    refund_deleted: bool = True
    refund_delay: Duration = 0
    signup_credits: Credits = 0

    def refund_age(self, timeline: Timeline) -> int | None:
        """Return the age at which a generation with this life is refunded; None if it is never refunded."""
        if not (self.refund_failed and timeline.fails and timeline.finish is not None):
            return None
        return timeline.finish + self.refund_delay

    def refund_age_if_deleted(self, age: int) -> int | None:
        """Return the age of the refund of a generation deleted unfinished at `age`; None if there is no refund."""
        return age + self.refund_delay if self.refund_deleted else None


class EntryKind(StrEnum):
    """The effect of an entry on the balance: a grant and a refund add, a reserve subtracts."""

    GRANT = "grant"
    RESERVE = "reserve"
    REFUND = "refund"


class LedgerEntry(Struct, frozen=True):
    """One line of a ledger: `amount` in credits (a grant may be negative), `at` the instant it was written.

    `exchange` is the number of the request that caused the entry. `generation` is the id of the generation to which the
    entry belongs. `due` is the age, in microseconds, from which a refund is part of the balance. Each is None if the
    entry has no such value.
    """

    kind: EntryKind
    amount: int
    at: int
    exchange: int | None = None
    generation: int | None = None
    due: int | None = None


def balance(entries: Iterable[LedgerEntry], age: Callable[[int], int]) -> int:
    """Return the credits that can be spent. `age` is a function from the id of a generation to its present age."""
    return sum(_effect(entry, age) for entry in entries)


def counts(entry: LedgerEntry, age: Callable[[int], int]) -> bool:
    """Return whether an entry is part of the balance now.

    `age` is a function from the id of a generation to its present age.
    """
    return entry.generation is None or entry.due is None or age(entry.generation) >= entry.due


def _effect(entry: LedgerEntry, age: Callable[[int], int]) -> int:
    if not counts(entry, age):
        return 0
    return -entry.amount if entry.kind is EntryKind.RESERVE else entry.amount


class Ledger:
    """The entries of one account: grants and reserves in the order written, and at most one refund for each generation.

    The ledger stores the balance for speed. Once the refunds that are due are added, the stored balance is the same
    number as `balance(ledger, age)`, which is computed from the entries alone.
    """

    def __init__(self) -> None:
        self._entries: list[LedgerEntry] = []
        self._refunds: dict[int, LedgerEntry] = {}
        self._balance = 0
        self._scheduled: dict[int, LedgerEntry] = {}

    def __iter__(self) -> Iterator[LedgerEntry]:
        """Yield every valid entry: first grants and reserves, then the refunds, due or not."""
        yield from self._entries
        yield from self._refunds.values()

    def __len__(self) -> int:
        return len(self._entries) + len(self._refunds)

    def refund(self, generation: int) -> LedgerEntry | None:
        """Return the refund of a generation, due or not; None if it has no refund."""
        return self._refunds.get(generation)

    def write(self, entry: LedgerEntry) -> None:
        """Add an entry.

        A new refund replaces an earlier refund of the same generation that is not in the balance yet.
        """
        if entry.kind is EntryKind.REFUND and entry.generation is not None:
            self._refunds[entry.generation] = self._scheduled[entry.generation] = entry
        else:
            self._entries.append(entry)
            self._balance += _effect(entry, lambda _: 0)

    def void(self, generation: int) -> None:
        """Remove the scheduled refund of a generation, if there is a refund that is not in the balance yet."""
        if self._scheduled.pop(generation, None):
            del self._refunds[generation]

    def count(self, generation: int) -> None:
        """Add the refund of a generation to the balance, unless it is already added. The refund must have come due."""
        entry = self._scheduled.pop(generation, None)
        if entry is not None:
            self._balance += entry.amount

    @property
    def balance(self) -> int:
        """The credits that can be spent. Every refund that has come due must have been added before."""
        return self._balance
