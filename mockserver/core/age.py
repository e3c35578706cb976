"""The age of a generation, and how a poll changes it.

On a `poll` clock an unfinished generation is *held*: only a repeated request of its owner makes it older, so parallel
pollers never disturb each other's counts. A finished or deleted generation *runs*, and so does any generation on any
other clock: it ages with its world.
"""

from typing import Literal

from msgspec import Struct

from mockserver.core.clock import PATIENCE
from mockserver.core.timeline import Timeline


class Age(Struct, frozen=True, gc=False):
    """The age of one generation: `held` microseconds, or where that is None the time since the instant `zero`."""

    zero: int
    held: int | None = None

    def at(self, now: int) -> int:
        """Return the age in microseconds at the instant `now`."""
        return now - self.zero if self.held is None else self.held

    def hold(self, now: int, created: int) -> "Age":
        """Keep the present age until the next repeated request; `created` is when it began to age."""
        return Age(created, self.at(now))

    def run(self, now: int) -> "Age":
        """Let the generation age with its world, from the age that it has now."""
        return Age(now - self.at(now))


def step_of(timeline: Timeline, age: int, step: int | Literal["next"]) -> int:
    """Return the microseconds that a repeated request adds to a generation of this age.

    `next` is the way to the next visible change; where none will come, the patience of the reference's example.
    """
    if step != "next":
        return step
    change = timeline.next_change(age)
    return PATIENCE if change is None else change - age
