"""Generations: the models on offer, orders, polls, results and the history."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from msgspec import structs

from mockserver import media
from mockserver.core.errors import Flaw, Invalid
from mockserver.core.generation import Generation, GenerationType, Order
from mockserver.core.history import Selection
from mockserver.core.operation import Operation
from mockserver.core.scenario import ApiSettings
from mockserver.http.api import views
from mockserver.http.api.answers import Answer, ok
from mockserver.http.api.bodies import OrderBody, read_json
from mockserver.http.api.request import ApiEndpoint, ApiRequest, Beforehand
from mockserver.http.endpoints import TEXT, Parameter, Schema
from mockserver.world.world import World

_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_PAGE: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 999_999_999, "default": 1}
"""The schema of a page's number: as many digits as are read."""
TEXT_ORDER: Final = b"text"
"""What the body of every order for a text has in it, unless it is escaped."""
ESCAPED: Final = b"\\u"
"""The beginning of a character that is escaped in JSON."""
FEW_TEXTS: Final = 10
"""Texts that are written while others wait: each takes a small part of a millisecond."""
_KIND: Final = Parameter("generation_type", None, GenerationType)


def models(request: ApiRequest) -> Answer:
    """List the models on offer."""
    wanted = _generation_type(request.sent.query)
    offered = request.world.models()
    return ok([views.model(model) for model in offered if wanted in (None, model.generation_type)])


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
    return ok(views.record(request, generation), settings.create_status, generation.rule)


def create_beforehand(request: ApiRequest) -> Beforehand | None:
    """Write a text, if this may be the first order for one: the library that writes it takes long to load."""
    body = request.sent.body
    if media.written() or not (TEXT_ORDER in body or ESCAPED in body):
        return None
    return Beforehand(lambda: media.words(0, ""), _keep)


def _keep(_: object) -> None:
    """Keep nothing: texts are remembered where they are written."""


CREATE: Final = partial(
    ApiEndpoint,
    operation=Operation.CREATE,
    answer=create,
    beforehand=create_beforehand,
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
    selection = _selection(request)
    generations, total = request.world.history(request.account, selection)
    items = [views.record(request, generation) for generation in generations]
    return ok(views.Page(items, total, selection.page, selection.size, -(-total // selection.size)))


def _selection(request: ApiRequest) -> Selection:
    query, settings = request.sent.query, request.world.scenario.api
    return Selection(
        page=_number(query, "page", 1, None),
        size=_number(query, "page_size", settings.page_size, settings.page_size_max),
        status=query.get("status"),
        generation_type=_generation_type(query),
        project_id=query.get("project_id"),
    )


def history_beforehand(request: ApiRequest) -> Beforehand | None:
    """Write the texts of a page in a thread, if it shows more than a few."""
    generations, _ = request.world.history(request.account, _selection(request))
    return _texts_beforehand(request.world, generations)


def _texts_beforehand(world: World, generations: Iterable[Generation]) -> Beforehand | None:
    texts = [each for generation in generations for each in views.texts(world, generation)]
    if len(texts) <= FEW_TEXTS:
        return None
    return Beforehand(lambda: [media.words(key, prompt) for key, prompt in texts], _keep)


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
    beforehand=history_beforehand,
    query=history_query,
    errors=(400, 401),
    summary="List your generations, a page at a time",
    source="The reference says that it is paginated; the parameters and the page are assumed.",
    view=views.Page,
)


def status(request: ApiRequest) -> Answer:
    """Show how a generation is doing."""
    generation = request.generation
    snapshot = request.world.time.snapshot(generation)
    return ok(views.StatusView(generation.id, snapshot.status, snapshot.progress), rule=generation.rule)


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
    return ok(views.record(request, generation), rule=generation.rule)


def result_beforehand(request: ApiRequest) -> Beforehand | None:
    """Write the texts of a generation in a thread, if it shows more than a few."""
    return _texts_beforehand(request.world, [request.generation])


RESULT: Final = partial(
    ApiEndpoint,
    operation=Operation.RESULT,
    answer=result,
    beforehand=result_beforehand,
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
    return ok(views.Detail("Generation deleted"))


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
