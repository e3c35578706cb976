import pytest

from mockserver.core.account import PLANS_WITH_KEYS, REFERENCE_ACCOUNT, Account, Declaration, numbered, require_email
from mockserver.core.errors import Invalid
from mockserver.core.wallet import Ledger


def declared(*ids: int | None) -> list[Declaration]:
    return [Declaration(email=f"{i}@example.com", password="secret", id=id_) for i, id_ in enumerate(ids)]


@pytest.mark.documented
def test_the_first_account_is_the_one_of_the_published_examples() -> None:
    assert [id_ for id_, _ in numbered([REFERENCE_ACCOUNT])] == [17]
    assert (REFERENCE_ACCOUNT.email, REFERENCE_ACCOUNT.password) == ("you@example.com", "YOUR_PASSWORD")


@pytest.mark.documented
def test_api_keys_ship_with_the_two_plans_of_the_reference() -> None:
    assert PLANS_WITH_KEYS == ("Ultimate Visionary Studio", "Titan Studio")


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("declared_ids", "ids"),
    [
        ((), []),
        ((None, None, None), [17, 18, 19]),
        ((5, None), [5, 6]),
        ((None, 3, None), [17, 3, 4]),
        ((None, 100, None), [17, 100, 101]),
    ],
)
def test_an_account_without_an_id_has_one_more_than_the_one_before(
    declared_ids: tuple[int | None, ...], ids: list[int]
) -> None:
    declarations = declared(*declared_ids)
    assert list(numbered(declarations)) == list(zip(ids, declarations, strict=True))


@pytest.mark.assumed
@pytest.mark.parametrize(
    "email",
    ["you@example.com", "you+gw3@example.com", "a@b.c", "ü@exämple.de", "'--@a.b", "a.b.c@sub.example.co.uk"],
)
def test_an_address_is_accepted(email: str) -> None:
    require_email(email)


@pytest.mark.assumed
@pytest.mark.parametrize(
    "email",
    [
        *("", "you", "@example.com", "you@", "you@example", "you@.com", "you@example.", "you@example..com"),
        *("you@@example.com", "y ou@example.com", "you@exam ple.com", "you@example.com\n", "\x00you@example.com"),
        *("y" * 65 + "@example.com", "you@" + "e" * 250 + ".com"),
    ],
)
def test_a_bad_address_is_refused_by_its_field(email: str) -> None:
    with pytest.raises(Invalid) as caught:
        require_email(email)
    assert [flaw.field for flaw in caught.value.flaws] == ["email"]


def test_accounts_share_nothing() -> None:
    one, other = (
        Account(
            id=id_,
            email="you@example.com",
            password="secret",
            full_name=None,
            plan=None,
            api_key=None,
            created_at=0,
            ledger=Ledger(),
        )
        for id_ in (17, 18)
    )
    one.generations[1842] = None
    assert other.generations == {}
