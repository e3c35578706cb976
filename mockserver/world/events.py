"""The events of the world with one name, emitted as they happen. A world never waits for a listener.

The last events are kept once for all listeners. A listener has only a position among the events. It is dropped when the
world forgets events that the listener has not read. All code here runs in the server's event loop, between two awaits.
So it needs no lock, and no other thread may call it.
"""

import asyncio
import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

from msgspec import Struct

from mockserver.core.clock import Mode
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
"""The number of events that one world remembers.

A listener can fall behind, or disconnect and resume, by this many events.
"""


class ExchangeRecorded(Struct, frozen=True):
    """The journal has recorded an exchange."""

    number: int
    at: int
    operation: Operation | None
    status: int
    account: str | None
    """The e-mail address of the account that the request names."""
    generation: int | None
    rules: Rules
    """The rules that acted on the exchange."""


class ClockChanged(Struct, frozen=True):
    """The clock moved by `by` microseconds to the instant `now`, or its mode changed."""

    now: int
    mode: Mode
    by: int


class Restarted(Struct, frozen=True):
    """The world started over with this scenario, or a copy of a world has replaced it."""

    world: str
    scenario: str
    seed: int
    restarts: int
    """How many worlds of this name the new one has replaced, one after the other."""


Happening = ExchangeRecorded | ClockChanged | Due | Restarted
"""The things that events report. A Due reports a status that has become visible."""


class Event(Struct, frozen=True):
    """One thing that happened. Ids count up from 1, and continue when the world starts over."""

    id: int
    told: Happening


class Listener:
    """The position of one listener among the events."""

    def __init__(self, taken: int, *, missed: bool) -> None:
        self.taken = taken
        """The id of the last event that the listener has read."""
        self.missed = missed
        """Whether events that the listener requested were already forgotten."""


class Signal:
    """A signal that any number of tasks can wait for at the same time."""

    def __init__(self) -> None:
        self._next: asyncio.Future[None] | None = None

    def next(self) -> "asyncio.Future[None]":
        """Return the future that the next signal completes. All waiting tasks share it: use `asyncio.wait`."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        return self._next

    def send(self) -> None:
        """Wake all waiting tasks."""
        if self._next is not None:
            self._next.set_result(None)
            self._next = None


class Events:
    """The events of the world with one name. `time` is the time of the present world.

    The first listener starts the record of events. After the last listener has left, events are still kept until
    REMEMBERED more have happened. So a listener whose connection broke can reconnect and resume.
    """

    def __init__(self, time: Time) -> None:
        self.live = False
        """Whether events are kept. An exchange checks nothing else while there is no listener."""
        self.ended = False
        """Whether the world was discarded."""
        self.listeners: set[Listener] = set()
        self.news = Signal()
        """This signal is sent when an event is emitted, and when the world is discarded."""
        self._exchanges = Signal()
        self._waiting = 0
        self._events: deque[Event] = deque(maxlen=REMEMBERED)
        self._last = 0
        self._unheard = 0
        self._time = time
        self._transitions: Transitions | None = None
        self._now = time.clock.now()

    def _follow(self, time: Time) -> None:
        if self._transitions is not None:
            self._time.watchers.remove(self._transitions)
        self._time = time
        self._transitions = Transitions(time) if self.live else None
        self._now = time.clock.now()

    # Listening

    @contextmanager
    def listening(self, since: int | None = None) -> Iterator[Listener]:
        """Listen from now on, or from the first remembered event whose id is greater than `since`."""
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
        """Return, in order, the events that a listener has not read yet; None if some of these events are forgotten."""
        if listener not in self.listeners:
            return None
        events = list(islice(reversed(self._events), self._last - listener.taken))
        listener.taken = self._last
        return events[::-1]

    async def exchange_arrived(self, timeout: float) -> bool:
        """Wait until an exchange is recorded, or the world starts over or ends. Return False at the time-out.

        `timeout` is in real seconds. Raises Unavailable if too many requests are waiting already.
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
        """Return the real seconds until time alone makes the next status visible; `inf` if only a request can."""
        clock = self._time.clock
        if not clock.ticks or self._transitions is None:
            return math.inf
        return (self._transitions.next(self._time) - clock.now()) / SECOND / clock.rate

    def _wake(self) -> None:
        """Start to keep events."""
        if not self.live:
            self.live = True
            self._follow(self._time)

    # Emitting

    def exchanged(self, exchange: Exchange) -> None:
        """Emit an exchange that was recorded, and the statuses that became visible with this exchange."""
        if self._heard():
            told = ExchangeRecorded(
                exchange.number,
                exchange.at,
                exchange.operation,
                exchange.status,
                exchange.account,
                exchange.generation,
                exchange.rules,
            )
            self._tell(told)
            self._exchanges.send()
            self._look()

    def moved(self, by: int = 0) -> None:
        """Emit a move of the clock by a command, in microseconds. 0 means that the clock mode changed."""
        if self._heard():
            self._move(by)
            self._look()

    def changed(self) -> None:
        """Emit each change of the clock or of a status since the last event."""
        if self._heard():
            self._look()

    def passed(self) -> None:
        """Read the clock, and emit the statuses that became visible since the last event."""
        self._time.clock.read()
        self.changed()

    def restart(self, time: Time, told: Restarted) -> None:
        """Switch to the world that has replaced the present world. `time` is the time of the new world."""
        self._follow(time)
        self._exchanges.send()
        if self._heard():
            self._tell(told)

    def end(self) -> None:
        """Emit no more events, because the world is discarded."""
        self.live, self.ended = False, True
        self._follow(self._time)
        self._exchanges.send()
        self.news.send()

    def _heard(self) -> bool:
        """Return whether there is a listener, or whether a former listener can still resume.

        If neither is true, forget all events.
        """
        if self.live and self._unheard >= REMEMBERED and not (self.listeners or self._waiting):
            self.live = False
            self._events.clear()
            self._follow(self._time)
        return self.live

    def _look(self) -> None:
        """Emit the statuses that became visible, and a move of the clock unless real time moves the clock."""
        clock = self._time.clock
        if not clock.ticks and clock.now() != self._now:
            self._move(clock.now() - self._now)
        if self._transitions is not None:
            begun = self._transitions.passed(self._time, REMEMBERED)
            self._last += begun.before
            self._unheard += begun.before
            for due in begun.last:
                self._tell(due)

    def _move(self, by: int) -> None:
        clock = self._time.clock
        self._now = clock.now()
        self._tell(ClockChanged(self._now, clock.mode, by))

    def _tell(self, told: Happening) -> None:
        self._last += 1
        self._unheard += 1
        self._events.append(Event(self._last, told))
        forgotten = self._events[0].id - 1
        if slow := {listener for listener in self.listeners if listener.taken < forgotten}:
            self.listeners -= slow
            # If many statuses were left out, this listener fell behind before the present event: the first status
            # beyond the bound dropped the listener.
            self._unheard = self._last - (max(listener.taken for listener in slow) + REMEMBERED + 1)
        self.news.send()
