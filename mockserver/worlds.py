"""All worlds of one server, by name."""

from mockserver.clock import RealTime
from mockserver.core.errors import NotFound
from mockserver.core.scenario import Scenario
from mockserver.world import World

DEFAULT = "default"
"""The world of a path without prefix."""


class Worlds:
    """The worlds of one server; each is made from the same scenario."""

    def __init__(self, scenario: Scenario, real: RealTime | None = None) -> None:
        self._worlds = {DEFAULT: World(scenario, DEFAULT, real)}

    def find(self, name: str) -> World:
        """Return a world by its name; NotFound if there is none."""
        world = self._worlds.get(name)
        if world is None:
            raise NotFound(f"There is no world {name}")
        return world
