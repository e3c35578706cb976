"""All worlds of one server, by name."""

from collections.abc import Callable

from mockserver.clock import RealTime
from mockserver.core.errors import NotFound
from mockserver.core.scenario import Scenario
from mockserver.usage import Idle, Use, idle, uses
from mockserver.world import World

DEFAULT = "default"
"""The world of a path without prefix."""


class Worlds:
    """The worlds of one server, each made from the scenario in force.

    `latest` says what that is each time a world starts over; without it, it is `scenario` for ever. `broken` says why
    it is not the one that is saved, and nothing if it is.
    """

    def __init__(
        self,
        scenario: Scenario,
        real: RealTime | None = None,
        latest: Callable[[], Scenario] | None = None,
        broken: Callable[[], str] = str,
    ) -> None:
        self._latest = latest or (lambda: scenario)
        self.broken = broken
        self._real = real
        self._worlds = {DEFAULT: World(scenario, DEFAULT, real)}
        # What became of the rules in force before the present worlds began.
        self._uses: tuple[Use, ...] = ()

    def find(self, name: str) -> World:
        """Return a world by its name; NotFound if there is none."""
        world = self._worlds.get(name)
        if world is None:
            raise NotFound(f"There is no world {name}")
        return world

    def reset(self, name: str) -> World:
        """Start a world over and return the new one; NotFound as above. A request in flight ends in the old one."""
        old, scenario = self.find(name), self._latest()
        self._uses = uses(old, self._uses) if scenario == old.scenario else ()
        self._worlds[name] = World(scenario, name, self._real)
        return self._worlds[name]

    def idle(self) -> list[Idle]:
        """Return the rules in force that have never fired."""
        return list(idle(self.find(DEFAULT), self._uses))
