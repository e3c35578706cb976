"""The ways to change a world from outside: move its time, grant credits, log out, finish a generation.

Each function checks its arguments before it changes anything. So a refused change leaves the world as it was.
"""

from itertools import chain
from typing import Final

from msgspec import Struct, structs

from mockserver.core.account import Account
from mockserver.core.due import Due, coming
from mockserver.core.errors import Flaw, Invalid, Unavailable
from mockserver.core.generation import Generation
from mockserver.core.instant import END, iso
from mockserver.core.timeline import COMPLETED, FAILED, PENDING, PROCESSING, Step
from mockserver.core.verdict import Cause
from mockserver.core.wallet import EntryKind, LedgerEntry
from mockserver.core.wording import nearest, quoted
from mockserver.world.bounds import MOST_ENTRIES
from mockserver.world.world import World

MOST_TOLD: Final = 1_000
"""The most things that one move reports as having come due."""


FINISH: Final = Cause("finish", "control:finish")
"""The cause that is recorded for the life of a generation that a command finished."""


class ClockMove(Struct, frozen=True):
    """One move of a clock, and its effects."""

    by: int
    """Microseconds that the clock moved."""
    due: tuple[Due, ...] = ()
    """The first things that came due during the move, in order."""
    omitted: int = 0
    """How many more things came due."""


def due_of(world: World, generation: Generation) -> list[Due]:
    """Return, in order, the things that will still come due for one generation."""
    ledger = world.accounts[generation.owner].ledger
    return coming(generation, ledger.refund(generation.id), world.clock.now(), world.time.age_of(generation))


def next_due(world: World) -> Due | None:
    """Return the next thing that comes due in a world; None if nothing will ever come due."""
    return world.time.cohorts.next_due(world.time.reading())


def advance(world: World, instant: int) -> ClockMove:
    """Move a world's clock forward to an instant, and make all its generations older by as much.

    Raises Invalid if the instant is in the past, or later than the last instant that can be written as a date.
    """
    now = world.clock.now()
    if instant < now:
        raise Invalid(Flaw("", f"expected an instant from {iso(now)} on, which is now; time never goes back"))
    if instant >= END:
        raise Invalid(Flaw("", f"expected an instant up to {iso(END - 1)}, the last; reset the world to start over"))
    reading = world.time.reading()
    told, omitted = world.time.cohorts.dues(reading, reading.later(instant - now), MOST_TOLD)
    world.time.advance(instant - now)
    return ClockMove(instant - now, tuple(told), omitted)


def advance_to_next(world: World) -> ClockMove:
    """Move a world's clock to the next instant at which something comes due. Raises Invalid if there is none."""
    due = next_due(world)
    if due is None:
        raise Invalid(Flaw("until", "nothing is due: no generation will change any more by itself"))
    return advance(world, due.at)


def advance_until(world: World, generation: Generation, status: str) -> ClockMove:
    """Move a world's clock to the instant at which a generation shows a status. Raises Invalid if it never will.

    If the generation already shows the status, the clock does not move.
    """
    if sentence := unheard_of(world, status):
        raise Invalid(Flaw("until", sentence))
    shown = world.time.snapshot(generation).status
    if shown == status and not generation.deleted:
        return ClockMove(0)
    to_come = [due for due in due_of(world, generation) if due.what == "status"]
    at = next((due.at for due in to_come if due.status == status), None)
    if at is None:
        statuses = ", then ".join(chain([shown], (due.status or "" for due in to_come)))
        life = "it is deleted" if generation.deleted else f"it is {statuses}"
        raise Invalid(Flaw("until", f"generation {generation.id} never becomes {status}: {life}"))
    return advance(world, at)


def unheard_of(world: World, status: str) -> str:
    """Return an error sentence if no generation of a world ever shows this status; else an empty text."""
    lives = (life.timeline.steps for life in world.scenario.generations)
    known = [*dict.fromkeys((*_USUAL, *(step.status for step in chain.from_iterable(lives))))]
    if status in known:
        return ""
    near = nearest(status, known)
    way_out = f"did you mean {near}?" if near else f"expected one of {', '.join(known[:8])}"
    return f"no generation here ever shows {quoted(status)}; {way_out}"


# Source: API reference, "Generations".
_USUAL: Final = (PENDING, PROCESSING, COMPLETED, FAILED)


def grant(world: World, account: Account, amount: int) -> None:
    """Add `amount` credits to an account; a negative amount removes credits.

    Raises Invalid if the balance is too low to remove so many.
    """
    balance = world.balance(account)
    if balance + amount < 0:
        raise Invalid(Flaw("amount", f"expected at least {-balance}, since the account has {balance}, found {amount}"))
    if len(account.ledger) >= MOST_ENTRIES:
        raise Unavailable(f"a ledger holds at most {MOST_ENTRIES} entries; reset the world")
    account.ledger.write(LedgerEntry(EntryKind.GRANT, amount, world.clock.now()))


def log_out(account: Account) -> None:
    """Revoke every token that was issued to the account."""
    account.session += 1


def finish(world: World, generation: Generation, last: Step) -> None:
    """Finish a generation now, with `last`, a completed or failed step.

    Raises Invalid if the generation is already finished or deleted.
    """
    age = world.time.age(generation.id)
    if generation.deleted or generation.finished(age):
        state = "deleted" if generation.deleted else world.time.snapshot(generation).status
        raise Invalid(
            Flaw("", f"generation {generation.id} is {state} already; only an unfinished one can be finished")
        )
    if last.status == FAILED and last.progress is None:
        last = structs.replace(last, progress=world.time.snapshot(generation).progress)
    generation.rule = FINISH
    world.time.run(generation, generation.timeline.ended(age, last))
    world.schedule_refund(generation, world.scenario.wallet.refund_age(generation.timeline))
