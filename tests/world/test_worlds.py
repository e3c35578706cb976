"""All worlds of one server: made on first use, bounded, started over, discarded, and never mixed up."""

from collections.abc import Callable

import pytest
from msgspec import structs
from starlette.testclient import TestClient

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.errors import Invalid, NotFound, Unavailable
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.world.bounds import Bounds
from mockserver.world.clock import RealTime
from mockserver.world.worlds import DEFAULT, Worlds

STILL = ClockSettings(mode=Mode.MANUAL)
SCENARIO = Scenario(seed=7, clock=STILL)


def worlds_of(scenario: Scenario = SCENARIO, most: int = 256) -> Worlds:
    return Worlds(FixedSource(LoadedScenario(scenario, "played")), Bounds(worlds=most))


def other(seed: int = 40) -> LoadedScenario:
    return LoadedScenario(Scenario(seed=seed, clock=STILL), "other")


def played(worlds: Worlds) -> dict[str, int]:
    """The seed of each world, by its name."""
    return {name: world.scenario.seed for name, world in worlds.present.items()}


def test_the_world_of_a_path_without_prefix_exists_from_the_beginning() -> None:
    worlds = worlds_of()
    assert played(worlds) == {"default": 7}
    assert worlds.find(DEFAULT).name == "default"


def test_a_world_is_made_at_its_first_use_and_then_stays() -> None:
    worlds = worlds_of()
    made = worlds.find("gw3")
    assert worlds.find("gw3") is made is not worlds.find(DEFAULT)
    assert (made.name, made.loaded) == ("gw3", worlds.find(DEFAULT).loaded)
    assert list(worlds.present) == ["default", "gw3"]


def test_servers_share_no_world() -> None:
    assert worlds_of().find(DEFAULT) is not worlds_of().find(DEFAULT)


def test_worlds_share_no_fact() -> None:
    worlds = worlds_of()
    one, another = worlds.find("gw0"), worlds.find("gw1")
    one.clock.reach(one.began + 5)
    one.journal.number()
    assert (another.clock.now(), another.journal.total) == (another.began, 0)
    assert one.accounts.log_in("you@example.com", "YOUR_PASSWORD") != another.accounts.log_in(
        "you@example.com", "YOUR_PASSWORD"
    )


def test_the_mapping_of_present_worlds_is_replaced_and_never_changed() -> None:
    worlds = worlds_of()
    acts: list[Callable[[], object]] = [
        lambda: worlds.find("gw0"),
        lambda: worlds.reset("gw0"),
        lambda: worlds.discard("gw0"),
        lambda: worlds.reset(DEFAULT),
    ]
    for act in acts:
        before = worlds.present
        kept = dict(before)
        act()
        assert worlds.present is not before
        assert before == kept


# Requests that began before a change


def test_a_request_ends_in_the_world_in_which_it_began() -> None:
    worlds = worlds_of()
    began = {name: worlds.find(name) for name in (DEFAULT, "gw0", "gw1")}
    present = worlds.present
    worlds.reset(DEFAULT)
    worlds.reset("gw0", other())
    worlds.discard("gw1")
    assert {name: worlds.find(name, present) for name in began} == began
    assert worlds.scenario("gw0", present).seed == 7
    assert list(worlds.present) == ["default", "gw0"]


def test_a_request_that_began_before_its_world_was_made_finds_the_new_world() -> None:
    worlds = worlds_of()
    present = worlds.present
    made = worlds.reset("gw0", other())
    assert worlds.find("gw0", present) is made
    assert worlds.scenario("gw0", present).seed == 40
    assert worlds.signed("gw0", made.accounts.log_in("you@example.com", "YOUR_PASSWORD"), present)


# The bound on worlds


def test_the_next_world_is_refused_and_no_world_is_removed_for_it() -> None:
    worlds = worlds_of(most=3)
    kept = [worlds.find(name) for name in (DEFAULT, "gw0", "gw1")]
    for refused in (worlds.find, worlds.reset):
        with pytest.raises(Unavailable) as error:
            refused("gw2")
        assert error.value.hint == (
            "there are 3 worlds already; discard one (DELETE /__mock/worlds/NAME), or start the server with a higher"
            " --max-worlds"
        )
    assert [worlds.find(world.name) for world in kept] == kept


def test_a_full_server_starts_worlds_over_and_a_discarded_world_frees_its_place() -> None:
    worlds = worlds_of(most=2)
    old = worlds.find("gw0")
    assert worlds.reset("gw0") is not old
    worlds.discard("gw0")
    assert worlds.find("gw1").name == "gw1"


def test_a_refused_world_leaves_no_scenario_behind() -> None:
    worlds = worlds_of(most=2)
    worlds.find("gw0")
    with pytest.raises(Unavailable):
        worlds.reset("gw1", other())
    worlds.discard("gw0")
    assert worlds.find("gw1").scenario.seed == 7


