"""The events of the world of one name, sent to listeners while they happen. The world waits for no listener.

The last events are remembered once, for all listeners. A listener is only a position among them, and a listener that
falls behind the remembered events is dropped. All of this runs in the server's event loop, between two awaits: there
is nothing to lock, and no other thread may call it.
"""

import asyncio
import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

from msgspec import Struct

from mockserver.core.age import Mode
from mockserver.core.due import Due
from mockserver.core.errors import Unavailable
from mockserver.core.instant import SECOND
from mockserver.core.operation import Operation
from mockserver.world.bounds import MOST_WAITING
from mockserver.world.counts import Rules
from mockserver.world.journal import Exchange
from mockserver.world.time import Time
from mockserver.world.transitions import Transitions

REMEMBERED: Final = 1_000
"""Events of one world that are remembered: so far a listener may fall behind, or have been away and still go on."""


class Exchanged(Struct, frozen=True):
    """An exchange was recorded: `account` is the e-mail that it names, `rules` are the rules that acted."""

    number: int
    at: int
    operation: Operation | None
    status: int
    account: str | None
    generation: int | None
    rules: Rules


class Moved(Struct, frozen=True):
    """The clock was moved by `by` microseconds to the instant `now`, or its mode changed, and `by` is 0."""

    now: int
    mode: Mode
    by: int


class Restarted(Struct, frozen=True):
    """The world started over with this scenario."""

    world: str
    scenario: str
    seed: int


Told = Exchanged | Moved | Due | Restarted
"""Everything that an event can tell; a Due is a status that began to show."""


class Event(Struct, frozen=True):
    """One thing that happened. Ids count up from 1 and go on when the world starts over."""

    id: int
    told: Told


class Listener:
    """How far one listener has come: `taken` is the id of the last event that it took.

    `missed` tells that events between the one it asked for and the next are forgotten.
    """

    def __init__(self, taken: int, *, missed: bool) -> None:
        self.taken = taken
        self.missed = missed


class Bell:
    """A signal that any number of tasks wait for together."""

    def __init__(self) -> None:
        self._ring: asyncio.Future[None] | None = None

    def next(self) -> "asyncio.Future[None]":
        """Return a future that is done at the next ring. All tasks share it: await it through `asyncio.wait` only."""
        if self._ring is None:
            self._ring = asyncio.get_running_loop().create_future()
        return self._ring

    def ring(self) -> None:
        """Wake all waiting tasks."""
        if self._ring is not None:
            self._ring.set_result(None)
            self._ring = None


class Events:
    """The events of the world of one name; `time` is the time of the present world.

    Events are kept from the first listener on. If no listener is left, they are kept until more have happened than are
    remembered: until then a listener that was cut off can come back and go on.
    """

    def __init__(self, time: Time) -> None:
        self.live = False
        """Whether events are kept; without a listener each exchange asks only this."""
        self.ended = False
        """Whether the world was discarded."""
        self.listeners: set[Listener] = set()
        self.news = Bell()
        """Rings at each event, and when the world is discarded."""
        self._exchanges = Bell()
        self._waiting = 0
        self._events: deque[Event] = deque(maxlen=REMEMBERED)
        self._last = 0
        self._unheard = 0
        self._follow(time)

    def _follow(self, time: Time) -> None:
        self._time = time
        self._transitions = Transitions(time)
        self._now = time.clock.now()

    # Listening

    @contextmanager
    def listening(self, since: int | None = None) -> Iterator[Listener]:
        """Listen from now on, or from the event after the id `since` as far as events are remembered."""
        self._wake()
        forgotten = self._events[0].id - 1 if self._events else self._last
        if since is None:
            listener = Listener(self._last, missed=False)
        else:
            missed = not forgotten <= since <= self._last
            listener = Listener(forgotten if missed else since, missed=missed)
        self.listeners.add(listener)
        try:
            yield listener
        finally:
            self.listeners.discard(listener)
            self._unheard = 0

    def take(self, listener: Listener) -> list[Event] | None:
        """Return the events that a listener has not taken yet, in order; None if some of them are forgotten."""
        if listener not in self.listeners:
            return None
        events = list(islice(reversed(self._events), self._last - listener.taken))
        listener.taken = self._last
        return events[::-1]

    async def exchange_arrived(self, timeout: float) -> bool:
        """Wait until an exchange is recorded, or the world starts over or ends; return whether one of them happened.

        `timeout` is in real seconds. Raises Unavailable if too many requests wait already.
        """
        if self._waiting >= MOST_WAITING:
            raise Unavailable(f"{MOST_WAITING} wait for an exchange of this world already, and no more can")
        self._wake()
        self._waiting += 1
        try:
            rung, _ = await asyncio.wait({self._exchanges.next()}, timeout=timeout)
        finally:
            self._waiting -= 1
        return bool(rung)

    @property
    def due_in(self) -> float:
        """Real seconds until a status begins to show by itself; `inf` if none will before a request or a command."""
        clock = self._time.clock
        if not clock.ticks:
            return math.inf
        return (self._transitions.next - clock.now()) / SECOND / clock.rate

    def _wake(self) -> None:
        """Begin to keep events from now on."""
        if not self.live:
            self.live = True
            self._follow(self._time)
            self._transitions.passed()

    # Telling

    def exchanged(self, exchange: Exchange) -> None:
        """Add an event for a recorded exchange, and for each status that began to show."""
        if self._heard():
            told = Exchanged(
                exchange.number,
                exchange.at,
                exchange.operation,
                exchange.status,
                exchange.account,
                exchange.generation,
                exchange.rules,
            )
            self._tell(told)
            self._exchanges.ring()
            self._look()

    def moved(self, by: int = 0) -> None:
        """Add an event for a clock that a command moved by so many microseconds; 0: its mode changed."""
        if self._heard():
            self._move(by)
            self._look()

    def changed(self) -> None:
        """Add an event for each status that began to show since the last event, and for a clock that moved."""
        if self._heard():
            self._look()

    def passed(self) -> None:
        """Read the clock, and add an event for each status that began to show."""
        self._time.clock.read()
        self.changed()

    def restart(self, time: Time, told: Restarted) -> None:
        """Go on with the new world, whose time this is."""
        self._follow(time)
        self._exchanges.ring()
        if self._heard():
            self._tell(told)

    def end(self) -> None:
        """End: the world is discarded."""
        self.live, self.ended = False, True
        self._exchanges.ring()
        self.news.ring()

    def _heard(self) -> bool:
        """Tell whether there is a listener, or one may come back and go on; otherwise forget all events."""
        if self.live and self._unheard >= REMEMBERED and not (self.listeners or self._waiting):
            self.live = False
            self._events.clear()
            self._follow(self._time)
        return self.live

    def _look(self) -> None:
        """Add an event for a clock that moved, except by real time, and for each status that began to show."""
        clock = self._time.clock
        if not clock.ticks and clock.now() != self._now:
            self._move(clock.now() - self._now)
        for due in self._transitions.passed():
            self._tell(due)

    def _move(self, by: int) -> None:
        clock = self._time.clock
        self._now = clock.now()
        self._tell(Moved(self._now, clock.mode, by))

    def _tell(self, told: Told) -> None:
        self._last += 1
        self._unheard += 1
        self._events.append(Event(self._last, told))
        forgotten = self._events[0].id - 1
        if slow := {listener for listener in self.listeners if listener.taken < forgotten}:
            self.listeners -= slow
            self._unheard = 0
        self.news.ring()
