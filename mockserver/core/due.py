"""The future events of a generation. They are computed from its state, so nothing has to tick until then."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from mockserver.core.generation import Generation
from mockserver.core.instant import END
from mockserver.core.timeline import Timeline
from mockserver.core.wallet import LedgerEntry

What = Literal["status", "visible", "refund"]

ORDER: tuple[What, ...] = ("status", "visible", "refund")
"""The order of the things that come due for one generation at the same instant."""


class Due(Struct, frozen=True):
    """One thing that comes due at an instant: a status becomes visible, `visible_after` ends, or a refund is paid.

    `status` is the status that becomes visible, and `credits` are the credits refunded; each is None for other kinds.
    """

    at: int
    generation: int
    what: What
    status: str | None = None
    credits: int | None = None


class Moment(Struct, frozen=True):
    """One thing that comes due for every generation with the same life, at the same age in microseconds."""

    age: int
    what: What
    status: str | None = None

    def due(self, generation: Generation, at: int) -> Due:
        """Return the event for one generation, at the instant when this moment comes due."""
        return Due(at, generation.id, self.what, self.status, generation.cost if self.what == "refund" else None)


def moments(timeline: Timeline, visible_after: int, refund: int | None) -> tuple[Moment, ...]:
    """Return, in order, the things that come due in a life after its beginning.

    `visible_after` and `refund` are the ages, in microseconds, at which the generation becomes visible and is refunded.
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
    """Return pairs of an age and the status that becomes visible to the owner at this age.

    Statuses before `visible_after` are left out, except the last of them. The owner sees this last status as soon as
    the generation is visible.
    """
    return tuple({max(start, visible_after): status for start, status in timeline.statuses}.items())


def coming(generation: Generation, refund: LedgerEntry | None, now: int, age: int) -> list[Due]:
    """Return, in order, the things that will come due for a generation.

    `now` is the present instant and `age` the present age. The result assumes that no request or command changes the
    generation.

    `refund` is the refund entry of the generation in the ledger. On a `poll` clock, requests make these things come due
    earlier. Things due after the last instant of any clock are left out.
    """
    life = moments(generation.timeline, generation.visible_after, None if refund is None else refund.due)
    to_come = (moment for moment in life if moment.what == "refund" or not generation.deleted)
    ahead = ((now - age + moment.age, moment) for moment in to_come)
    return [moment.due(generation, at) for at, moment in ahead if now < at < END]
