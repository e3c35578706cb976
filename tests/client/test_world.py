from pathlib import Path

import pytest

from mockserver.client import ControlError, Invalid, MockServer, Refused, Unreachable, World

from .customer import Customer

BROKEN = "acounts: []\nfaults:\n  - {on: crate}\n"


def test_a_world_says_where_it_is(server: MockServer) -> None:
    world, other = server.world(), server.world("gw3")
    assert (world.url, world.base_url) == (server.url, f"{server.url}/api/v1")
    assert (other.url, other.base_url) == (f"{server.url}/w/gw3", f"{server.url}/w/gw3/api/v1")
    assert (world.name, repr(other)) == ("default", f"<World gw3 at {server.url}/w/gw3>")


def test_worlds_are_independent(server: MockServer) -> None:
    one, other = server.world("one"), server.world("other")
    with Customer(one.base_url, one.token()) as client:
        client.order()
    assert (len(one.generations), len(other.generations)) == (1, 0)


def test_a_reset_starts_over_with_the_scenario_in_force(world: World) -> None:
    world.load("seed: 7\naccounts: [{email: a@b.example, password: p}]")
    world.accounts["a@b.example"].grant(1)
    assert (world.reset().seed, world.accounts["a@b.example"].credits) == (7, 100)
    assert world.reset(seed=8).seed == 8
    assert world.reset().seed == 8


@pytest.mark.parametrize("load", [World.load, World.reset])
def test_a_scenario_is_loaded_by_name_as_yaml_or_from_a_file(world: World, tmp_path: Path, load: object) -> None:
    assert callable(load)
    file = tmp_path / "mine.yaml"
    file.write_text("description: Größer", encoding="utf-8")
    assert load(world, "rough-poll").name == "rough-poll"
    assert load(world, "description: Mine", 5).seed == 5
    scenario = load(world, file)
    assert (scenario.world, scenario.description, scenario.text) == ("default", "Größer", "description: Größer")
    assert (scenario.warnings, scenario.problem) == ((), None)
    assert world.scenario == scenario


def test_what_is_likely_not_meant_is_told_with_its_place(world: World) -> None:
    [warning] = world.load("clock: {mode: poll, step: 10s}\ngenerations: [{then: [{pending: 1s}, completed]}]").warnings
    assert (warning.line, warning.place.startswith("scenario.yaml:2")) == (2, True)


def test_everything_that_is_wrong_with_a_scenario_is_told_and_nothing_changes(world: World) -> None:
    before = world.scenario
    with pytest.raises(Invalid) as error:
        world.load(BROKEN)
    places = [(problem.place, problem.line, problem.column) for problem in error.value.problems]
    assert places[0] == ("scenario.yaml:1:1", 1, 1)
    assert len(places) >= 2
    assert error.value.status == 400
    assert str(error.value) == error.value.detail
    assert 'did you mean "accounts"' in str(error.value)
    assert world.scenario == before


def test_a_wrong_file_is_named(world: World, tmp_path: Path) -> None:
    (tmp_path / "rough.yaml").write_text(BROKEN)
    with pytest.raises(Invalid) as error:
        world.load(tmp_path / "rough.yaml")
    assert error.value.problems[0].place == "rough.yaml:1:1"


def test_a_scenario_that_is_not_in_the_gallery_is_told(world: World) -> None:
    with pytest.raises(Invalid, match='there is no scenario "rough-pol" in the gallery; did you mean "rough-poll"'):
        world.load("rough-pol")


def test_a_token_is_good_in_its_world(server: MockServer) -> None:
    world = server.world("gw3")
    world.load("accounts: [{email: a+b@example.com, password: 'ä&=%'}]")
    with Customer(world.base_url, world.token("a+b@example.com", "ä&=%")) as client:
        assert client.ask("GET", "/auth/me")[1]["email"] == "a+b@example.com"


def test_a_login_that_is_refused_says_why(world: World) -> None:
    with pytest.raises(Refused, match=r"^Incorrect email or password$"):
        world.token(password="wrong")


@pytest.mark.parametrize(
    ("then", "kind", "sentence"),
    [
        ({"status": 502, "text": "nginx-502"}, ControlError, "^the login was answered 502$"),
        ({"remove": ["access_token"]}, ControlError, "answered without a token; did a fault of the scenario change it"),
        ({"drop": "reset"}, Unreachable, "lost before POST /api/v1/auth/login was answered"),
    ],
)
def test_a_login_that_a_fault_answers_is_an_error(
    world: World, then: dict[str, object], kind: type[ControlError], sentence: str
) -> None:
    world.faults.add(on="login", then=then)
    with pytest.raises(kind, match=sentence):
        world.token()


def test_a_world_is_discarded_and_begins_anew_when_it_is_asked_for(server: MockServer) -> None:
    world = server.world("gw3")
    world.load("seed: 7")
    world.token()
    assert (world.discard().exchanges, "gw3" in server.worlds) == (1, False)
    assert world.scenario.seed == 1842


def test_the_default_world_cannot_be_discarded(world: World) -> None:
    with pytest.raises(Invalid, match="reset it instead"):
        world.discard()
