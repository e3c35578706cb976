"""A refused login names its mistake in `X-Mock-Hint`: a test tool hides nothing, and the body is the API's."""

import pytest

from mockserver.core.account import Declaration
from mockserver.core.faults import Fault, Then
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from tests.support.client import Answer, Client
from tests.support.customer import BASE

from .played import Start
from .steering import Steering

YOU = Declaration(email="you@example.com", password="secret")
MANY = Scenario(accounts=(YOU, *(Declaration(email=f"{who}@example.com", password=who) for who in ("a", "b+x", "c"))))
NAMED = "you@example.com, a@example.com, b+x@example.com"
NAMES = "1 to 64 letters, digits, `.`, `_` and `-`"


def refused(anyone: Client, username: str, password: str = YOU.password) -> Answer:
    answer = anyone.fill_in("/auth/login", {"username": username, "password": password})
    assert (answer.status, answer.detail) == (401, "Incorrect email or password")
    return answer


def hint(answer: Answer) -> str:
    return str(answer.headers["x-mock-hint"])


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("username", "password", "told"),
    [
        ("yuo@example.com", "secret", f'there is no account "yuo@example.com" in the world default; there is {NAMED}'),
        ("you", "secret", f'there is no account "you" in the world default; there is {NAMED}'),
        ("you+gw3", "secret", f'there is no account "you+gw3" in the world default; there is {NAMED}'),
        ("you@example.com", "scret", "you@example.com has another password in the world default"),
        ("b+x@example.com", "secret", "b+x@example.com has another password in the world default"),
        (
            "you gw3@example.com",
            "secret",
            'there is no account "you gw3@example.com" in the world default; a + in a form is written %2B',
        ),
        (
            "nobody+gw3@example.com",
            "secret",
            f"the + asks for the world gw3, where nobody@example.com is not declared; there is {NAMED}",
        ),
        ("you+gw3@example.com", "a", "the + asks for the world gw3, where you@example.com has another password"),
        ("you+@example.com", "secret", f'the + asks for the world "", which is no name: expected {NAMES}'),
        ("you+a/b@example.com", "secret", f'the + asks for the world "a/b", which is no name: expected {NAMES}'),
        ("you+é@example.com", "secret", f'the + asks for the world "\\xe9", which is no name: expected {NAMES}'),
    ],
)
def test_a_refused_login_names_the_mistake(api: Start, username: str, password: str, told: str) -> None:
    anyone = api(MANY)
    assert hint(refused(anyone, username, password)).startswith(told)
    assert Steering(anyone).worlds == ["default"]


@pytest.mark.assumed
@pytest.mark.parametrize("world", ["gw4", "default"])
def test_below_a_prefix_the_hint_says_that_the_prefix_chooses_the_world(api: Start, world: str) -> None:
    below = api(MANY).other(base=f"/w/{world}{BASE}")
    told = f"the prefix chooses the world, here {world}: log in as you@example.com, without the plus"
    assert hint(refused(below, "you+gw3@example.com")) == told
    assert hint(refused(below, "b+x@example.com")) == f"b+x@example.com has another password in the world {world}"
    assert hint(refused(below, "you@example.com", "a")) == f"you@example.com has another password in the world {world}"


@pytest.mark.assumed
def test_the_hint_to_a_signed_up_account_says_that_a_plus_is_for_declared_accounts(api: Start) -> None:
    anyone = api(Scenario(accounts=(YOU,)))
    assert anyone.send("/auth/signup", {"email": "new@example.com", "password": "secret"}).status == 201
    told = "the + asks for the world gw3, where new@example.com is not declared; there is you@example.com"
    assert hint(refused(anyone, "new+gw3@example.com")) == told


@pytest.mark.assumed
def test_a_login_that_succeeds_or_lacks_a_field_has_no_hint(api: Start) -> None:
    anyone = api(MANY)
    for form in ({"username": "you+gw3@example.com", "password": "secret"}, {"username": "nobody+gw3@example.com"}):
        assert "x-mock-hint" not in anyone.fill_in("/auth/login", form).headers


@pytest.mark.assumed
def test_a_scripted_refusal_has_another_reason_and_no_hint(api: Start) -> None:
    anyone = api(Scenario(accounts=(YOU,), faults=(Fault(on=(Operation.LOGIN,), then=Then(status=401)),)))
    answer = anyone.fill_in("/auth/login", {"username": "nobody+gw3@example.com", "password": "secret"})
    assert (answer.status, answer.headers["x-mock-hint"]) == (401, None)
