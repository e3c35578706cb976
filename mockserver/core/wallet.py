"""The wallet is a ledger: grants, reserves and refunds are facts, the balance is computed from them.

A refund is dated by the age of its own generation, so it comes due without anything ticking, and at most once.
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
    """The section `wallet`. Assumed: the reference says nothing of refunds; `refund_delay` is in microseconds."""

    refund_failed: bool = True
    refund_deleted: bool = True
    refund_delay: Duration = 0
    signup_credits: Credits = 0

    def refund_age(self, timeline: Timeline) -> int | None:
        """Return the age at which a generation with this life gets its credits back; None if it never does."""
        if not (self.refund_failed and timeline.fails and timeline.finish is not None):
            return None
        return timeline.finish + self.refund_delay

    def refund_age_if_deleted(self, age: int) -> int | None:
        """Return the age at which a generation deleted unfinished at `age` gets its credits back; None if never."""
        return age + self.refund_delay if self.refund_deleted else None


class EntryKind(StrEnum):
    """The effect of an entry on the balance: a grant and a refund add, a reserve subtracts."""

    GRANT = "grant"
    RESERVE = "reserve"
    REFUND = "refund"


class LedgerEntry(Struct, frozen=True):
    """One line of a ledger: `amount` in credits (a grant may be negative), `at` the instant it was written.

    `exchange` is the number of the request that caused it, `generation` the one it belongs to, and `due` the age in
    microseconds from which a refund counts; None where there is no such thing.
    """

    kind: EntryKind
    amount: int
    at: int
    exchange: int | None = None
    generation: int | None = None
    due: int | None = None


def balance(entries: Iterable[LedgerEntry], age: Callable[[int], int]) -> int:
    """Return the credits that can be spent; `age` tells the present age of a generation by its id."""
    return sum(_effect(entry, age) for entry in entries)


def counts(entry: LedgerEntry, age: Callable[[int], int]) -> bool:
    """Tell whether an entry counts yet; `age` tells the present age of a generation by its id."""
    return entry.generation is None or entry.due is None or age(entry.generation) >= entry.due


def _effect(entry: LedgerEntry, age: Callable[[int], int]) -> int:
    if not counts(entry, age):
        return 0
    return -entry.amount if entry.kind is EntryKind.RESERVE else entry.amount


class Ledger:
    """The entries of one account: grants and reserves in the order written, and at most one refund a generation.

    The balance is kept beside the refunds still to come. It is memoised for speed and decides nothing: once the refunds
    that are due are added, `balance(ledger, age)` computed from the entries alone is the same number.
    """

    def __init__(self) -> None:
        self._entries: list[LedgerEntry] = []
        self._refunds: dict[int, LedgerEntry] = {}
        self._balance = 0
        self._scheduled: dict[int, LedgerEntry] = {}

    def __iter__(self) -> Iterator[LedgerEntry]:
        """Yield every entry that stands: grants and reserves, then the refunds, due or not."""
        yield from self._entries
        yield from self._refunds.values()

    def __len__(self) -> int:
        return len(self._entries) + len(self._refunds)

    def refund(self, generation: int) -> LedgerEntry | None:
        """Return the refund of a generation, due or not, if it has one."""
        return self._refunds.get(generation)

    def write(self, entry: LedgerEntry) -> None:
        """Add an entry. A generation has at most one refund: a new one replaces one that does not count yet."""
        if entry.kind is EntryKind.REFUND and entry.generation is not None:
            self._refunds[entry.generation] = self._scheduled[entry.generation] = entry
        else:
            self._entries.append(entry)
            self._balance += _effect(entry, lambda _: 0)

    def void(self, generation: int) -> None:
        """Take back the scheduled refund of a generation, if it has one that does not count yet."""
        if self._scheduled.pop(generation, None):
            del self._refunds[generation]

    def count(self, generation: int) -> None:
        """Add the refund of a generation, which has come due, to the balance, if there is one that is not added yet."""
        entry = self._scheduled.pop(generation, None)
        if entry is not None:
            self._balance += entry.amount

    @property
    def balance(self) -> int:
        """The credits that can be spent, once every refund that has come due is added."""
        return self._balance
