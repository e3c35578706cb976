"""The past of a world, kept so that the world can be made again as it was before one of its exchanges.

A past has stages. A stage is a copy of the world at some time, and all changes of the world from then on. To make the
world again, a copy of a stage repeats these changes. A repeated request gets the same answer, because a world depends
only on its requests, its commands and the real time that its clock reads.
"""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

from msgspec import Struct, field

from mockserver.core.errors import NotFound
from mockserver.world.bounds import MOST_PAST_BYTES, MOST_STAGED
from mockserver.world.clock import RealTime
from mockserver.world.copies import copied
from mockserver.world.journal import Exchange
from mockserver.world.world import World

STAGE: Final = 2_000
"""The number of changes after which a new stage begins. To repeat so many polls takes some 20 milliseconds."""

# Measured: 15,464 bytes for a copy of an empty world, and 300 more for each generation.
_WORLD_BYTES: Final = 20_000
_GENERATION_BYTES: Final = 400


class Change(Struct, frozen=True):
    """One request or command that has changed a world."""

    repeat: Callable[[World], object]
    """Does the same again in another world."""
    size: int
    """The number of bytes that this change keeps in memory."""
    elapsed: int
    """The real microseconds that the clock of the world had read, as `RealTime.elapsed` counts them."""
    last: int
    """The number of the last exchange after the change."""


class Stage(Struct, frozen=True):
    """A world at some time, and all its changes from then on. Nothing changes this world."""

    world: World
    changes: list[Change] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The number of the last exchange before this stage."""
        return self.world.journal.last

    @property
    def size(self) -> int:
        """The bytes of the world of this stage, by estimate."""
        return _size(self.world)


def _size(world: World) -> int:
    """Return the bytes of a copy of a world. They include its orders, which the world itself may drop before."""
    return _WORLD_BYTES + _GENERATION_BYTES * len(world.generations) + world.order_bytes


class Replay(Struct, frozen=True):
    """The stage and the changes that lead to a world as it was before one of its exchanges."""

    stage: World
    changes: Sequence[Change]
    exchanges: Sequence[Exchange]
    """The exchanges that the journal still keeps, in order."""
    real: RealTime
    """The source of real time, for the clock of the world that is made."""

    def world(self) -> World:
        """Make the world again. Any thread may call this."""
        world = copied(self.stage)
        for change in self.changes:
            world.clock.stop_at(change.elapsed)
            change.repeat(world)
        world.clock.resume(self.real)
        world.journal.keep(self.exchanges)
        return world


class Past:
    """The past of one world, from its first change after this object is made.

    It keeps at most `most` bytes, and forgets the oldest stage first. While the world has more than `largest`
    generations, or more than `most` bytes, no stage begins. So the past may be empty.
    """

    def __init__(self, most: int = MOST_PAST_BYTES, largest: int = MOST_STAGED) -> None:
        self.lasting = False
        """Whether the past is kept for a copy; otherwise it is kept while there are listeners."""
        self._most = most
        self._largest = largest
        self._stages: deque[Stage] = deque()
        self._bytes = 0

    @property
    def first(self) -> int | None:
        """The number of the first exchange before which the world can be made again; None if there is none."""
        return self._stages[0].last + 1 if self._stages else None

    def prepare(self, world: World) -> None:
        """Begin a stage if there is none, or if the last one has STAGE changes, unless the world is too large."""
        full = not self._stages or len(self._stages[-1].changes) >= STAGE
        if full and not self._too_large(world):
            self._stages.append(Stage(copied(world)))
            self._stages[-1].world.journal.keep(())
            self._bytes += self._stages[-1].size

    def record(self, world: World, repeat: Callable[[World], object], size: int) -> None:
        """Record a change that was made. Stop to record if neither a copy nor a listener needs the past any more."""
        if not (self.lasting or world.events.live):
            world.recorder = None
        elif self._stages:
            self._stages[-1].changes.append(Change(repeat, size, world.clock.elapsed, world.journal.last))
            self._bytes += size
            while self._stages and self._bytes > self._most:
                self._forget(self._stages.popleft())

    def before(self, number: int, world: World) -> Replay:
        """Return the way back to `world`, whose past this is, as it was before an exchange.

        Raises NotFound if there is no such exchange yet, or if the past does not reach back so far.
        """
        stage = next((stage for stage in reversed(self._stages) if stage.last < number), None)
        if stage is None or number > world.journal.last:
            raise NotFound(f"before: expected {self._reach(world)}, found {number}")
        changes = [*takewhile(lambda change: change.last < number, stage.changes)]
        exchanges = [*takewhile(lambda exchange: exchange.number < number, world.journal.exchanges())]
        return Replay(stage.world, changes, exchanges, world.clock.real)

    def cut(self, number: int) -> None:
        """Forget an exchange and all changes after it."""
        while self._stages and self._stages[-1].last >= number:
            self._forget(self._stages.pop())
        if self._stages:
            last = self._stages[-1].changes
            kept = [*takewhile(lambda change: change.last < number, last)]
            self._bytes -= sum(change.size for change in last[len(kept) :])
            last[:] = kept

    def _too_large(self, world: World) -> bool:
        return len(world.generations) > self._largest or _size(world) > self._most

    def _forget(self, stage: Stage) -> None:
        self._bytes -= stage.size + sum(change.size for change in stage.changes)

    def _reach(self, world: World) -> str:
        last = world.journal.last
        if self.first is None and self._too_large(world):
            return (
                f"no exchange, since this world is too large for its past to be kept: at most {self._largest}"
                f" generations, and {self._most} bytes; reset it to keep its past"
            )
        if self.first is None or self.first > last:
            return f"an exchange after {last}, since the past of this world is kept from there on"
        return f"an exchange from {self.first} to {last}, since the past of this world is kept from there on"


def past_of(world: World) -> Past:
    """Return the past of a world. If it was not kept, it begins now."""
    if not isinstance(world.recorder, Past):
        world.recorder = Past()
    return world.recorder
