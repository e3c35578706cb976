"""Virtual sleeping in a test: a sleep moves the clock of the test's world, through the public control plane."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from mockserver.client.errors import ControlError
from mockserver.client.world import World
from mockserver.core.wording import printable
from mockserver.patching.waits import VirtualSleep, install
from mockserver.patching.waits.terms import SECOND
from mockserver.testing.gate import Gate
from mockserver.testing.imaginelab import Imaginelab
from mockserver.testing.play import Play
from mockserver.testing.stand_in import step_aside
from mockserver.testing.watched import WatchedClock

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

MOST_NAMED: Final = 3
"""Generations that are named where a client has waited for too long."""


class SteeredClock:
    """A world's clock as sleeping reads and moves it: one request a move, and none to read it."""

    def __init__(self, clock: WatchedClock) -> None:
        self._clock = clock

    def now(self) -> int:
        """Return the instant that it shows, in microseconds since 1970."""
        return (self._clock.shown - _EPOCH) // _MICROSECOND

    def advance(self, duration: int) -> None:
        """Move it forward by so many microseconds."""
        self._clock.jump(timedelta(microseconds=duration))


@contextmanager
def sleeping(world: Imaginelab, gate: Gate | None, wanted: Play) -> Iterator[None]:
    """Let the test's sleeping move its world's clock, for a `with` block; `gate` is that of its server, if it has one.

    In a shared server the requests in flight are unknown: then only a quiet process shows that all clients sleep.
    """
    step_aside(install)
    sleep = VirtualSleep(
        SteeredClock(world.clock),
        waiting=lambda: _unfinished(world),
        clocks=wanted.clocks,
        max_virtual=round(wanted.max_virtual * SECOND),
    )
    with ExitStack() as ending:
        if gate is not None:
            sleep.busy, sleep.polls = lambda: gate.in_flight > 0, lambda: gate.polls
            ending.enter_context(gate.objecting(sleep.diagnosis))
        ending.enter_context(sleep)
        world.diagnosis, world.restarted = sleep.diagnosis, sleep.start_over
        world.clock.watcher = sleep.look
        yield


def _unfinished(world: World) -> str:
    """Say which generations a client may be waiting for."""
    try:
        waiting = [view for view in world.generations.views() if not (view.finished or view.deleted)]
    except ControlError:
        return "something that cannot be asked"
    named = ", ".join(f"generation {view.id} ({view.status})" for view in waiting[:MOST_NAMED])
    return printable(named) or "something that is no generation"