def test_every_world_has_the_bounds_of_its_server() -> None:
    worlds = Worlds(FixedSource(LoadedScenario(SCENARIO)), Bounds(journal_entries=2))
    client = TestClient(application(worlds))
    for prefix in ("", "/w/gw0") * 3:
        client.get(f"{prefix}/api/v1/auth/me")
    assert [(len(world.journal), world.journal.total) for world in worlds.present.values()] == [(2, 3), (2, 3)]


# Starting over and discarding


def test_a_world_that_starts_over_is_a_new_one() -> None:
    worlds = worlds_of()
    old = worlds.find("gw0")
    old.clock.reach(old.began + 5)
    new = worlds.reset("gw0")
    assert worlds.find("gw0") is new is not old
    assert (new.clock.now(), new.name, list(worlds.present)) == (new.began, "gw0", ["default", "gw0"])


def test_a_reset_of_an_unknown_world_makes_it() -> None:
    worlds = worlds_of()
    assert worlds.reset("gw0", other()) is worlds.find("gw0")


Reset = tuple[LoadedScenario | None, int | None]
AGAIN: Reset = (None, None)


@pytest.mark.parametrize(
    ("resets", "seed"),
    [
        ([], 7),
        ([AGAIN], 7),
        ([(other(), None)], 40),
        ([(other(), None), AGAIN], 40),
        ([(other(), None), (other(41), None)], 41),
        ([(None, 5)], 5),
        ([(None, 5), AGAIN, AGAIN], 5),
        ([(None, 5), (None, 0)], 0),
        ([(None, 5), (other(), None)], 40),
        ([(other(), 5), AGAIN], 5),
        ([(other(), 5), (None, 6), AGAIN], 6),
        ([(other(), 5), (other(), None)], 40),
    ],
)
def test_script_and_seed_stay_until_others_are_given(resets: list[Reset], seed: int) -> None:
    worlds = worlds_of()
    for script, chosen in resets:
        worlds.reset("gw0", script, chosen)
    assert worlds.find("gw0").scenario.seed == seed
    assert played(worlds) == {"default": 7, "gw0": seed}


def test_the_options_of_the_server_apply_to_every_script() -> None:
    def manual(scenario: Scenario) -> Scenario:
        return structs.replace(scenario, clock=STILL)

    worlds = Worlds(FixedSource(LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.POLL)))), applied=manual)
    worlds.reset("gw0", other())
    assert [worlds.find(name).clock.mode for name in (DEFAULT, "gw0", "gw1")] == [Mode.MANUAL] * 3
    assert worlds.scenario("gw2", worlds.present).clock.mode is Mode.MANUAL


def test_every_world_reads_the_real_time_of_its_server() -> None:
    real = RealTime(elapsed=lambda: 0, today=lambda: 5)
    worlds = Worlds(FixedSource(LoadedScenario(Scenario(clock=ClockSettings(mode=Mode.REAL)))), real=real)
    assert (worlds.find(DEFAULT).began, worlds.find("gw0").began) == (5, 5)


def test_a_discarded_world_is_made_again_as_if_it_were_new() -> None:
    worlds = worlds_of()
    old = worlds.reset("gw0", other(), 5)
    assert worlds.discard("gw0") is old
    assert list(worlds.present) == ["default"]
    new = worlds.find("gw0")
    assert new is not old
    assert (new.scenario.seed, new.loaded.name) == (7, "played")
    worlds.reset("gw0", other(), 5)
    worlds.discard("gw0")
    assert worlds.reset("gw0").scenario.seed == 7


def test_an_unknown_world_cannot_be_discarded() -> None:
    with pytest.raises(NotFound, match=r"^there is no world gw3$"):
        worlds_of().discard("gw3")


def test_the_world_of_a_path_without_prefix_cannot_be_discarded() -> None:
    worlds = worlds_of()
    with pytest.raises(Invalid, match="the world default is always there; reset it instead"):
        worlds.discard(DEFAULT)
    assert list(worlds.present) == ["default"]


# Tokens and their worlds


def issued(name: str, seed: int = 7) -> str:
    worlds = worlds_of(Scenario(seed=seed, clock=STILL))
    return worlds.find(name).accounts.log_in("you@example.com", "YOUR_PASSWORD")


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize(
    ("name", "token", "signed"),
    [
        ("gw0", issued("gw0"), True),
        ("gw0", issued("gw1"), False),
        ("gw1", issued("gw0"), False),
        ("gw0", issued(DEFAULT), False),
        ("gw0", issued("gw0", seed=8), False),
        ("gw0", issued("gw0")[:-2], False),
        ("gw0", "", False),
        ("gw0", "nonsense", False),
    ],
)
def test_a_world_knows_its_token_before_it_is_made(name: str, token: str, signed: bool, there: bool) -> None:
    worlds = worlds_of()
    if there:
        worlds.find(name)
    before = worlds.present
    assert worlds.signed(name, token, before) is signed
    assert worlds.present is before


def test_a_world_with_another_seed_signs_other_tokens() -> None:
    worlds = worlds_of()
    worlds.reset("gw0", seed=8)
    assert not worlds.signed("gw0", issued("gw0"), worlds.present)
    assert worlds.signed("gw0", issued("gw0", seed=8), worlds.present)
