"""The clock of a world: show it, change its mode, and move it by hand."""

from functools import partial
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from mockserver.core.clock import Mode
from mockserver.core.document import Problem
from mockserver.core.due import Due
from mockserver.core.errors import NotFound
from mockserver.core.forms import Duration, Instant, Step
from mockserver.core.generation import Generation
from mockserver.core.instant import SECOND, iso
from mockserver.http.control.answers import Faulty
from mockserver.http.control.request import MOST, ControlEndpoint, ControlRequest
from mockserver.world.steering import ClockMove, advance, advance_to_next, advance_until, next_due
from mockserver.world.world import World


class ClockBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change of the clock. An absent key changes nothing. `step` is in microseconds."""

    mode: Mode | UnsetType = UNSET
    step: Step | UnsetType = UNSET
    rate: Annotated[float, Meta(gt=0, le=1_000_000)] | UnsetType = UNSET


class Until(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generation, and the status that it must show at the end of the move."""

    generation: Annotated[int, Meta(ge=0, le=MOST)]
    status: Annotated[str, Meta(min_length=1)]


class AdvanceBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A move of the clock, with exactly one key: `by` microseconds, `to` an instant, `until` something comes due."""

    by: Duration | UnsetType = UNSET
    to: Instant | UnsetType = UNSET
    until: Literal["next"] | Until | UnsetType = UNSET


class DueView(Struct, frozen=True):
    """One thing that comes due, or came due: a new status, a generation that becomes visible, or a refund."""

    at: str
    generation: int
    what: Literal["status", "visible", "refund"]
    status: str | UnsetType = UNSET
    credits: int | UnsetType = UNSET


class ClockView(Struct, frozen=True):
    """A world's clock. `step` is in seconds or `next`; `rate` is in virtual seconds for each real second."""

    now: str
    mode: str
    step: float | str
    rate: float
    began: str
    next: DueView | None


class MovedView(Struct, frozen=True):
    """A move of the clock: the new time, the seconds moved, and the things that came due meanwhile, in order."""

    now: str
    moved: float
    due: list[DueView]
    omitted: int


def seconds(duration: int) -> float:
    """Return microseconds in seconds, without a fraction where there is none."""
    return duration / SECOND if duration % SECOND else duration // SECOND


def due_view(coming: Due) -> DueView:
    """Return the view of something due."""
    status = UNSET if coming.status is None else coming.status
    credits_ = UNSET if coming.credits is None else coming.credits
    return DueView(iso(coming.at), coming.generation, coming.what, status, credits_)


def clock_view(world: World) -> ClockView:
    """Return the view of a world's clock."""
    present, first = world.clock, next_due(world)
    step = present.step if present.step == "next" else seconds(present.step)
    coming = None if first is None else due_view(first)
    return ClockView(iso(present.now()), present.mode, step, present.rate, iso(world.began), coming)


def moved_view(world: World, move: ClockMove) -> MovedView:
    """Return the view of a move."""
    return MovedView(iso(world.clock.now()), seconds(move.by), [due_view(each) for each in move.due], move.omitted)


def show(request: ControlRequest) -> ClockView:
    """Show the time, the mode of the clock, and the next thing due."""
    return clock_view(request.open_world())


SHOW: Final = partial(
    ControlEndpoint,
    name="clock",
    answer=show,
    summary="Show the time, what moves it, and what is due next",
    view=ClockView,
    errors=(404,),
)


def change(request: ControlRequest) -> ClockView:
    """Change the mode, the step or the rate of the clock; every generation keeps its age."""
    return request.steer(partial(_changed, request.body(ClockBody)))


CHANGE: Final = partial(
    ControlEndpoint,
    name="change_clock",
    answer=change,
    summary="Let the time be moved by something else",
    body=ClockBody,
    view=ClockView,
    errors=(503,),
)


def _changed(body: ClockBody, world: World) -> ClockView:
    if body == ClockBody():
        raise Faulty([Problem("$", "expected at least one of mode, step, rate, found none")])
    present = {"mode": world.clock.mode, "step": world.clock.step, "rate": world.clock.rate}
    world.time.change(**present | {key: value for key, value in structs.asdict(body).items() if value is not UNSET})
    world.events.moved()
    return clock_view(world)


def move(request: ControlRequest) -> MovedView:
    """Move the time forward and list the things that came due, in order."""
    body = request.body(AdvanceBody)
    given = [key for key, value in structs.asdict(body).items() if value is not UNSET]
    if len(given) != 1:
        raise Faulty([Problem("$", f"expected one of by, to, until, found {' and '.join(given) or 'none'}")])
    return request.steer(partial(_moved, body))


MOVE: Final = partial(
    ControlEndpoint,
    name="advance",
    answer=move,
    summary="Move the time forward and tell what came due",
    body=AdvanceBody,
    view=MovedView,
    errors=(404, 503),
)


def _moved(body: AdvanceBody, world: World) -> MovedView:
    moved = _move(world, body)
    if moved.by:
        world.events.moved(moved.by)
    return moved_view(world, moved)


def _move(world: World, body: AdvanceBody) -> ClockMove:
    if body.by is not UNSET:
        return advance(world, world.clock.now() + body.by)
    if body.to is not UNSET:
        return advance(world, body.to)
    if body.until is UNSET or body.until == "next":
        return advance_to_next(world)
    return advance_until(world, find(world, body.until.generation), body.until.status)


def find(world: World, id_: int) -> Generation:
    """Return a generation of any account, deleted or not. Raises NotFound if it does not exist."""
    generation = world.generations.get(id_)
    if generation is None:
        last = next(reversed(world.generations), None)
        known = "there are none yet" if last is None else f"the last one is {last}"
        raise NotFound(f"there is no generation {id_} in the world {world.name}; {known}")
    return generation
