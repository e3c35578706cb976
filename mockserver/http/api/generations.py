"""Generations: the models on offer, orders, polls, results and the history."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Final

from msgspec import structs

from mockserver.core.errors import Flaw, Invalid
from mockserver.core.generation import GenerationType, Order
from mockserver.core.history import Selection
from mockserver.core.operation import Operation
from mockserver.core.scenario import ApiSettings
from mockserver.http.api import views
from mockserver.http.api.answers import Answer
from mockserver.http.api.bodies import OrderBody, read_json
from mockserver.http.api.request import ApiEndpoint, ApiRequest
from mockserver.http.endpoints import TEXT, Parameter, Schema

_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_PAGE: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 999_999_999, "default": 1}
"""The schema of a page's number: as many digits as are read."""
_KIND: Final = Parameter("generation_type", None, GenerationType)


def models(request: ApiRequest) -> Answer:
    """List the models on offer."""
    wanted = _generation_type(request.sent.query)
    offered = request.world.models()
    return views.ok([views.model(model) for model in offered if wanted in (None, model.generation_type)])


def models_query(_: ApiSettings) -> tuple[Parameter, ...]:
    """Declare the parameters that `models` reads."""
    return (_KIND,)


MODELS: Final = partial(
    ApiEndpoint,
    operation=Operation.MODELS,
    answer=models,
    query=models_query,
    errors=(400, 401),
    summary="List the models on offer",
    source="The reference names the route; the parameter and the answer are assumed.",
    view=list[views.ModelView],
)


def create(request: ApiRequest) -> Answer:
    """Accept an order and reserve its cost."""
    body = read_json(request.sent, OrderBody)
    settings = request.world.scenario.api
    if len(body.prompt) > settings.prompt_max:
        raise Invalid(Flaw("prompt", f"expected at most {settings.prompt_max} characters, found {len(body.prompt)}"))
    order = Order(**structs.asdict(body))
    request.accepted = request.world.create(request.account, order, request.fact, request.number, request.sent.address)
    generation = request.accepted.generation
    return views.ok(views.record(request, generation), settings.create_status, generation.place)


CREATE: Final = partial(
    ApiEndpoint,
    operation=Operation.CREATE,
    answer=create,
    documented=True,
    success=201,
    errors=(400, 401, 402, 429, 502),
    summary="Order a generation",
    source='API reference, "Create a generation". Its cost is reserved at once.',
    body=OrderBody,
    view=views.RecordView,
)


def history(request: ApiRequest) -> Answer:
    """Show one page of the caller's generations."""
    query, settings = request.sent.query, request.world.scenario.api
    selection = Selection(
        page=_number(query, "page", 1, None),
        size=_number(query, "page_size", settings.page_size, settings.page_size_max),
        status=query.get("status"),
        generation_type=_generation_type(query),
        project_id=query.get("project_id"),
    )
    generations, total = request.world.history(request.account, selection)
    items = [views.record(request, generation) for generation in generations]
    return views.ok(views.Page(items, total, selection.page, selection.size, -(-total // selection.size)))


def history_query(settings: ApiSettings) -> tuple[Parameter, ...]:
    """Declare the parameters that `history` reads."""
    size = {"type": "integer", "minimum": 1, "maximum": settings.page_size_max}
    return (
        Parameter("page", None, _PAGE),
        Parameter("page_size", f"{settings.page_size} where it is absent.", size),
        Parameter("status", None, TEXT),
        _KIND,
        Parameter("project_id", None, TEXT),
    )


HISTORY: Final = partial(
    ApiEndpoint,
    operation=Operation.HISTORY,
    answer=history,
    query=history_query,
    errors=(400, 401),
    summary="List your generations, a page at a time",
    source="The reference says that it is paginated; the parameters and the page are assumed.",
    view=views.Page,
)


def status(request: ApiRequest) -> Answer:
    """Show how a generation is doing."""
    generation = request.generation
    return views.ok(views.status(request.world, generation), place=generation.place)


STATUS: Final = partial(
    ApiEndpoint,
    operation=Operation.STATUS,
    answer=status,
    documented=True,
    errors=(401, 404),
    summary="Ask how a generation is doing",
    source='API reference, "Poll status".',
    view=views.StatusView,
)


def result(request: ApiRequest) -> Answer:
    """Show a generation with its outputs."""
    generation = request.generation
    return views.ok(views.record(request, generation), place=generation.place)


RESULT: Final = partial(
    ApiEndpoint,
    operation=Operation.RESULT,
    answer=result,
    documented=True,
    errors=(401, 404),
    summary="Fetch a generation with its outputs",
    source='API reference, "Fetch the result".',
    view=views.RecordView,
)


def delete(request: ApiRequest) -> Answer:
    """Delete a generation."""
    generation = request.generation
    request.world.delete(request.account, generation, request.number)
    return views.ok(views.Detail("Generation deleted"))


DELETE: Final = partial(
    ApiEndpoint,
    operation=Operation.DELETE,
    answer=delete,
    errors=(401, 404),
    summary="Delete a generation",
    source="The reference names the route; what it answers is assumed.",
    view=views.Detail,
)


def _generation_type(query: Mapping[str, str]) -> GenerationType | None:
    name = query.get("generation_type")
    if name is not None and name not in GenerationType.__members__.values():
        raise Invalid(Flaw("generation_type", f"expected one of {', '.join(GenerationType)}", "query"))
    return None if name is None else GenerationType(name)


def _number(query: Mapping[str, str], name: str, default: int, most: int | None) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= (most or int(text)):
        raise Invalid(
            Flaw(name, "expected a whole number of at least 1" + (f" and at most {most}" if most else ""), "query")
        )
    return int(text)
