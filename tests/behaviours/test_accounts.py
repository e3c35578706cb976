"""Signing up, logging in, forgetting the password, and keys in place of tokens."""

import pytest

from mockserver.core.account import Declaration
from mockserver.core.scenario import Scenario
from mockserver.core.wallet import WalletSettings
from tests.support.client import Client
from tests.support.customer import EMAIL, PASSWORD

from .played import Start

FORM = "application/x-www-form-urlencoded"
LOGIN = {"username": EMAIL, "password": PASSWORD}
NEW = {"email": "new@example.com", "password": "secret"}


@pytest.mark.assumed
def test_me_shows_the_account_with_its_credits(you: Client) -> None:
    assert you.read("/auth/me").body == (
        b'{"id":17,"email":"you@example.com","full_name":null,"plan":null,"credits":100,'
        b'"created_at":"2026-06-07T12:00:00Z"}'
    )


@pytest.mark.documented
@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c", PASSWORD])
@pytest.mark.parametrize("path", ["/auth/me", "/generations", "/generations/models", "/generations/1842"])
def test_a_protected_route_wants_a_token(api: Start, token: str | None, path: str) -> None:
    answer = api().other(token).read(path)
    assert (answer.status, answer.detail) == (401, "Missing or invalid bearer token")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.documented
@pytest.mark.parametrize(("scheme", "status"), [("Bearer", 200), ("bearer", 200), ("Basic", 401), ("Token", 401)])
def test_a_token_is_sent_as_a_bearer(you: Client, scheme: str, status: int) -> None:
    assert you.other().read("/auth/me", authorization=f"{scheme} {you.token}").status == status


@pytest.mark.documented
@pytest.mark.parametrize(
    "form", [LOGIN | {"password": "wrong"}, LOGIN | {"username": "nobody@example.com"}, LOGIN | {"password": "NUL\0"}]
)
def test_a_wrong_login_is_a_401_that_does_not_name_the_mistake(api: Start, form: dict[str, str]) -> None:
    answer = api().fill_in("/auth/login", form)
    assert (answer.status, answer.detail) == (401, "Incorrect email or password")


@pytest.mark.documented
@pytest.mark.parametrize("field", ["username", "password"])
def test_a_login_without_a_field_is_a_400_that_names_it(api: Start, field: str) -> None:
    answer = api().fill_in("/auth/login", {name: value for name, value in LOGIN.items() if name != field})
    assert (answer.status, answer.detail) == (400, f"{field}: missing")


@pytest.mark.documented
def test_an_empty_login_names_both_fields(api: Start) -> None:
    answer = api().ask("POST", "/auth/login", headers={"Content-Type": FORM})
    assert (answer.status, answer.detail) == (400, "username: missing; password: missing")


@pytest.mark.assumed
def test_a_field_of_the_login_that_is_given_twice_is_a_400(api: Start) -> None:
    answer = api().fill_in("/auth/login", [*LOGIN.items(), ("password", PASSWORD)])
    assert (answer.status, answer.detail) == (400, "password: given more than once")


@pytest.mark.assumed
def test_other_fields_of_the_oauth2_form_are_ignored(api: Start) -> None:
    extra = {"grant_type": "password", "scope": "", "client_id": "x", "client_secret": "y", "unknown": "z"}
    assert api().fill_in("/auth/login", LOGIN | extra).status == 200


@pytest.mark.assumed
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_a_login_in_another_content_type_is_a_400(api: Start, content_type: str) -> None:
    body = b"username=you@example.com&password=YOUR_PASSWORD"
    answer = api().ask("POST", "/auth/login", body, {"Content-Type": content_type})
    assert (answer.status, answer.detail.partition(":")[0]) == (400, "content-type")


@pytest.mark.assumed
def test_parameters_of_the_content_type_do_not_matter(api: Start) -> None:
    body = b"username=you%40example.com&password=YOUR_PASSWORD"
    assert api().ask("POST", "/auth/login", body, {"Content-Type": f"{FORM.title()};charset=UTF-8"}).status == 200


