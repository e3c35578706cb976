"""Facts as JSON: one struct a kind of answer, its keys in the reference's order."""

from collections.abc import Callable

from msgspec import UNSET, Struct, UnsetType

from mockserver import media
from mockserver.core import chance, instant
from mockserver.core.account import Account
from mockserver.core.generation import Generation, GenerationType, Model, Order
from mockserver.http.api.request import ApiRequest
from mockserver.world.world import World


class User(Struct, frozen=True):
    """An account. Assumed: the reference names the route only."""

    id: int
    email: str
    full_name: str | None
    plan: str | None
    credits: int
    created_at: str


class Token(Struct, frozen=True):
    """What a login answers. Source: API reference, "Authentication"."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of a scheme


class Detail(Struct, frozen=True):
    """A sentence. Source: API reference, "Errors & Limits"."""

    detail: str


class ModelView(Struct, frozen=True):
    """One model on offer. Assumed: the reference names the route only."""

    name: str
    generation_type: GenerationType
    credit_cost: int


class RecordView(Struct, frozen=True):
    """A generation. Source: API reference, "Create a generation"; the three last keys are assumed."""

    id: int
    user_id: int
    generation_type: GenerationType
    model_name: str
    prompt: str
    status: str
    credit_cost: int
    created_at: str
    outputs: tuple[str, ...]
    settings: dict[str, object] | UnsetType | None = UNSET
    project_id: str | int | UnsetType | None = UNSET
    error: str | UnsetType | None = UNSET


class StatusView(Struct, frozen=True, gc=False):
    """How a generation is doing. Source: API reference, "Poll status"."""

    id: int
    status: str
    progress: int


class Page(Struct, frozen=True):
    """One page of the history. Assumed: the reference says only that it is paginated."""

    items: list[RecordView]
    total: int
    page: int
    page_size: int
    pages: int


def user(world: World, account: Account) -> User:
    """Return the view of an account."""
    return User(
        account.id,
        account.email,
        account.full_name,
        account.plan,
        world.balance(account),
        written(world, account.created_at),
    )


def model(offered: Model) -> ModelView:
    """Return the view of a model."""
    return ModelView(offered.name, offered.generation_type, offered.cost)


def record(request: ApiRequest, generation: Generation) -> RecordView:
    """Return the view of a generation as it is now, its links good from now on."""
    order, snapshot = generation.order, request.world.time.snapshot(generation)
    return RecordView(
        generation.id,
        generation.owner,
        order.generation_type,
        order.model_name,
        order.prompt,
        snapshot.status,
        generation.cost,
        written(request.world, generation.created_at),
        _outputs(request, generation, snapshot.outputs),
        order.settings,
        order.project_id,
        snapshot.error,
    )


def written(world: World, moment: int) -> str:
    """Return an instant as the world's API writes it."""
    write: Callable[[int], str] = instant.iso if world.scenario.api.timestamps == "z" else instant.iso_naive
    return write(moment)


def output_key(world: World, generation: Generation, index: int) -> int:
    """Return the number that an output is made from."""
    return chance.number(world.scenario.seed, "output", generation.id, index)


def texts(world: World, generation: Generation) -> list[tuple[int, str]]:
    """Return the number and the prompt of each text that a generation shows now and that has to be written."""
    if generation.order.generation_type is not GenerationType.TEXT:
        return []
    outputs = world.time.snapshot(generation).outputs
    count = 0 if isinstance(outputs, tuple) else outputs
    return [(output_key(world, generation, index), generation.order.prompt) for index in range(count)]


def _outputs(request: ApiRequest, generation: Generation, outputs: int | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(outputs, tuple):
        return outputs
    return tuple(_output(request, generation, index) for index in range(outputs))


def _output(request: ApiRequest, generation: Generation, index: int) -> str:
    order: Order = generation.order
    if order.generation_type is GenerationType.TEXT:
        return media.words(output_key(request.world, generation, index), order.prompt)
    kind = media.kind(order.generation_type, order.settings or {})
    path = f"/w/{request.world.name}/media/{generation.id}/{index}.{kind.extension}"
    return request.origin + request.world.links.sign(path)
