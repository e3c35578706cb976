"""All worlds of one server, by name. The first request for a world makes it; only a command discards it.

The present worlds are one mapping that is replaced, never changed. A request keeps the mapping with which it began. So
if its world starts over in the meantime, the request still belongs to the old world.
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
from mockserver.world.copies import copied, rename
from mockserver.world.counts import Counts, PastCounts, Totals
from mockserver.world.events import Restarted
from mockserver.world.never_fired import NeverFired, Use, never_fired, uses
from mockserver.world.past import Past, past_of
from mockserver.world.world import World

DEFAULT: Final = "default"
"""The name of the world of a path without a prefix."""


class Choice(Struct, frozen=True):
    """The scenario and seed chosen for one world; None leaves the choice to the server."""

    loaded: LoadedScenario | None = None
    seed: int | None = None


def as_written(scenario: Scenario) -> Scenario:
    """Return the scenario unchanged, for a server without options."""
    return scenario


class Worlds:
    """The worlds of one server.

    `source` gives the scenario of a world that has none of its own; `applied` is a function that applies the server's
    options to a scenario; `real` is the source of real time for the clocks.
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
        # The uses of the rules of the server's scenario, and the counts, in worlds that have ended.
        self._uses: tuple[Use, ...] = ()
        self._past = PastCounts()
        self.totals = Totals()
        """The exchanges and generations of the present worlds."""
        self.present: Mapping[str, World] = {}
        self._begin(DEFAULT, Choice())

    def problem(self, name: str) -> str:
        """Return the reason why a world does not play the server's scenario as saved.

        Empty if the world plays it, or plays a scenario of its own.
        """
        return self._source.problem if self._choices[name].loaded is None else ""

    def find(self, name: str, present: Mapping[str, World] | None = None) -> World:
        """Return a world by its name, and make the world if it does not exist.

        Raises Unavailable if there are too many.

        `present` are the worlds at the time when the request arrived.
        """
        return self.there(name, present) or self._begin(name, Choice())

    def there(self, name: str, present: Mapping[str, World] | None = None) -> World | None:
        """Return a world by its name; None if it does not exist. `present` has the same meaning as in `find`."""
        return (present or self.present).get(name) or self.present.get(name)

    def scenario(self, name: str, present: Mapping[str, World]) -> Scenario:
        """Return the scenario that a world plays.

        If the world does not exist, return the scenario that it would play.
        """
        world = self.there(name, present)
        return self._applied(self._source.latest().scenario) if world is None else world.scenario

    def signed(self, name: str, bearer: str, present: Mapping[str, World]) -> bool:
        """Return whether the key of a world signed a token. The world need not exist yet."""
        return token.read(bearer, signing_key(self.scenario(name, present).seed, name)) is not None

    def reset(self, name: str, loaded: LoadedScenario | None = None, seed: int | None = None) -> World:
        """Start a world over and return the new one; a request in flight ends in the old one.

        Without `loaded`, the world plays the scenario that it was given last. A seed holds until another scenario or
        seed is given.
        """
        old = self._choices.get(name, Choice())
        if loaded is not None:
            choice = Choice(loaded, seed)
        else:
            choice = old if seed is None else structs.replace(old, seed=seed)
        return self._begin(name, choice)

    def past(self, name: str) -> Past:
        """Return the past of a world, which is kept from now on. Raises NotFound if the world does not exist."""
        past = past_of(self._existing(name))
        past.lasting = True
        return past

    def choice(self, name: str) -> Choice:
        """Return the scenario and seed chosen for a world. Raises NotFound if the world does not exist."""
        return self._choices[self._existing(name).name]

    def copy(self, source: str, name: str) -> World:
        """Copy a world. Raises NotFound if there is no world `source`, and Unavailable if there are too many worlds."""
        self._require_room(name)
        self.past(source)
        return self.install(copied(self.present[source]), name, self.choice(source))

    def install(self, copy: World, name: str, choice: Choice, past: Past | None = None) -> World:
        """Give a copy of a world this name, and make it the present world of the name. Return the copy.

        The listeners of the world that it replaces move to it. `choice` is the choice of the copied world, and decides
        what the copy plays after a reset. `past` is the past of the copy; without it, its past begins now.

        Raises Unavailable if there are too many worlds.
        """
        self._require_room(name)
        rename(copy, name)
        self._past.leave_out(copy.journal.counts)
        self.totals.exchanges += copy.journal.total
        self.totals.generations += len(copy.generations)
        self._replace(copy, choice)
        copy.recorder = past
        self.past(name)
        return copy

    def discard(self, name: str) -> World:
        """Remove a world and return the world. Raises NotFound if it does not exist, and Invalid for `default`."""
        if name == DEFAULT:
            raise Invalid(Flaw("", f"the world {DEFAULT} is always there; reset it instead"))
        world = self._existing(name)
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
        """Return the number of exchanges by operation and status, in present and ended worlds."""
        return self._past.answers(self._present_counts)

    def causes(self) -> Counter[Cause]:
        """Return the number of exchanges on which each rule acted, in present and ended worlds."""
        return self._past.causes(self._present_counts)

    @property
    def _present_counts(self) -> Iterator[Counts]:
        return (world.journal.counts for world in self.present.values())

    def _existing(self, name: str) -> World:
        if name not in self.present:
            raise NotFound(f"there is no world {worded(name)}")
        return self.present[name]

    def _require_room(self, name: str) -> None:
        if name not in self.present and len(self.present) >= self.bounds.worlds:
            raise Unavailable(
                hint=f"there are {self.bounds.worlds} worlds already; discard one (DELETE /__mock/worlds/NAME), or"
                " start the server with a higher --max-worlds"
            )

    def _begin(self, name: str, choice: Choice) -> World:
        self._require_room(name)
        if choice.loaded is None:
            self._follow(self._source.latest())
        loaded = choice.loaded or self._loaded
        scenario = self._applied(loaded.scenario)
        if choice.seed is not None:
            scenario = structs.replace(scenario, seed=choice.seed)
        world = World(structs.replace(loaded, scenario=scenario), name, self._real, self.bounds)
        self._replace(world, choice)
        return world

    def _replace(self, world: World, choice: Choice) -> None:
        """Make a world the present world of its name. A world that has the name already ends."""
        old = self.present.get(world.name)
        world.journal.totals = self.totals
        if old is not None:
            self._retire(old)
            world.restarts = old.restarts + 1
            old.recorder = None
            _hand_over(old, world)
        self.present = {**self.present, world.name: world}
        self._choices[world.name] = choice

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
        # A request that is still running ends in the old world, and is counted for no present world.
        world.journal.totals = Totals()


def _hand_over(old: World, new: World) -> None:
    """Move the listeners to the new world; requests still running in the old one emit no events."""
    old.events, new.events = new.events, old.events
    new.events.restart(new.time, Restarted(new.name, new.loaded.name, new.scenario.seed, new.restarts))


def _same_rules(one: Scenario, other: Scenario) -> bool:
    return one.generations == other.generations and one.faults == other.faults
