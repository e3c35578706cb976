import pytest

from mockserver.core.errors import NotFound
from mockserver.core.scenario import Scenario
from mockserver.worlds import DEFAULT, Worlds


def test_the_world_of_a_path_without_prefix_is_there_from_the_beginning() -> None:
    scenario = Scenario(seed=7)
    world = Worlds(scenario).find(DEFAULT)
    assert (world.name, world.scenario) == ("default", scenario)


def test_a_world_is_the_same_one_each_time() -> None:
    worlds = Worlds(Scenario())
    assert worlds.find(DEFAULT) is worlds.find(DEFAULT)


def test_servers_share_no_world() -> None:
    assert Worlds(Scenario()).find(DEFAULT) is not Worlds(Scenario()).find(DEFAULT)


def test_a_world_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="There is no world gw3"):
        Worlds(Scenario()).find("gw3")
