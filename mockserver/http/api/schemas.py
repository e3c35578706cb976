"""The schemas of the API's OpenAPI document: those of the structs for bodies, completed by hand and by the scenario."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from mockserver.core.generation import PRICES, GenerationType
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.api import bodies, views
from mockserver.http.endpoints import Schema
from mockserver.http.openapi import drawn, reference

# Source: API reference, "Authentication", "Create a generation" and "Poll status"; the accounts are assumed.
_EXAMPLES: Final[Mapping[type[Struct], object]] = {
    bodies.SignupBody: {"email": "me@example.com", "password": "YOUR_PASSWORD", "full_name": "Ada Lovelace"},
    bodies.LoginForm: {"username": "you@example.com", "password": "YOUR_PASSWORD"},
    bodies.ForgottenBody: {"email": "you@example.com"},
    views.Token: {"access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...", "token_type": "bearer"},
    views.RecordView: {
        "id": 1842,
        "user_id": 17,
        "generation_type": "image",
        "model_name": "seedream-5.0-lite",
        "prompt": "A neon city skyline at dusk",
        "status": "pending",
        "credit_cost": 5,
        "created_at": "2026-06-07T12:00:00Z",
        "outputs": [],
    },
    views.StatusView: {"id": 1842, "status": "completed", "progress": 100},
    views.Detail: {"detail": "Insufficient credits"},
}

# No types: any value is taken, and one that cannot be read is as good as none.
_SETTINGS: Final[Mapping[str, Schema]] = {
    "aspect_ratio": {"description": "Width to height; square where it cannot be read.", "examples": ["16:9"]},
    "duration": {"description": "Length in seconds; 5 where it cannot be read.", "examples": [8]},
    "format": {"description": "`png` for pixels, else the output is an SVG.", "examples": ["png"]},
}
_UNDERSTOOD: Final[Mapping[GenerationType, tuple[str, ...]]] = {
    GenerationType.IMAGE: ("aspect_ratio",),
    GenerationType.VIDEO: ("aspect_ratio", "duration"),
    GenerationType.VOICE: (),
    GenerationType.MUSIC: ("duration",),
    GenerationType.INFOGRAPHIC: ("aspect_ratio", "format"),
    GenerationType.TEXT: (),
}
"""The settings that change an output."""
_WHATEVER: Final = "Any settings; those that are listed change the output."

FLAWS: Final = "Flaws"
"""The component that a 422 carries."""

# Source: the shape is FastAPI's. Assumed: the reference says 400 and a sentence.
_FLAWS: Final[Schema] = {
    "title": FLAWS,
    "description": "What is wrong with a request, field by field.",
    "type": "object",
    "properties": {
        "detail": {
            "type": "array",
            "minItems": 1,
            "items": {
                "title": "Flaw",
                "type": "object",
                "properties": {
                    "type": {"type": "string", "enum": ["missing", "value_error"]},
                    "loc": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                    "msg": {"type": "string"},
                    # Not `type: null`: there are generators that end at a key which is nothing else.
                    "input": {"description": "Always null."},
                },
                "required": ["type", "loc", "msg", "input"],
            },
        }
    },
    "required": ["detail"],
}


def schemas(types: Iterable[type], scenario: Scenario) -> tuple[dict[type, Schema], dict[str, Schema]]:
    """Return the schemas as `drawn` does, completed by hand and with the scenario's models and bounds."""
    meant, components = drawn(types)
    for kind, example in _EXAMPLES.items():
        components[kind.__name__]["examples"] = [example]
    _complete(components, scenario.api)
    if scenario.api.validation == "fastapi-422":
        components[FLAWS] = _FLAWS
    order = components[bodies.OrderBody.__name__]
    return meant, components | _orders(order, scenario)


def _complete(components: Mapping[str, Schema], api: ApiSettings) -> None:
    """Complete the schemas of answers by hand, so that clients made from the document get the best types."""
    components[GenerationType.__name__]["type"] = "string"
    # A field with a default may be absent by its struct, but is always sent.
    components[views.Token.__name__]["required"] = list(components[views.Token.__name__]["properties"])
    components[views.RecordView.__name__]["properties"]["project_id"]["title"] = "ProjectId"
    if api.timestamps == "z":
        for view in (views.User, views.RecordView):
            components[view.__name__]["properties"]["created_at"]["format"] = "date-time"


def _orders(body: Schema, scenario: Scenario) -> dict[str, Schema]:
    """Return the schema of an order and of its settings by type, and that of any order as a choice of these."""
    orders = {kind: _order(body, kind, scenario) for kind in _orderable(scenario)}
    mapping = {kind: reference("schemas", order["title"]) for kind, order in orders.items()}
    choice = {
        "title": body["title"],
        "description": body["description"],
        "oneOf": [{"$ref": place} for place in mapping.values()],
        "discriminator": {"propertyName": "generation_type", "mapping": mapping},
    }
    settings = [_settings(body["properties"]["settings"], kind) for kind in orders]
    return {schema["title"]: schema for schema in (choice, *orders.values(), *settings)}


def _orderable(scenario: Scenario) -> list[GenerationType]:
    """Return the types that have a model; where there is none at all, every type, though each order is refused."""
    offered = {model.generation_type for model in scenario.models}
    if scenario.api.unknown_models == "accept" or not offered:
        return list(GenerationType)
    return [kind for kind in GenerationType if kind in offered]


def _order(body: Schema, kind: GenerationType, scenario: Scenario) -> Schema:
    fields = body["properties"]
    model = _model(fields["model_name"], kind, scenario)
    prompt = {**fields["prompt"], "maxLength": scenario.api.prompt_max}
    own = {
        "generation_type": {"type": "string", "const": kind},
        "model_name": model,
        "prompt": prompt,
        "project_id": {"title": "ProjectId", **fields["project_id"]},
        "settings": {"anyOf": [{"$ref": reference("schemas", _settings_name(kind))}, {"type": "null"}]},
    }
    example = {"generation_type": kind, "model_name": model["examples"][0], "prompt": "A neon city skyline at dusk"}
    return {
        **body,
        "title": f"{kind.capitalize()}Order",
        "description": f"What makes {kind}; {PRICES[kind]} credits unless its model says otherwise.",
        "properties": {**fields, **own},
        "examples": [example],
    }


def _model(name: Schema, kind: GenerationType, scenario: Scenario) -> Schema:
    own = [model.name for model in scenario.models if model.generation_type is kind]
    if scenario.api.unknown_models == "reject" and own:
        return {"type": "string", "enum": own, "examples": own[:1]}
    others = [model.name for model in scenario.models if model.generation_type is not kind]
    return {**name, "not": {"enum": others}, "examples": own[:1] or [f"{kind}-model"]}


def _settings_name(kind: GenerationType) -> str:
    return f"{kind.capitalize()}Settings"


def _settings(field: Schema, kind: GenerationType) -> Schema:
    record, _ = field["anyOf"]
    understood = {name: _SETTINGS[name] for name in _UNDERSTOOD[kind]}
    return {"title": _settings_name(kind), "description": _WHATEVER, **record, "properties": understood}
