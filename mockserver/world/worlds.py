"""All worlds of one server, by name. The first request for a world makes it; only a command discards it.

The present worlds are one mapping that is replaced, never changed. A request keeps the mapping that it began with, so
that it belongs to the old world if its world starts over meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct, structs

from mockserver.core import token
from mockserver.core.errors import Flaw, Invalid, NotFound, Unavailable
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.core.verdict import Cause
from mockserver.core.wording import worded
from mockserver.language.loaded import LoadedScenario, Source
from mockserver.world.accounts import signing_key
from mockserver.world.bounds import Bounds
from mockserver.world.clock import RealTime
from mockserver.world.counts import Counts, PastCounts, Totals
from mockserver.world.events import Restarted
from mockserver.world.never_fired import NeverFired, Use, never_fired, uses
from mockserver.world.world import World

DEFAULT: Final = "default"
"""The world of a path without prefix."""


class Choice(Struct, frozen=True):
    """The scenario and seed chosen for one world; None leaves the choice to the server."""

    loaded: LoadedScenario | None = None
    seed: int | None = None


def as_written(scenario: Scenario) -> Scenario:
    """Return the scenario as it is: no option changes it."""
    return scenario


class Worlds:
    """The worlds of one server.

    `source` gives the scenario of a world that has none of its own; `applied` puts the server's options over a
    scenario; `real` is the source of real time for the clocks.
    """

    def __init__(
        self,
        source: Source,
        bounds: Bounds | None = None,
        applied: Callable[[Scenario], Scenario] = as_written,
        real: RealTime | None = None,
    ) -> None:
        self.bounds = bounds or Bounds()
        self._source = source
        self._applied = applied
        self._real = real
        self._choices: dict[str, Choice] = {}
        self._loaded = source.latest()
        # The uses of the rules of that scenario, and the counts, in worlds that have ended.
        self._uses: tuple[Use, ...] = ()
        self._past = PastCounts()
        self.totals = Totals()
        """The exchanges and generations of the present worlds."""
        self.present: Mapping[str, World] = {}
        self._begin(DEFAULT, Choice())

    def problem(self, name: str) -> str:
        """Return why a world does not play the server's scenario as it is saved; empty if it does, or plays its own."""
        return self._source.problem if self._choices[name].loaded is None else ""

    def find(self, name: str, present: Mapping[str, World] | None = None) -> World:
        """Return a world by its name, made if it is not there; raises Unavailable if it would be one too many.

        `present` are the worlds at the time when the request arrived.
        """
        return self.there(name, present) or self._begin(name, Choice())

    def there(self, name: str, present: Mapping[str, World] | None = None) -> World | None:
        """Return a world by its name, None if it is not there; `present` as for `find`."""
        return (present or self.present).get(name) or self.present.get(name)

    def scenario(self, name: str, present: Mapping[str, World]) -> Scenario:
        """Return the scenario that a world plays, or would play if it were made now."""
        world = self.there(name, present)
        return self._applied(self._source.latest().scenario) if world is None else world.scenario

    def signed(self, name: str, bearer: str, present: Mapping[str, World]) -> bool:
        """Tell whether a token was signed by a world, or would be if it were made now."""
        return token.read(bearer, signing_key(self.scenario(name, present).seed, name)) is not None

    def reset(self, name: str, loaded: LoadedScenario | None = None, seed: int | None = None) -> World:
        """Start a world over and return the new one; a request in flight ends in the old one.

        Without a scenario it plays the one it was given last. A seed holds until another scenario or seed is given.
        """
        old = self._choices.get(name, Choice())
        if loaded is not None:
            choice = Choice(loaded, seed)
        else:
            choice = old if seed is None else structs.replace(old, seed=seed)
        return self._begin(name, choice)

    def discard(self, name: str) -> World:
        """Forget a world and return it; raises NotFound if it is not there, Invalid for `default`."""
        if name == DEFAULT:
            raise Invalid(Flaw("", f"the world {DEFAULT} is always there; reset it instead"))
        if name not in self.present:
            raise NotFound(f"there is no world {worded(name)}")
        world = self.present[name]
        self._retire(world)
        world.events.end()
        self.present = {other: kept for other, kept in self.present.items() if other != name}
        del self._choices[name]
        return world

    def never_fired(self) -> list[NeverFired]:
        """Return the rules of the server's scenario that have never fired in any world."""
        scenario = self._loaded.scenario
        playing = [world for world in self.present.values() if _same_rules(world.scenario, scenario)]
        return list(never_fired(scenario, playing, self._uses))

    def answers(self) -> Counter[tuple[Operation | None, int]]:
        """Return how many exchanges of each operation and status there ever were, in worlds that are no more too."""
        return self._past.answers(self._present_counts)

    def causes(self) -> Counter[Cause]:
        """Return how many exchanges each rule ever had a hand in, in worlds that are no more too."""
        return self._past.causes(self._present_counts)

    @property
    def _present_counts(self) -> Iterator[Counts]:
        return (world.journal.counts for world in self.present.values())

    def _begin(self, name: str, choice: Choice) -> World:
        if name not in self.present and len(self.present) >= self.bounds.worlds:
            raise Unavailable(
                hint=f"there are {self.bounds.worlds} worlds already; discard one (DELETE /__mock/worlds/NAME), or"
                " start the server with a higher --max-worlds"
            )
        if choice.loaded is None:
            self._follow(self._source.latest())
        loaded = choice.loaded or self._loaded
        scenario = self._applied(loaded.scenario)
        if choice.seed is not None:
            scenario = structs.replace(scenario, seed=choice.seed)
        world = World(structs.replace(loaded, scenario=scenario), name, self._real, self.bounds)
        world.journal.totals = self.totals
        if name in self.present:
            self._retire(self.present[name])
            _hand_over(self.present[name], world)
        self.present = {**self.present, name: world}
        self._choices[name] = choice
        return world

    def _follow(self, loaded: LoadedScenario) -> None:
        if not _same_rules(loaded.scenario, self._loaded.scenario):
            self._uses = ()
        self._loaded = loaded

    def _retire(self, world: World) -> None:
        if _same_rules(world.scenario, self._loaded.scenario):
            self._uses = uses(world, self._uses)
        world.journal.counts = self._past.take(world.journal.counts)
        self.totals.exchanges -= world.journal.total
        self.totals.generations -= len(world.generations)
        # A request that is under way ends in the old world, and counts for no present one.
        world.journal.totals = Totals()


def _hand_over(old: World, new: World) -> None:
    """Move the listeners to the new world; requests still running in the old one emit no events."""
    old.events, new.events = new.events, old.events
    new.events.restart(new.time, Restarted(new.name, new.loaded.name, new.scenario.seed))


def _same_rules(one: Scenario, other: Scenario) -> bool:
    return one.generations == other.generations and one.faults == other.faults