@pytest.mark.assumed
def test_client_credentials_beside_the_form_do_not_matter(api: Start) -> None:
    body = b"username=you%40example.com&password=YOUR_PASSWORD"
    headers = {"Content-Type": FORM, "Authorization": "Basic aWQ6c2VjcmV0"}
    assert api().ask("POST", "/auth/login", body, headers).status == 200


@pytest.mark.assumed
def test_a_new_account_can_log_in_and_has_the_credits_that_the_scenario_gives(api: Start) -> None:
    anyone = api(Scenario(wallet=WalletSettings(signup_credits=7)))
    user = anyone.send("/auth/signup", NEW | {"full_name": "New User"})
    assert (user.status, user.json["id"], user.json["full_name"], user.json["credits"]) == (201, 18, "New User", 7)
    assert anyone.login("new@example.com", "secret").read("/auth/me").body == user.body


@pytest.mark.assumed
def test_a_new_account_starts_without_credits(api: Start) -> None:
    anyone = api()
    anyone.send("/auth/signup", NEW)
    answer = anyone.login("new@example.com", "secret").create()
    assert (answer.status, answer.detail) == (402, "Insufficient credits")


@pytest.mark.assumed
def test_an_address_signs_up_once(api: Start) -> None:
    anyone = api()
    answers = [anyone.send("/auth/signup", NEW | {"password": password}) for password in ("secret", "other")]
    assert [answer.status for answer in answers] == [201, 400]
    assert answers[1].detail == "email: an account with this address exists already"
    assert anyone.login("new@example.com", "secret").read("/auth/me").status == 200


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a\0@example.com"}, "email"),
        ({"email": 17}, "email"),
        ({"email": f"{'a' * 300}@example.com"}, "email"),
        ({"password": ""}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"password": ["secret"]}, "password"),
        ({"full_name": {}}, "full_name"),
    ],
)
def test_a_signup_with_a_wrong_field_is_a_400_that_names_it(api: Start, change: dict[str, object], field: str) -> None:
    anyone = api()
    answer = anyone.send("/auth/signup", NEW | change)
    assert (answer.status, answer.detail.partition(":")[0]) == (400, field)
    assert anyone.send("/auth/signup", NEW).json["id"] == 18


@pytest.mark.assumed
def test_forgot_password_answers_alike_with_and_without_an_account(api: Start) -> None:
    anyone = api()
    answers = [anyone.send("/auth/forgot-password", {"email": email}) for email in (EMAIL, "nobody@example.com")]
    assert answers[0].status == 200
    assert list(answers[0].json) == ["detail"]
    assert (answers[0].status, answers[0].body) == (answers[1].status, answers[1].body)


@pytest.mark.assumed
@pytest.mark.parametrize("body", [{}, {"email": None}, {"email": "nobody"}, {"email": ""}])
def test_forgot_password_wants_an_address(api: Start, body: object) -> None:
    answer = api().send("/auth/forgot-password", body)
    assert (answer.status, answer.detail.partition(":")[0]) == (400, "email")


@pytest.mark.documented
def test_an_api_key_works_wherever_a_token_does(api: Start) -> None:
    account = Declaration(email=EMAIL, password=PASSWORD, plan="Titan Studio", api_key="il_test_1")
    you = api(Scenario(accounts=(account,))).other("il_test_1")
    id_ = you.order()
    assert you.read("/auth/me").json["plan"] == "Titan Studio"
    assert you.polls(id_)[-1] == ("completed", 100)
    assert (you.result(id_).status, you.delete(id_).status) == (200, 200)


@pytest.mark.assumed
def test_several_accounts_are_numbered_from_17(api: Start) -> None:
    names = ("a", "b", "c")
    accounts = [
        Declaration(email=f"{name}@example.com", password=name, id=40 if name == "b" else None) for name in names
    ]
    anyone = api(Scenario(accounts=tuple(accounts)))
    people = [anyone.login(f"{name}@example.com", name) for name in names]
    assert [person.read("/auth/me").json["id"] for person in people] == [17, 40, 41]
