"""The future events of a generation, computed from its facts, so that nothing has to tick until then."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from mockserver.core.generation import Generation
from mockserver.core.instant import END
from mockserver.core.wallet import LedgerEntry


class Due(Struct, frozen=True):
    """One thing that comes due at an instant: a status begins to show, `visible_after` is over, or a refund counts.

    `status` is the status that begins to show, `credits` the credits that come back; None if there is no such thing.
    """

    at: int
    generation: int
    what: Literal["status", "visible", "refund"]
    status: str | None = None
    credits: int | None = None


def coming(generation: Generation, refund: LedgerEntry | None, now: int) -> list[Due]:
    """Return the things that come due for a generation after an instant, in order, if no request comes meanwhile.

    `refund` is the entry in its ledger. On a `poll` clock requests make them come sooner. Things due after the last
    instant of any clock are left out.
    """
    zero = now - generation.age.at(now)
    to_come = [] if generation.deleted else [*_statuses(generation, zero, now), *_visible(generation, zero)]
    if refund is not None and refund.due is not None:
        to_come.append(Due(zero + refund.due, generation.id, "refund", credits=refund.amount))
    return sorted((due for due in to_come if now < due.at < END), key=lambda due: due.at)


def _statuses(generation: Generation, zero: int, now: int) -> Iterator[Due]:
    shown = generation.timeline.at(now - zero).status
    for start, status in generation.timeline.statuses:
        if zero + start > now and status != shown:
            shown = status
            yield Due(zero + start, generation.id, "status", status)


def _visible(generation: Generation, zero: int) -> Iterator[Due]:
    if generation.visible_after:
        yield Due(zero + generation.visible_after, generation.id, "visible")
