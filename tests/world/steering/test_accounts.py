"""Credits and sessions."""

import pytest

from mockserver.core import wallet
from mockserver.core.errors import Invalid, Unauthorized
from mockserver.core.instant import SECOND
from mockserver.core.wallet import EntryKind
from mockserver.world.steering import (
    advance,
    grant,
    log_out,
)
from tests.support.customer import EMAIL, PASSWORD

from .steered import create, facts, world_of, you


def test_a_grant_is_an_entry_of_its_own_without_an_exchange() -> None:
    world = world_of()
    advance(world, 5 * SECOND)
    grant(world, you(world), 50)
    assert world.balance(you(world)) == 150
    entry = [*you(world).ledger][-1]
    assert (entry.kind, entry.amount, entry.at, entry.exchange) == (EntryKind.GRANT, 50, 5 * SECOND, None)


@pytest.mark.parametrize(("amount", "balance"), [(-98, 0), (-1, 97), (0, 98), (1, 99), (10**9, 10**9 + 98)])
def test_credits_are_given_and_can_be_taken_down_to_nothing(amount: int, balance: int) -> None:
    world = world_of()
    create(world)
    grant(world, you(world), amount)
    assert world.balance(you(world)) == balance == wallet.balance(you(world).ledger, world.time.age)


@pytest.mark.parametrize("amount", [-99, -(10**9)])
def test_the_balance_is_the_most_that_can_be_taken(amount: int) -> None:
    world = world_of()
    create(world)
    before = facts(world)
    with pytest.raises(Invalid, match=f"expected at least -98, .* found {amount}"):
        grant(world, you(world), amount)
    assert facts(world) == before


def test_a_refund_can_be_taken_only_after_it_has_come_due() -> None:
    world = world_of()
    create(world, "fails")
    with pytest.raises(Invalid):
        grant(world, you(world), -100)
    advance(world, 6 * SECOND)
    grant(world, you(world), -100)
    assert world.balance(you(world)) == 0


def test_logging_out_makes_the_tokens_invalid_and_keeps_the_account() -> None:
    world = world_of()
    old = world.accounts.log_in(EMAIL, PASSWORD)
    assert world.accounts.admit(world.accounts.identify(old)) is you(world)
    log_out(you(world))
    with pytest.raises(Unauthorized):
        world.accounts.admit(world.accounts.identify(old))
    assert world.accounts.admit(world.accounts.identify(world.accounts.log_in(EMAIL, PASSWORD))) is you(world)
