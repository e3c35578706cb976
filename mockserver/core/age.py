"""The age of a generation, and how a poll changes it.

A world has two clocks: its own clock, and the *slow* clock. While only polls move the world's clock, the slow clock
stands still. An unfinished generation ages with the slow clock. So on a `poll` clock, only a repeated request of its
owner makes a generation older, and parallel pollers never disturb each other. A finished or deleted generation ages
with its world. If the clock mode does not hold generations until a request, both clocks run at the same speed.
"""

from typing import Literal

from msgspec import Struct

from mockserver.core.clock import PATIENCE
from mockserver.core.timeline import Timeline


class Age(Struct, frozen=True, gc=False):
    """The age of one generation, in microseconds: the time since a clock showed the instant `zero`.

    The clock is the slow clock if `slow` is set, else the world's clock.
    """

    zero: int
    slow: bool = False


class Reading(Struct, frozen=True, gc=False):
    """The instants that the two clocks of a world show at the same moment."""

    now: int
    slow: int

    @property
    def lag(self) -> int:
        """The microseconds by which the slow clock is behind the world's clock."""
        return self.now - self.slow

    def later(self, duration: int) -> "Reading":
        """Return the reading after both clocks have moved by a duration in microseconds."""
        return Reading(self.now + duration, self.slow + duration)


def step_of(timeline: Timeline, age: int, step: int | Literal["next"]) -> int:
    """Return the microseconds that a repeated request adds to a generation of this age.

    `next` is the time to the next visible change. If no change will come, it is PATIENCE, the wait in the reference's
    example.
    """
    if step != "next":
        return step
    change = timeline.next_change(age)
    return PATIENCE if change is None else change - age
