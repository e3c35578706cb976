"""A client whose base URL is fixed chooses its world by its login: `you+gw3@example.com` is an account in `gw3`."""

import pytest

from mockserver.core.account import Declaration
from mockserver.core.scenario import Scenario
from mockserver.language.file import parse
from tests.support.customer import BASE, EMAIL, PASSWORD

from .played import Start
from .steering import Steering, stroll

PLUS = "you+gw3@example.com"
TWO = Scenario(
    accounts=(
        Declaration(email=EMAIL, password=PASSWORD, plan="Titan Studio", api_key="il_test_1"),
        Declaration(email="two+exact@example.com", password="two"),
        Declaration(email="two+a@example.com", password="two"),
    )
)


@pytest.mark.assumed
def test_a_client_whose_base_url_is_fixed_lives_in_the_world_of_its_login(api: Start) -> None:
    anyone = api()
    you = anyone.login(PLUS)
    assert you.read("/auth/me").json["email"] == EMAIL
    assert "/w/gw3/media/" in stroll(you)
    assert Steering(anyone, "gw3").read("/accounts")["accounts"][0]["generations"] == 0
    assert Steering(anyone).read("/generations")["total"] == 0
    assert Steering(anyone).worlds == ["default", "gw3"]


@pytest.mark.assumed
def test_the_login_and_the_prefix_lead_to_the_same_world(api: Start) -> None:
    anyone = api()
    id_ = anyone.login(PLUS).order()
    assert Steering(anyone, "gw3").client().login().result(id_).json["id"] == id_


@pytest.mark.assumed
@pytest.mark.parametrize(
    ("username", "password", "status", "worlds"),
    [
        (EMAIL, PASSWORD, 200, ["default"]),
        ("you+default@example.com", PASSWORD, 200, ["default"]),
        ("two+exact@example.com", "two", 200, ["default"]),
        ("two+a+gw3@example.com", "two", 200, ["default", "gw3"]),
        (PLUS, "wrong", 401, ["default"]),
        (PLUS, "two", 401, ["default"]),
        ("two+exact@example.com", "wrong", 401, ["default"]),
        ("nobody+gw3@example.com", PASSWORD, 401, ["default"]),
        ("two+gw3@example.com", "two", 401, ["default"]),
        ("you+@example.com", PASSWORD, 401, ["default"]),
        (f"you+{'a' * 65}@example.com", PASSWORD, 401, ["default"]),
        ("you+a/b@example.com", PASSWORD, 401, ["default"]),
        ("you+gw3", PASSWORD, 401, ["default"]),
    ],
)
def test_only_a_declared_account_with_its_password_chooses_a_world(
    api: Start, username: str, password: str, status: int, worlds: list[str]
) -> None:
    anyone = api(TWO)
    assert anyone.fill_in("/auth/login", {"username": username, "password": password}).status == status
    assert Steering(anyone).worlds == worlds


@pytest.mark.assumed
def test_under_a_prefix_a_plus_is_part_of_the_address(api: Start) -> None:
    anyone = api()
    form = {"username": PLUS, "password": PASSWORD}
    assert Steering(anyone, "gw4").client().fill_in("/auth/login", form).status == 401
    assert Steering(anyone).worlds == ["default", "gw4"]


@pytest.mark.assumed
def test_a_signup_is_never_routed_and_its_account_then_matches_exactly(api: Start) -> None:
    anyone = api()
    assert anyone.login(PLUS).read("/auth/me").json["email"] == EMAIL
    assert anyone.send("/auth/signup", {"email": PLUS, "password": PASSWORD}).json["email"] == PLUS
    assert anyone.login(PLUS).read("/auth/me").json["email"] == PLUS
    new = {"email": "new@example.com", "password": "secret"}
    assert anyone.send("/auth/signup", new).status == 201
    form = {"username": "new+gw3@example.com", "password": "secret"}
    assert anyone.fill_in("/auth/login", form).status == 401


@pytest.mark.assumed
def test_a_client_that_logs_in_again_with_its_old_token_stays_in_its_world(api: Start) -> None:
    anyone = api()
    you = anyone.login(PLUS)
    Steering(anyone, "gw3").told("POST", f"/accounts/{EMAIL}/tokens/expire", {})
    assert you.read("/auth/me").status == 401
    again = you.login(PLUS)
    assert again.order() == 1842
    assert Steering(anyone, "gw3").read("/generations")["total"] == 1


@pytest.mark.assumed
def test_a_login_without_a_form_is_refused_in_default(api: Start) -> None:
    anyone = api()
    assert anyone.send("/auth/login", {"username": PLUS, "password": PASSWORD}).status == 400
    pairs = [("username", PLUS), ("username", EMAIL), ("password", PASSWORD)]
    assert anyone.fill_in("/auth/login", pairs).status == 400
    assert Steering(anyone).worlds == ["default"]


RULES = f"""
clock: {{mode: poll}}
faults:
  - {{on: login, when: {{account: {EMAIL}}}, calls: 2, then: {{status: 503}}}}
  - {{on: create, when: {{account: {EMAIL}}}, counted: account, calls: 2, then: {{status: 502}}}}
limits: [{{on: me, allow: 1, per: 60s, by: account}}]
"""


@pytest.mark.assumed
def test_rules_see_the_account_of_the_world_that_the_login_chose(api: Start) -> None:
    anyone = api(parse(RULES, "rules.yaml").scenario)
    form = {"username": PLUS, "password": PASSWORD}
    assert [anyone.fill_in("/auth/login", form).status for _ in range(3)] == [200, 503, 200]
    here, there = anyone.login(), anyone.login(PLUS)
    assert [here.create().status, there.create().status] == [201, 201]
    assert [there.create().status, here.create().status] == [502, 502]
    assert [client.read("/auth/me").status for client in (here, there, there, here)] == [200, 200, 429, 429]
    [login, create] = Steering(anyone, "gw3").read("/faults")["faults"]
    assert (login["seen"], login["fired"], create["seen"], create["fired"]) == (4, 1, 2, 1)


@pytest.mark.assumed
def test_an_api_key_has_no_world_of_its_own(api: Start) -> None:
    anyone = api(TWO)
    assert anyone.other("il_test_1").order() == 1842
    assert anyone.other("il_test_1", f"/w/gw3{BASE}").order() == 1842
    totals = [Steering(anyone, world).read("/generations")["total"] for world in Steering(anyone).worlds]
    assert totals == [1, 1]
