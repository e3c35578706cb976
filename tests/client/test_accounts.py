import pytest

from mockserver.client import Invalid, NotFound, World
from tests.support.client import Client

YOU = "you@example.com"
ODD = ("a+b@example.com", "100%25@example.com", "who?&#=;@example.com", "jürgen@example.com")


def declared(*emails: str) -> str:
    return "accounts:\n" + "".join(f'  - {{email: "{email}", password: p, credits: 3}}\n' for email in emails)


def test_an_account_is_live(world: World, you: Client) -> None:
    account = world.accounts[YOU]
    assert account.credits == 100
    you.order()
    assert account.credits == 95
    assert [(entry.kind, entry.amount, entry.generation) for entry in account.ledger] == [
        ("grant", 100, None),
        ("reserve", 5, 1842),
    ]


def test_a_view_of_an_account_has_all_its_facts_and_does_not_change(world: World) -> None:
    view = world.accounts[YOU].view()
    world.accounts[YOU].grant(1)
    assert (view.id, view.email, view.full_name, view.plan, view.credits) == (17, YOU, None, None, 100)
    assert (view.created_at, view.generations, view.session, view.entries) == (world.clock.now, 0, 1, 1)


def test_credits_are_granted_and_taken(world: World) -> None:
    account = world.accounts[YOU]
    assert (account.grant(50).credits, account.grant(-150).credits, account.credits) == (150, 0, 0)


def test_an_account_cannot_lose_more_credits_than_it_has(world: World) -> None:
    with pytest.raises(Invalid, match="-101"):
        world.accounts[YOU].grant(-101)
    assert world.accounts[YOU].credits == 100


def test_logging_out_everywhere_ends_every_token(world: World, you: Client) -> None:
    assert you.create().status == 201
    assert world.accounts[YOU].expire_tokens().session == 2
    assert you.create().status == 401


@pytest.mark.parametrize("email", ODD)
def test_an_account_with_any_address_is_found(world: World, email: str) -> None:
    world.load(declared(*ODD))
    assert world.accounts[email].grant(1).email == email
    assert email in world.accounts


def test_accounts_are_counted_and_iterated_in_the_order_of_their_ids(world: World) -> None:
    emails = [f"a{i}@example.com" for i in range(250)]
    world.load(declared(*emails))
    assert len(world.accounts) == 250
    assert [view.email for view in world.accounts.views()] == emails
    assert next(iter(world.accounts)).credits == 3


def test_a_missing_account_is_an_error_at_its_first_use(world: World) -> None:
    nobody = world.accounts["nobody@example.com"]
    with pytest.raises(NotFound, match=r"there is no account nobody@example\.com in the world default"):
        nobody.grant(1)
    assert "nobody@example.com" not in world.accounts
    assert 17 not in world.accounts
