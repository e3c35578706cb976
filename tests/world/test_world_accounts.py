import pytest

from mockserver.core.account import Declaration
from mockserver.core.errors import Invalid, Unauthorized, Unavailable
from mockserver.core.instant import SECOND
from mockserver.core.scenario import REFERENCE_START
from mockserver.core.token import TokenSettings
from mockserver.world.accounts import MOST_REMEMBERED
from mockserver.world.bounds import MOST_ACCOUNTS
from mockserver.world.world import World
from tests.support.world import later, world_of


def admitted(world: World, bearer: str) -> int:
    return world.accounts.admit(world.accounts.identify(bearer)).id


@pytest.mark.parametrize(
    ("email", "password"),
    [("you@example.com", "your_password"), ("you@example.com", ""), ("YOU@example.com", "YOUR_PASSWORD"), ("", "")],
)
def test_a_login_with_any_wrong_letter_is_refused(email: str, password: str) -> None:
    with pytest.raises(Unauthorized, match="Incorrect email or password"):
        world_of().accounts.log_in(email, password)


def test_a_token_is_valid_in_the_same_world_started_again() -> None:
    assert admitted(world_of(), world_of().accounts.log_in("you@example.com", "YOUR_PASSWORD")) == 17


@pytest.mark.parametrize("stranger", [world_of("gw3"), world_of(seed=7)])
def test_a_token_of_another_world_or_seed_names_no_account(stranger: World) -> None:
    assert world_of().accounts.identify(stranger.accounts.log_in("you@example.com", "YOUR_PASSWORD")) is None


def test_a_token_of_an_unknown_account_names_no_account() -> None:
    world = world_of()
    new = world.accounts.sign_up(Declaration(email="new@example.com", password="secret"), 1)
    bearer = world.accounts.log_in(new.email, "secret")
    assert admitted(world, bearer) == new.id
    assert world_of().accounts.identify(bearer) is None


def test_a_request_without_a_caller_is_refused_with_a_hint() -> None:
    with pytest.raises(Unauthorized) as caught:
        world_of().accounts.admit(None)
    assert caught.value.hint is not None


@pytest.mark.assumed
def test_a_token_is_refused_from_its_expiry_on() -> None:
    world = world_of(tokens=TokenSettings(ttl=10 * SECOND))
    bearer = world.accounts.log_in("you@example.com", "YOUR_PASSWORD")
    later(world, 10 * SECOND - 1)
    assert admitted(world, bearer) == 17
    later(world, 1)
    with pytest.raises(Unauthorized) as caught:
        admitted(world, bearer)
    assert "tokens: {ttl}" in (caught.value.hint or "")


def test_a_raised_session_ends_its_tokens_and_no_others() -> None:
    world = world_of()
    old, hers = (
        world.accounts.log_in("you@example.com", "YOUR_PASSWORD"),
        world.accounts.log_in("she@example.com", "hers"),
    )
    world.accounts[17].session += 1
    with pytest.raises(Unauthorized):
        admitted(world, old)
    assert admitted(world, hers) == 40
    assert admitted(world, world.accounts.log_in("you@example.com", "YOUR_PASSWORD")) == 17


@pytest.mark.parametrize("session", [0, 2])
def test_a_token_of_an_earlier_or_later_session_is_refused(session: int) -> None:
    world = world_of()
    bearer = world.accounts.log_in("you@example.com", "YOUR_PASSWORD")
    world.accounts[17].session = session
    with pytest.raises(Unauthorized):
        admitted(world, bearer)


def test_a_token_names_its_account_also_after_more_tokens_than_a_world_remembers() -> None:
    world = world_of()
    bearers = []
    for _ in range(MOST_REMEMBERED + 1):
        later(world, SECOND)
        bearers.append(world.accounts.log_in("you@example.com", "YOUR_PASSWORD"))
    assert len(set(bearers)) == MOST_REMEMBERED + 1
    assert {admitted(world, bearer) for bearer in (*bearers, *bearers)} == {17}
    first = world.accounts.identify(bearers[-1])
    assert world.accounts.identify(bearers[-1]) is first


@pytest.mark.documented
def test_an_api_key_works_wherever_a_token_does() -> None:
    world = world_of()
    world.accounts[40].session += 1
    assert admitted(world, "il_test_1") == 40
    assert world.accounts.identify("il_test_2") is None


def test_a_signup_opens_an_account_that_can_log_in() -> None:
    world = world_of()
    account = world.accounts.sign_up(Declaration(email="new@example.com", password="secret", credits=3), 1)
    assert (account.id, world.balance(account), account.created_at) == (41, 3, REFERENCE_START)
    assert admitted(world, world.accounts.log_in("new@example.com", "secret")) == 41


@pytest.mark.parametrize("email", ["you@example.com", "no address"])
def test_a_signup_with_a_taken_or_impossible_address_is_invalid(email: str) -> None:
    world = world_of()
    with pytest.raises(Invalid, match=r"^email: "):
        world.accounts.sign_up(Declaration(email=email, password="secret"), 1)
    assert [account.id for account in world.accounts] == [17, 40]


def test_a_full_world_opens_no_account() -> None:
    world = world_of()
    for number in range(MOST_ACCOUNTS - 3):
        world.accounts.open(100 + number, Declaration(email=f"{number}@example.com", password="secret"))
    world.accounts.sign_up(Declaration(email="last@example.com", password="secret"), 1)
    with pytest.raises(Unavailable) as caught:
        world.accounts.sign_up(Declaration(email="new@example.com", password="secret"), 2)
    assert str(MOST_ACCOUNTS) in (caught.value.hint or "")
