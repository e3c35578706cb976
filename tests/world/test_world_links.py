from urllib.parse import parse_qs

import pytest
from msgspec import structs

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.errors import Forbidden
from mockserver.core.instant import SECOND
from mockserver.core.scenario import REFERENCE_START, MediaSettings, Scenario
from mockserver.language.loaded import LoadedScenario
from mockserver.world.world import World

SCENARIO = Scenario(clock=ClockSettings(mode=Mode.MANUAL))
TTL = MediaSettings(ttl=10 * SECOND)
PATH = "/media/1842/0.png"


def world_of(name: str = "default", **sections: object) -> World:
    return World(LoadedScenario(structs.replace(SCENARIO, **sections)), name)


def followed(world: World, link: str) -> None:
    """Follow a link as a client does; raise Forbidden if it is not valid."""
    path, _, query = link.partition("?")
    parameters = parse_qs(query)
    world.links.require(path, parameters.get("expires", [None])[0], parameters["signature"][0])


def test_a_link_without_expiry_is_always_good() -> None:
    world = world_of()
    link = world.links.sign(PATH)
    world.clock.reach(REFERENCE_START + 10**15)
    followed(world, link)


@pytest.mark.parametrize(("media", "parameters"), [(MediaSettings(), ["signature"]), (TTL, ["expires", "signature"])])
def test_a_link_carries_an_expiry_only_where_the_scenario_sets_one(media: MediaSettings, parameters: list[str]) -> None:
    link = world_of(media=media).links.sign(PATH)
    assert link.startswith(PATH)
    assert list(parse_qs(link.partition("?")[2])) == parameters


@pytest.mark.assumed
def test_a_link_is_good_until_just_before_it_expires() -> None:
    world = world_of(media=TTL)
    link = world.links.sign(PATH)
    world.clock.reach(REFERENCE_START + 10 * SECOND - 1)
    followed(world, link)
    world.clock.reach(REFERENCE_START + 10 * SECOND)
    with pytest.raises(Forbidden, match="Link expired"):
        followed(world, link)


def test_a_link_lasts_at_least_its_time() -> None:
    world = world_of(media=TTL)
    world.clock.reach(REFERENCE_START + 1)
    link = world.links.sign(PATH)
    world.clock.reach(REFERENCE_START + 11 * SECOND - 1)
    followed(world, link)


@pytest.mark.parametrize("media", [MediaSettings(), TTL])
@pytest.mark.parametrize(
    ("old", "new"), [("1842", "1843"), ("0.png", "1.png"), ("signature=", "signature=A"), ("?", "?expires=9999999999&")]
)
def test_a_changed_link_is_refused(media: MediaSettings, old: str, new: str) -> None:
    world = world_of(media=media)
    with pytest.raises(Forbidden, match="Invalid signature"):
        followed(world, world.links.sign(PATH).replace(old, new))


def test_a_link_does_not_last_longer_without_its_expiry() -> None:
    world = world_of(media=TTL)
    path, _, query = world.links.sign(PATH).partition("?")
    with pytest.raises(Forbidden, match="Invalid signature"):
        followed(world, f"{path}?{query.partition('&')[2]}")


@pytest.mark.parametrize("garbage", ["", "ÿ", "x" * 10_000])
@pytest.mark.parametrize("expires", [None, "", "soon", "9" * 5000, "-1"])
def test_a_garbage_signature_is_refused(garbage: str, expires: str | None) -> None:
    with pytest.raises(Forbidden, match="Invalid signature"):
        world_of().links.require(PATH, expires, garbage)


def test_a_link_is_valid_only_in_the_same_world_started_again() -> None:
    link = world_of().links.sign(PATH)
    followed(world_of(), link)
    for other in (world_of("gw3"), world_of(seed=7)):
        with pytest.raises(Forbidden, match="Invalid signature"):
            followed(other, link)


@pytest.mark.parametrize("expires", ["x", "", "1_0", "-1", "٣", "9" * 5000])
def test_a_signed_link_with_an_expiry_in_another_form_is_refused(expires: str) -> None:
    world = world_of(media=TTL)
    # A path may end as the query does, so the world itself signs a path that it never sends.
    forged = world_of().links.sign(f"{PATH}?{expires}")
    signature = parse_qs(forged.rpartition("?")[2])["signature"][0]
    with pytest.raises(Forbidden, match="Invalid signature"):
        world.links.require(PATH, expires, signature)
