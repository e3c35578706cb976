"""The age of a generation, and how a poll changes it.

A world has two clocks: its own, and the *slow* one, which stands still while only polls move the world's. An unfinished
generation ages with the slow clock. So on a `poll` clock only a repeated request of its owner makes it older, and
parallel pollers never disturb each other's counts. A finished or deleted generation ages with its world. Where no
request holds generations back, both clocks run alike.
"""

from typing import Literal

from msgspec import Struct

from mockserver.core.clock import PATIENCE
from mockserver.core.timeline import Timeline


class Age(Struct, frozen=True, gc=False):
    """The age of one generation: the time since a clock showed the instant `zero`, in microseconds.

    The clock is the slow one where `slow` is set, else the world's.
    """

    zero: int
    slow: bool = False


class Reading(Struct, frozen=True, gc=False):
    """The instants that the two clocks of a world show together."""

    now: int
    slow: int

    @property
    def lag(self) -> int:
        """Microseconds that the slow clock is behind."""
        return self.now - self.slow

    def later(self, duration: int) -> "Reading":
        """Return the reading after both clocks have moved."""
        return Reading(self.now + duration, self.slow + duration)


def step_of(timeline: Timeline, age: int, step: int | Literal["next"]) -> int:
    """Return the microseconds that a repeated request adds to a generation of this age.

    `next` is the way to the next visible change; where none will come, the patience of the reference's example.
    """
    if step != "next":
        return step
    change = timeline.next_change(age)
    return PATIENCE if change is None else change - age
