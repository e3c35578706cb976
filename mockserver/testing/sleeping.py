"""Virtual sleeping in a test: a sleep moves the clock of the test's world, through the public control plane."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from mockserver.client.errors import ControlError
from mockserver.client.world import World
from mockserver.core.wording import printable
from mockserver.patching.waits import VirtualSleep, install
from mockserver.patching.waits.settings import SECOND
from mockserver.testing.cached_clock import CachedClock
from mockserver.testing.early_sleep import hand_over
from mockserver.testing.imaginelab import Imaginelab
from mockserver.testing.middleware import Middleware
from mockserver.testing.play import Play

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

MOST_NAMED: Final = 3
"""Generations that the error names when a client has waited for too long."""


class SteeredClock:
    """The clock that sleeping reads and moves: each move sends one request, a read sends none."""

    def __init__(self, clock: CachedClock) -> None:
        self._clock = clock

    def now(self) -> int:
        """Return the instant that the clock shows, in microseconds since 1970."""
        return (self._clock.shown - _EPOCH) // _MICROSECOND

    def advance(self, duration: int) -> None:
        """Move the clock forward by so many microseconds."""
        self._clock.jump(timedelta(microseconds=duration))


@contextmanager
def sleeping(world: Imaginelab, middleware: Middleware | None, wanted: Play) -> Iterator[None]:
    """Make the test's sleeps move its world's clock, within a `with` block; `middleware`: the own server's middleware.

    A shared server has no middleware, so the requests in flight are unknown. Then the clock jumps when this process is
    quiet.
    """
    hand_over(install)
    sleep = VirtualSleep(
        SteeredClock(world.clock),
        waiting=lambda: _unfinished(world),
        clocks=wanted.clocks,
        max_virtual=round(wanted.max_virtual * SECOND),
    )
    with ExitStack() as ending:
        if middleware is not None:
            sleep.busy, sleep.polls = lambda: middleware.in_flight > 0, lambda: middleware.polls
            ending.enter_context(middleware.refusing(sleep.diagnosis))
        ending.enter_context(sleep)
        world.diagnosis, world.restarted = sleep.diagnosis, sleep.start_over
        world.clock.on_change = sleep.look
        yield


def _unfinished(world: World) -> str:
    """Return a text that lists the generations that a client may be waiting for."""
    try:
        waiting = [view for view in world.generations.views() if not (view.finished or view.deleted)]
    except ControlError:
        return "something that cannot be asked"
    named = ", ".join(f"generation {view.id} ({view.status})" for view in waiting[:MOST_NAMED])
    return printable(named) or "something that is no generation"
