"""The future events of a generation, computed from its facts, so that nothing has to tick until then."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from mockserver.core.generation import Generation
from mockserver.core.instant import END
from mockserver.core.timeline import Timeline
from mockserver.core.wallet import LedgerEntry

What = Literal["status", "visible", "refund"]

ORDER: tuple[What, ...] = ("status", "visible", "refund")
"""The order of things that come due at the same instant for the same generation."""


class Due(Struct, frozen=True):
    """One thing that comes due at an instant: a status begins to show, `visible_after` is over, or a refund counts.

    `status` is the status that begins to show, `credits` the credits that come back; None if there is no such thing.
    """

    at: int
    generation: int
    what: What
    status: str | None = None
    credits: int | None = None


class Moment(Struct, frozen=True):
    """One thing that comes due for every generation with the same life, once it has an age in microseconds."""

    age: int
    what: What
    status: str | None = None

    def due(self, generation: Generation, at: int) -> Due:
        """Return it as it comes due for a generation at an instant."""
        return Due(at, generation.id, self.what, self.status, generation.cost if self.what == "refund" else None)


def moments(timeline: Timeline, visible_after: int, refund: int | None) -> tuple[Moment, ...]:
    """Return, in order, the things that come due in a life after its beginning.

    `visible_after` and `refund` are the ages at which it becomes visible and its credits come back.
    """
    found = [*_statuses(timeline)]
    if visible_after:
        found.append(Moment(visible_after, "visible"))
    if refund is not None:
        found.append(Moment(refund, "refund"))
    return tuple(sorted(found, key=lambda moment: moment.age))


def _statuses(timeline: Timeline) -> Iterator[Moment]:
    shown = None
    for start, status in timeline.statuses:
        if shown not in (None, status):
            yield Moment(start, "status", status)
        shown = status


def shows(timeline: Timeline, visible_after: int) -> tuple[tuple[int, str], ...]:
    """Return the ages at which the statuses of a life begin to show to its owner, each with its status.

    Of the statuses that are over before it is visible, only the last is left. It then shows at once.
    """
    return tuple({max(start, visible_after): status for start, status in timeline.statuses}.items())


def coming(generation: Generation, refund: LedgerEntry | None, now: int, age: int) -> list[Due]:
    """Return the things that come due for a generation of an age after an instant, in order, if nothing happens to it.

    `refund` is the entry in its ledger. On a `poll` clock requests make them come sooner. Things due after the last
    instant of any clock are left out.
    """
    life = moments(generation.timeline, generation.visible_after, None if refund is None else refund.due)
    to_come = (moment for moment in life if moment.what == "refund" or not generation.deleted)
    ahead = ((now - age + moment.age, moment) for moment in to_come)
    return [moment.due(generation, at) for at, moment in ahead if now < at < END]
