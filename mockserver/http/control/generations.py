"""Generations of all accounts: how they are doing, and finishing one now."""

from functools import partial
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from mockserver.core.errors import Flaw, Invalid
from mockserver.core.generation import Generation
from mockserver.core.instant import iso
from mockserver.core.timeline import Count, Step
from mockserver.http.control.clock import DueView, due_view, find, seconds
from mockserver.http.control.exchanges import RuleName
from mockserver.http.control.request import ACCOUNT, LIMIT, LONGEST_PAGE, PAGE, SINCE, ControlEndpoint, ControlRequest
from mockserver.http.endpoints import TEXT, Parameter
from mockserver.world.steering import due_of, unheard_of
from mockserver.world.steering import finish as end
from mockserver.world.world import World

UNKNOWN: Final = -1
"""An id that no account has."""

_STATUS: Final = Parameter("status", "Only those that show this status.", TEXT)


class FinishBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The last status of a generation, and the parts of its result.

    `outputs` is the number of outputs, or the list of their texts. None means one output if the generation is
    completed, and none if it failed. Without `error`, a failed generation has the default sentence.
    """

    status: Literal["completed", "failed"]
    outputs: Count | Annotated[tuple[str, ...], Meta(max_length=100)] | None = None
    error: str | UnsetType | None = UNSET


class GenerationView(Struct, frozen=True):
    """A generation as it is now. `age` is in seconds; `rule` is the rule that scripts its life."""

    id: int
    account: str
    generation_type: str
    model_name: str
    prompt: str
    status: str
    progress: int
    age: float
    credit_cost: int
    created_at: str
    finished: bool
    deleted: bool
    rule: RuleName | None
    next: DueView | None


class Generations(Struct, frozen=True):
    """A page of the generations that match, oldest first.

    `total` is the number of generations in the world, `count` the number that match. `next` is the `since` of the
    following page.
    """

    generations: list[GenerationView]
    total: int
    count: int
    next: int | None


def generation_view(world: World, made: Generation) -> GenerationView:
    """Return the view of a generation."""
    snapshot, age, coming = world.time.snapshot(made), world.time.age(made.id), due_of(world, made)
    return GenerationView(
        made.id,
        world.accounts[made.owner].email,
        made.order.generation_type,
        made.order.model_name,
        made.order.prompt,
        snapshot.status,
        snapshot.progress,
        seconds(age),
        made.cost,
        iso(made.created_at),
        made.finished(age),
        made.deleted,
        None if made.rule is None else RuleName(made.rule.name, made.rule.place),
        due_view(coming[0]) if coming else None,
    )


def index(request: ControlRequest) -> Generations:
    """List the generations that match, oldest first."""
    query, since, limit = request.sent.query, request.number("since", 0), request.number("limit", PAGE, LONGEST_PAGE)
    world, status = request.open_world(), query.get("status")
    if status is not None and (sentence := unheard_of(world, status)):
        raise Invalid(Flaw("status", sentence, "query"))
    found = world.shelves.after(world.time, since, limit, _owner(world, query.get("account")), status)
    page = [generation_view(world, world.generations[id_]) for id_ in found.ids]
    following = page[-1].id if page and len(page) < found.count else None
    return Generations(page, len(world.generations), found.count, following)


INDEX: Final = partial(
    ControlEndpoint,
    name="generations",
    answer=index,
    summary="List the generations of all accounts",
    view=Generations,
    parameters=(_STATUS, ACCOUNT, SINCE, LIMIT),
    errors=(404,),
)


def _owner(world: World, email: str | None) -> int | None:
    """Return the id of the account with this e-mail address; None without an address.

    For an unknown address, return an id that no account has.
    """
    if email is None:
        return None
    account = world.accounts.by_email(email)
    return UNKNOWN if account is None else account.id


def show(request: ControlRequest) -> GenerationView:
    """Show one generation, deleted or not."""
    world = request.open_world()
    return generation_view(world, find(world, request.id()))


SHOW: Final = partial(
    ControlEndpoint,
    name="generation",
    answer=show,
    summary="Show a generation",
    view=GenerationView,
    errors=(404,),
)


def finish(request: ControlRequest) -> GenerationView:
    """Let a generation be completed or failed from now on."""
    body = request.body(FinishBody)
    return request.steer(partial(_finished, request.id(), Step(**structs.asdict(body))))


FINISH: Final = partial(
    ControlEndpoint,
    name="finish",
    answer=finish,
    summary="Let a generation be completed or failed from now on",
    body=FinishBody,
    view=GenerationView,
    errors=(404, 503),
)


def _finished(id_: int, last: Step, world: World) -> GenerationView:
    generation = find(world, id_)
    end(world, generation, last)
    world.events.changed()
    return generation_view(world, generation)
