from pathlib import Path
from typing import Any

import pytest

from mockserver.client import ControlError, Invalid, MockServer, Refused, Unavailable, Unreachable, World
from mockserver.client.given import NAME
from mockserver.http.app import application
from mockserver.http.endpoints import WORLD
from mockserver.serve.server import ServerThread
from mockserver.world.bounds import Bounds
from tests.support.client import Client
from tests.support.names import each_name

from .conftest import worlds

BROKEN = "acounts: []\nfaults:\n  - {on: crate}\n"


def test_a_world_knows_its_addresses(server: MockServer) -> None:
    world, other = server.world(), server.world("gw3")
    assert (world.url, world.base_url) == (server.url, f"{server.url}/api/v1")
    assert (other.url, other.base_url) == (f"{server.url}/w/gw3", f"{server.url}/w/gw3/api/v1")
    assert (world.name, repr(other)) == ("default", f"<World gw3 at {server.url}/w/gw3>")


@each_name
def test_the_client_and_the_server_agree_on_the_names_that_a_world_can_have(name: str) -> None:
    assert bool(NAME.fullmatch(name)) is bool(WORLD.fullmatch(name))


def test_worlds_are_independent(server: MockServer) -> None:
    one, other = server.world("one"), server.world("other")
    with Client.at(one.base_url, one.token()) as client:
        client.order()
    assert (len(one.generations), len(other.generations)) == (1, 0)


def test_a_reset_starts_over_with_the_scenario_in_force(world: World) -> None:
    world.load("seed: 7\naccounts: [{email: a@b.example, password: p}]")
    world.accounts["a@b.example"].grant(1)
    assert (world.reset().seed, world.accounts["a@b.example"].credits) == (7, 100)
    assert world.reset(seed=8).seed == 8
    assert world.reset().seed == 8


@pytest.mark.parametrize(
    "text", ["rough.yaml", "./mine", "../mine.yml", "/etc/mine", "~/mine.yaml", "folder/mine.yaml"]
)
def test_the_name_of_a_file_is_not_taken_for_a_scenario(world: World, text: str) -> None:
    with pytest.raises(Invalid) as error:
        world.load(text)
    said = f"expected a name of the gallery, YAML, or a file as a pathlib.Path, found {text!r}; give Path({text!r})"
    assert str(error.value) == said


@pytest.mark.parametrize("scenario", [{"seed": 7}, 7, b"seed: 7"])
def test_a_scenario_of_another_kind_is_refused(world: World, scenario: Any) -> None:
    with pytest.raises(Invalid, match=r"^expected a name of the gallery, YAML, or a file as a pathlib\.Path, found "):
        world.load(scenario)


def test_yaml_text_may_end_like_the_name_of_a_file(world: World) -> None:
    assert world.load("description: mine.yaml\n").description == "mine.yaml"


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


def test_warnings_of_a_scenario_have_their_place(world: World) -> None:
    [warning] = world.load("clock: {mode: poll, step: 10s}\ngenerations: [{then: [{pending: 1s}, completed]}]").warnings
    assert (warning.line, warning.place.startswith("scenario.yaml:2")) == (2, True)


def test_all_mistakes_in_a_scenario_are_listed_and_nothing_changes(world: World) -> None:
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


def test_an_unknown_name_of_a_scenario_is_an_error(world: World) -> None:
    with pytest.raises(Invalid, match='there is no scenario "rough-pol" in the gallery; did you mean "rough-poll"'):
        world.load("rough-pol")


def test_a_token_is_good_in_its_world(server: MockServer) -> None:
    world = server.world("gw3")
    world.load("accounts: [{email: a+b@example.com, password: 'ä&=%'}]")
    with Client.at(world.base_url, world.token("a+b@example.com", "ä&=%")) as client:
        assert client.read("/auth/me").json["email"] == "a+b@example.com"


def test_a_login_that_is_refused_says_why(server: MockServer) -> None:
    with pytest.raises(Refused) as error:
        server.world("q").token("me@example.com", "wrong")
    said = "login as me@example.com in world q was answered 401: Incorrect email or password"
    why = 'there is no account "me@example.com" in the world q; there is you@example.com'
    assert str(error.value) == f"{said} ({why})"


LOGIN = "login as you@example.com in world default was answered"


@pytest.mark.parametrize(
    ("then", "kind", "status", "sentence"),
    [
        ({"status": 503}, ControlError, 503, f"{LOGIN} 503 by control:down: Service Unavailable"),
        ({"status": 401}, Refused, 401, f"{LOGIN} 401 by control:down: Unauthorized"),
        ({"status": 404}, ControlError, 404, f"{LOGIN} 404 by control:down: Not Found"),
        (
            {"status": 502, "text": "nginx-502"},
            ControlError,
            502,
            f"{LOGIN} 502 by control:down: text/html, and no word",
        ),
        ({"status": 422, "body": {"detail": [1]}}, ControlError, 422, f'{LOGIN} 422 by control:down: {{"detail":[1]}}'),
        ({"remove": ["access_token"]}, ControlError, 200, f"{LOGIN} 200 by control:down: no access_token"),
        ({"patch": {"access_token": 1}}, ControlError, 200, f"{LOGIN} 200 by control:down: no access_token"),
        ({"status": 503, "text": ""}, ControlError, 503, f"{LOGIN} 503 by control:down: text/plain, and no word"),
    ],
)
def test_a_login_that_a_fault_answers_names_it(
    world: World, then: dict[str, object], kind: type[ControlError], status: int, sentence: str
) -> None:
    world.faults.add(on="login", then=then, name="down")
    with pytest.raises(ControlError) as error:
        world.token()
    assert (type(error.value), error.value.status, str(error.value)) == (kind, status, sentence)


def test_a_login_that_a_fault_drops_is_an_error(world: World) -> None:
    world.faults.add(on="login", then={"drop": "reset"})
    with pytest.raises(Unreachable, match="lost before POST /api/v1/auth/login was answered"):
        world.token()


def test_the_error_of_a_login_says_that_no_world_is_left() -> None:
    sentence = r"^login as you@example\.com in world gw3 was answered 503: .*--max-worlds"
    with ServerThread(application(worlds(Bounds(worlds=1)))) as running, MockServer(running.url) as server:
        world = server.world("gw3")
        with pytest.raises(Unavailable, match=sentence):
            world.token()


def test_a_discarded_world_begins_anew_at_its_next_request(server: MockServer) -> None:
    world = server.world("gw3")
    world.load("seed: 7")
    world.token()
    assert (world.discard().exchanges, "gw3" in server.worlds) == (1, False)
    assert world.scenario.seed == 1842


def test_the_default_world_cannot_be_discarded(world: World) -> None:
    with pytest.raises(Invalid, match="reset it instead"):
        world.discard()


def test_blocks_that_keep_a_world_can_be_nested(server: MockServer, world: World) -> None:
    you = world.accounts["you@example.com"]
    with world.kept():
        you.grant(1)
        with world.kept():
            you.grant(10)
            assert you.credits == 111
        assert you.credits == 101
    assert you.credits == 100
    assert [each.name for each in server.worlds] == ["default"]


def test_a_world_that_was_kept_is_as_before_after_an_error_too(server: MockServer, world: World) -> None:
    def broken() -> None:
        with world.kept():
            world.accounts["you@example.com"].grant(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert world.accounts["you@example.com"].credits == 100
    assert len(list(server.worlds)) == 1
