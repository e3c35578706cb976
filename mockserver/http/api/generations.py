"""Generations: what is on offer, orders, polls, results and the history."""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import structs

from mockserver.core.errors import Flaw, Invalid
from mockserver.core.generation import GenerationType, Order
from mockserver.core.history import Selection
from mockserver.http.api import views
from mockserver.http.api.bodies import OrderBody, read_json
from mockserver.http.call import Answer, Call

_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def models(call: Call) -> Answer:
    """List the models on offer."""
    wanted = _generation_type(call.request.query)
    offered = call.world.models()
    return views.ok([views.model(model) for model in offered if wanted in (None, model.generation_type)])


def create(call: Call) -> Answer:
    """Accept an order and reserve its cost."""
    body = read_json(call.request, OrderBody)
    settings = call.world.scenario.api
    if len(body.prompt) > settings.prompt_max:
        raise Invalid(Flaw("prompt", f"expected at most {settings.prompt_max} characters, found {len(body.prompt)}"))
    order = Order(**structs.asdict(body))
    call.accepted = call.world.create(call.account, order, call.fact, call.number, call.request.address)
    generation = call.accepted.generation
    return views.ok(views.record(call, generation), settings.create_status, generation.place)


def history(call: Call) -> Answer:
    """Show one page of the caller's generations."""
    query, settings = call.request.query, call.world.scenario.api
    selection = Selection(
        page=_number(query, "page", 1, None),
        size=_number(query, "page_size", settings.page_size, settings.page_size_max),
        status=query.get("status"),
        generation_type=_generation_type(query),
        project_id=query.get("project_id"),
    )
    generations, total = call.world.history(call.account, selection)
    items = [views.record(call, generation) for generation in generations]
    return views.ok(views.Page(items, total, selection.page, selection.size, -(-total // selection.size)))


def status(call: Call) -> Answer:
    """Show how a generation is doing."""
    generation = call.generation
    return views.ok(views.status(call.world, generation), place=generation.place)


def result(call: Call) -> Answer:
    """Show a generation with its outputs."""
    generation = call.generation
    return views.ok(views.record(call, generation), place=generation.place)


def delete(call: Call) -> Answer:
    """Delete a generation."""
    generation = call.generation
    call.world.delete(call.account, generation, call.number)
    return views.ok(views.Detail("Generation deleted"))


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
