from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.timeline import DEFAULT_LIFE, Step, Timeline
from mockserver.core.wallet import EntryKind, Ledger, LedgerEntry, WalletSettings, balance, counts

FAILING = Timeline((Step(status="pending", lasts=5), Step(status="failed")))
RECOVERING = Timeline((Step(status="failed", lasts=5), Step(status="completed")))
FLICKERING = Timeline((Step(status="pending", lasts=5), Step(status="failed", lasts=5), Step(status="processing")))


@dataclass
class Ages:
    """The age of every generation."""

    now: int = 0

    def __call__(self, generation: int) -> int:
        return self.now + generation


def grant(amount: int) -> LedgerEntry:
    return LedgerEntry(EntryKind.GRANT, amount, at=0)


def reserve(generation: int, amount: int) -> LedgerEntry:
    return LedgerEntry(EntryKind.RESERVE, amount, 0, generation=generation)


def refund(generation: int, amount: int, due: int) -> LedgerEntry:
    return LedgerEntry(EntryKind.REFUND, amount, 0, generation=generation, due=due)


def settle(ledger: Ledger, ages: Ages) -> None:
    """Add every refund that is due to the balance, as a world does."""
    for entry in ledger:
        if entry.kind is EntryKind.REFUND and counts(entry, ages):
            ledger.count(entry.generation or 0)


@pytest.mark.parametrize(
    ("entries", "spendable"),
    [
        ([], 0),
        ([grant(100)], 100),
        ([grant(100), grant(-30)], 70),
        ([grant(100), reserve(1, 5)], 95),
        ([grant(100), reserve(1, 5), refund(1, 5, due=11)], 95),
        ([grant(100), reserve(1, 5), refund(1, 5, due=10)], 100),
        ([grant(100), reserve(1, 5), reserve(2, 15), refund(2, 15, due=11)], 95),
    ],
)
def test_the_balance_is_grants_less_reserves_and_the_refunds_that_are_due(
    entries: list[LedgerEntry], spendable: int
) -> None:
    assert balance(entries, Ages(9)) == spendable


@pytest.mark.parametrize(("age", "spendable"), [(9, 95), (10, 100), (11, 100)])
def test_a_refund_counts_from_its_age_on(age: int, spendable: int) -> None:
    assert balance([grant(100), reserve(0, 5), refund(0, 5, due=10)], Ages(age)) == spendable


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("settings", "timeline", "age"),
    [
        (WalletSettings(), FAILING, 5),
        (WalletSettings(refund_delay=7), FAILING, 12),
        (WalletSettings(refund_failed=False), FAILING, None),
        (WalletSettings(refund_deleted=False), FAILING, 5),
        (WalletSettings(), RECOVERING, None),
        (WalletSettings(), FLICKERING, None),
        (WalletSettings(), DEFAULT_LIFE, None),
    ],
)
def test_only_a_life_that_ends_in_failed_gets_its_credits_back(
    settings: WalletSettings, timeline: Timeline, age: int | None
) -> None:
    assert settings.refund_age(timeline) == age


def test_a_second_refund_takes_the_place_of_the_first() -> None:
    ledger, first, second = Ledger(), refund(1, 5, due=20), refund(1, 5, due=10)
    for entry in (grant(100), reserve(1, 5), first, second):
        ledger.write(entry)
    assert list(ledger) == [grant(100), reserve(1, 5), second]
    settle(ledger, Ages(9))
    assert ledger.balance == 100


def test_a_scheduled_refund_can_be_taken_back_and_a_settled_one_cannot() -> None:
    ledger = Ledger()
    for entry in (reserve(1, 5), refund(1, 5, due=10), reserve(2, 7), refund(2, 7, due=10)):
        ledger.write(entry)
    settle(ledger, Ages(8))
    for generation in (1, 2, 3):
        ledger.void(generation)
    assert list(ledger) == [reserve(1, 5), reserve(2, 7), refund(2, 7, due=10)]
    settle(ledger, Ages(99))
    assert ledger.balance == -5


Deed = tuple[str, int, int]
deeds = st.lists(
    st.tuples(
        st.sampled_from(["grant", "order", "refund", "void", "settle", "later"]), st.integers(0, 5), st.integers(0, 9)
    )
)


def act(ledger: Ledger, ages: Ages, deed: Deed) -> None:
    word, generation, amount = deed
    acts: dict[str, Callable[[], None]] = {
        "grant": lambda: ledger.write(grant(amount - 4)),
        "order": lambda: ledger.write(reserve(generation, amount)),
        "refund": lambda: ledger.write(refund(generation, amount, due=ages(generation) + amount)),
        "void": lambda: ledger.void(generation),
        "settle": lambda: settle(ledger, ages),
        "later": lambda: setattr(ages, "now", ages.now + amount),
    }
    acts[word]()


def refunds(ledger: Ledger) -> dict[int | None, LedgerEntry]:
    return {entry.generation: entry for entry in ledger if entry.kind is EntryKind.REFUND}


@given(deeds)
def test_the_remembered_balance_equals_the_sum_of_the_entries(sequence: list[Deed]) -> None:
    ledger, ages = Ledger(), Ages()
    for word, generation, amount in sequence:
        standing = refunds(ledger).get(generation)
        # A world never repeats a refund that has come back: a finished generation can no longer be deleted.
        if word != "refund" or standing is None or balance([standing], ages) == 0:
            act(ledger, ages, (word, generation, amount))
        settle(ledger, ages)
        assert ledger.balance == balance(ledger, ages)


@given(deeds)
def test_settling_twice_is_settling_once_and_changes_no_entry(sequence: list[Deed]) -> None:
    ledger, ages = Ledger(), Ages()
    for deed in sequence:
        act(ledger, ages, deed)
    entries = list(ledger)
    settle(ledger, ages)
    settled = ledger.balance
    settle(ledger, ages)
    assert (list(ledger), ledger.balance) == (entries, settled)


@given(deeds)
def test_there_is_at_most_one_refund_an_order(sequence: list[Deed]) -> None:
    ledger, ages = Ledger(), Ages()
    for deed in sequence:
        act(ledger, ages, deed)
    assert len(refunds(ledger)) == sum(entry.kind is EntryKind.REFUND for entry in ledger)
