"""Which world a request is for: its prefix, the claim of its token, or the plus of its login."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from starlette.types import Scope

from mockserver.core.account import Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.errors import Unavailable
from mockserver.core.scenario import Scenario
from mockserver.http.api.addressing import Arrival, address
from mockserver.http.app import BASE, ENDPOINTS
from mockserver.http.guard import Guard
from mockserver.http.request import FORM, Request
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.world.bounds import Bounds
from mockserver.world.worlds import Worlds
from tests.support.routes import Table, world_of

TABLE = Table(ENDPOINTS)
STILL = ClockSettings(mode=Mode.MANUAL)
SCENARIO = Scenario(
    clock=STILL,
    accounts=(
        Declaration(email="you@example.com", password="secret", plan="Titan Studio", api_key="il_test_1"),
        Declaration(email="you+exact@example.com", password="exact"),
        Declaration(email="you+a@example.com", password="plus"),
        Declaration(email="two@example.com", password="two"),
    ),
)
LOGIN = f"POST {BASE}/auth/login"


def worlds_of(scenario: Scenario = SCENARIO, most: int = 256) -> Worlds:
    return Worlds(FixedSource(LoadedScenario(scenario)), Bounds(worlds=most))


def token(name: str, seed: int = SCENARIO.seed) -> str:
    """The answer of the world of this name to a login."""
    return worlds_of(Scenario(seed=seed, clock=STILL)).find(name).accounts.log_in("you@example.com", "YOUR_PASSWORD")


def arrival(worlds: Worlds, line: str, bearer: str | None = None, form: Mapping[str, str] | None = None) -> Arrival:
    """A request as it came; `line` is its method and path."""
    method, _, path = line.partition(" ")
    headers = [(b"content-type", FORM.encode())]
    if bearer is not None:
        headers.append((b"authorization", b"Bearer " + bearer.encode()))
    scope: Scope = {"method": method, "path": path, "headers": headers, "query_string": b"", "scheme": "http"}
    request = Request(scope)
    request.body = urlencode(form or {}).encode()
    methods, _ = TABLE.find(path)
    return Arrival(request, world_of(path), methods.get(method), worlds.present, Guard())


class Led(NamedTuple):
    """Where a request led: the world, the account that it logs in to, and the worlds beside `default` afterwards."""

    world: str
    email: str | None = None
    made: tuple[str, ...] = ()


def led(worlds: Worlds, arrived: Arrival) -> Led:
    where = address(worlds, arrived)
    assert where.world is worlds.find(where.world.name)
    return Led(where.world.name, where.email, tuple(name for name in worlds.present if name != "default"))


@pytest.mark.parametrize(
    ("line", "world"),
    [
        (f"GET {BASE}/auth/me", "default"),
        (f"GET /w/default{BASE}/auth/me", "default"),
        (f"GET /w/gw3{BASE}/auth/me", "gw3"),
        (f"DELETE /w/gw3{BASE}/auth/me", "gw3"),
        ("GET /w/gw3/nowhere", "gw3"),
        ("GET /w/gw3/media/1842/0.png", "gw3"),
        ("GET /media/1842/0.png", "default"),
        ("GET /nowhere", "default"),
    ],
)
def test_a_prefix_chooses_and_without_one_it_is_default(line: str, world: str) -> None:
    worlds = worlds_of()
    assert led(worlds, arrival(worlds, line)) == Led(world, made=() if world == "default" else (world,))


@pytest.mark.parametrize("line", [f"GET {BASE}/auth/me", f"PUT {BASE}/auth/me", f"POST {BASE}/generations", "GET /x"])
def test_a_token_leads_back_to_its_world_whatever_is_asked_for(line: str) -> None:
    worlds = worlds_of()
    assert led(worlds, arrival(worlds, line, token("gw3"))) == Led("gw3", made=("gw3",))


@pytest.mark.parametrize(
    "bearer",
    [
        pytest.param(token("default"), id="of default"),
        pytest.param(token("gw3", seed=1), id="of another seed"),
        pytest.param(token("gw3")[:-3] + "AAA", id="forged signature"),
        pytest.param(".".join((*token("gw3").split(".")[:2], token("gw4").split(".")[2])), id="forged claim"),
        pytest.param("il_test_1", id="an API key"),
        pytest.param("", id="empty"),
        pytest.param("a.b.c", id="nonsense"),
    ],
)
def test_a_bearer_that_no_other_world_signed_leads_nowhere_else_and_makes_nothing(bearer: str) -> None:
    worlds = worlds_of()
    assert led(worlds, arrival(worlds, f"GET {BASE}/auth/me", bearer)) == Led("default")


def test_a_prefix_counts_for_more_than_a_token() -> None:
    worlds = worlds_of()
    assert led(worlds, arrival(worlds, f"GET /w/gw4{BASE}/auth/me", token("gw3"))) == Led("gw4", made=("gw4",))


@pytest.mark.parametrize(
    ("username", "password", "expected"),
    [
        pytest.param("you+gw3@example.com", "secret", Led("gw3", "you@example.com", ("gw3",)), id="a plus"),
        pytest.param("two+gw3@example.com", "two", Led("gw3", "two@example.com", ("gw3",)), id="any account"),
        pytest.param("you+a+gw3@example.com", "plus", Led("gw3", "you+a@example.com", ("gw3",)), id="the last plus"),
        pytest.param("you+A.b_c-9@example.com", "secret", Led("A.b_c-9", "you@example.com", ("A.b_c-9",)), id="name"),
        pytest.param("you+default@example.com", "secret", Led("default", "you@example.com"), id="default by name"),
        pytest.param(f"you+{'a' * 64}@example.com", "secret", Led("a" * 64, "you@example.com", ("a" * 64,)), id="64"),
        pytest.param("you@example.com", "secret", Led("default"), id="no plus"),
        pytest.param("you+exact@example.com", "exact", Led("default"), id="an exact account"),
        pytest.param("you+exact@example.com", "secret", Led("default"), id="an exact account, another's password"),
        pytest.param("you+gw3@example.com", "wrong", Led("default"), id="wrong password"),
        pytest.param("you+gw3@example.com", "two", Led("default"), id="the password of another account"),
        pytest.param("you+gw3@example.com", "", Led("default"), id="no password"),
        pytest.param("nobody+gw3@example.com", "secret", Led("default"), id="nobody"),
        pytest.param("you+gw3@example.org", "secret", Led("default"), id="another domain"),
        pytest.param("you+a+b+gw3@example.com", "plus", Led("default"), id="a plus too many"),
        pytest.param("you+@example.com", "secret", Led("default"), id="an empty name"),
        pytest.param(f"you+{'a' * 65}@example.com", "secret", Led("default"), id="65"),
        pytest.param("you+a b@example.com", "secret", Led("default"), id="no name"),
        pytest.param("you+é@example.com", "secret", Led("default"), id="no ASCII"),
        pytest.param("you+gw3", "secret", Led("default"), id="no address"),
        pytest.param("+gw3@example.com", "secret", Led("default"), id="nothing before the plus"),
        pytest.param("", "secret", Led("default"), id="no username"),
    ],
)
def test_the_plus_of_a_login_chooses_where_the_account_is_declared_with_that_password(
    username: str, password: str, expected: Led
) -> None:
    worlds = worlds_of()
    assert led(worlds, arrival(worlds, LOGIN, form={"username": username, "password": password})) == expected


PLUS = {"username": "you+gw3@example.com", "password": "secret"}


@pytest.mark.parametrize("form", [{}, {"username": PLUS["username"]}, {"password": "secret"}])
def test_a_login_that_lacks_a_field_makes_no_world(form: dict[str, str]) -> None:
    worlds = worlds_of()
    assert led(worlds, arrival(worlds, LOGIN, form=form)) == Led("default")


@pytest.mark.parametrize("line", [f"POST {BASE}/auth/signup", f"PUT {BASE}/auth/login", f"POST {BASE}/auth/login/"])
def test_only_a_login_is_routed_by_its_plus(line: str) -> None:
    worlds = worlds_of()
    assert led(worlds, arrival(worlds, line, form=PLUS | {"email": PLUS["username"]})) == Led("default")


def test_under_a_prefix_a_plus_means_nothing() -> None:
    worlds = worlds_of()
    assert led(worlds, arrival(worlds, f"POST /w/gw4{BASE}/auth/login", form=PLUS)) == Led("gw4", made=("gw4",))
    assert led(worlds, arrival(worlds, f"POST /w/default{BASE}/auth/login", form=PLUS)).email is None


@pytest.mark.parametrize("bearer", [token("gw3"), token("gw4"), token("default"), "nonsense"])
def test_a_login_that_carries_an_old_token_still_chooses_by_the_plus(bearer: str) -> None:
    worlds = worlds_of()
    assert led(worlds, arrival(worlds, LOGIN, bearer, PLUS)) == Led("gw3", "you@example.com", ("gw3",))


def test_an_account_that_signed_up_is_exact_too_and_none_that_a_plus_leads_to() -> None:
    worlds = worlds_of()
    new = Declaration(email="new@example.com", password="secret")
    worlds.find("default").accounts.sign_up(new, 1)
    worlds.find("gw3").accounts.sign_up(new, 1)
    plus = {"username": "new+gw3@example.com", "password": "secret"}
    assert led(worlds, arrival(worlds, LOGIN, form=plus)).world == "default"
    worlds.find("default").accounts.sign_up(Declaration(email=PLUS["username"], password="own"), 2)
    assert led(worlds, arrival(worlds, LOGIN, form=PLUS)).world == "default"


def test_the_accounts_of_a_world_that_plays_its_own_script_are_those_that_count() -> None:
    worlds = worlds_of()
    worlds.reset("gw3", LoadedScenario(Scenario(accounts=(Declaration(email="own@example.com", password="own"),))))
    own = {"username": "own+gw3@example.com", "password": "own"}
    assert led(worlds, arrival(worlds, LOGIN, form=own)).email == "own@example.com"
    assert led(worlds, arrival(worlds, LOGIN, form=PLUS)).world == "default"


@pytest.mark.parametrize(
    ("line", "bearer", "form"),
    [(f"GET /w/gw3{BASE}/auth/me", None, {}), (f"GET {BASE}/auth/me", token("gw3"), {}), (LOGIN, None, PLUS)],
)
def test_each_way_to_one_world_too_many_is_refused(line: str, bearer: str | None, form: dict[str, str]) -> None:
    worlds = worlds_of(most=1)
    with pytest.raises(Unavailable):
        address(worlds, arrival(worlds, line, bearer, form))
    assert list(worlds.present) == ["default"]


@pytest.mark.parametrize(
    ("line", "bearer", "form"),
    [
        (f"GET {BASE}/auth/me", None, {}),
        (f"GET /w/gw3{BASE}/auth/me", None, {}),
        (f"GET {BASE}/auth/me", token("gw3"), {}),
        (LOGIN, None, PLUS),
    ],
)
def test_a_request_is_for_the_world_that_was_there_when_its_head_came(
    line: str, bearer: str | None, form: dict[str, str]
) -> None:
    worlds = worlds_of()
    worlds.find("gw3")
    arrived = arrival(worlds, line, bearer, form)
    worlds.reset("default", seed=1)
    worlds.reset("gw3", seed=1)
    assert address(worlds, arrived).world in arrived.present.values()
