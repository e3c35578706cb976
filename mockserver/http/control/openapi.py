"""The OpenAPI document of the control plane, from the table of routes and the structs that are read and written.

What is taken is drawn as scenarios are, short forms and all; what is given, as it is written. A world is chosen by the
server's address, which every generated client lets its user set, so that no path is there twice.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.json import decode, encode

from mockserver.http.control.accounts import NothingBody
from mockserver.http.control.clock import AdvanceBody, ClockBody
from mockserver.http.control.guard import HEALTH
from mockserver.http.control.problems import Refusal
from mockserver.http.control.route import Parameter, Route
from mockserver.http.control.visit import MOST
from mockserver.http.routing import NAMES
from mockserver.http.schemas import ANY, BYTES, OCTETS, WORLD_NAME, Schema, drawn, reference
from mockserver.language.expectation import fields
from mockserver.language.schema import Draft
from mockserver.release import release

_ABOUT: Final = (
    "What steers and explains a running emulator of the ImagineLab API; nothing here counts as traffic of that API."
    " Durations are numbers of seconds, and where they are sent also texts such as `500ms`, `2s`, `5m`, `1h`. Instants"
    " are texts such as `2026-06-07T12:00:00Z`. A call that is refused has moved and changed nothing."
)
_WORLD: Final[Schema] = {
    "url": "/w/{world}",
    "description": "The world of this name, made when it is first asked for.",
    "variables": {"world": {"default": "gw0", "description": f"Its name: {NAMES}."}},
}
_TAGS: Final = {
    "server": "What there is, and whether it answers.",
    "scenario": "What the world plays.",
    "clock": "What time it is, and moving it.",
    "journal": "What clients sent, what they were answered, and why.",
    "accounts": "Wallets and tokens.",
    "generations": "Orders and how they are doing.",
    "faults": "Rules in force.",
    "worlds": "Independent runs side by side.",
}
_TAGGED: Final = {"reset": "scenario", "scenarios": "scenario", "events": "journal"}
"""The tag of a path whose first word is none."""

_PLACEHOLDERS: Final[Mapping[str, Schema]] = {
    "email": {"schema": {"type": "string", "minLength": 1}, "example": "you@example.com"},
    "id": {"schema": {"type": "integer", "minimum": 0, "maximum": MOST}, "example": 1842},
    "name": {"schema": {"type": "string", "minLength": 1}, "example": "added.1"},
}
_OF_WORLDS: Final[Schema] = {"schema": WORLD_NAME, "example": "gw3"}
_KEYS: Final[Mapping[type[Struct], Schema]] = {
    AdvanceBody: {"minProperties": 1, "maxProperties": 1},
    ClockBody: {"minProperties": 1},
    # That there is none is said by their number: to generators, an object that has no keys and takes none has no type.
    NothingBody: {"maxProperties": 0, "additionalProperties": ANY},
}
"""How many keys a body has, where a struct cannot say it."""

_ANYWHERE: Final = (400, 403, 405, 413, 431)
_HEADERS: Final[Mapping[int, Schema]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}},
    405: {"Allow": {"required": True, "schema": {"type": "string"}}},
}
_JSON: Final = "application/json"


def describe(routes: Iterable[Route]) -> bytes:
    """Return the document in JSON: the same bytes for the same release."""
    routes = tuple(routes)
    views, components = _given(routes)
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, views)
    return encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "The control plane of imaginelab-mock", "version": release(), "description": _ABOUT},
            "servers": [{"url": "/", "description": "The world default."}, _WORLD],
            "security": [{}, {"token": []}],
            "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
            "paths": paths,
            "components": {
                "schemas": components | _taken(routes),
                "responses": _refusals(routes),
                "securitySchemes": {"token": _TOKEN},
            },
        }
    )


_TOKEN: Final[Schema] = {
    "type": "http",
    "scheme": "bearer",
    "description": "Only where the server was started with `--control-token`.",
}


# Schemas


def _given(routes: Iterable[Route]) -> tuple[Mapping[type, Schema], dict[str, Schema]]:
    """Return what to write where each kind of answer is meant, and the components that this refers to."""
    return drawn([*dict.fromkeys(route.view for route in routes if route.view is not None), Refusal])


def _taken(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the component of each body, and of whatever it is made of."""
    draft = Draft(reference("schemas", ""))
    for body in {route.body: None for route in routes if route.body is not None}:
        draft.reference(body)
        draft.definitions[body.__name__] |= _KEYS.get(body, {})
    return dict(draft.definitions)


# Operations


def _operation(route: Route, views: Mapping[type, Schema]) -> Schema:
    word = re.split(r"\W+", route.path.removeprefix("/__mock"))[1]
    operation: Schema = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [_TAGGED.get(word, word if word in _TAGS else "server")],
        "parameters": [*_placed(route.path), *map(_asked, route.parameters)],
        "responses": _responses(route, views),
    }
    if route.path == HEALTH:
        operation["security"] = []
    if route.body is not None:
        # Where every key may be absent, so may the body.
        least = _KEYS.get(route.body, {}).get("minProperties", 0)
        required = least > 0 or any(field.required for field in fields(route.body).written.values())
        content = {"schema": {"$ref": reference("schemas", route.body.__name__)}, **_example(route.name, "body")}
        operation["requestBody"] = {"required": required, "content": {_JSON: content}}
    return operation


def _placed(path: str) -> Sequence[Schema]:
    known = {**_PLACEHOLDERS, "name": _OF_WORLDS} if "/worlds/" in path else _PLACEHOLDERS
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, **known[name]} for name in names]


def _asked(parameter: Parameter) -> Schema:
    return {"name": parameter.name, "in": "query", "description": parameter.about, "schema": parameter.schema}


@cache
def _examples() -> Mapping[str, Any]:
    return dict(decode(Path(__file__).with_name("examples.json").read_bytes()))


def _example(name: str, part: str) -> Schema:
    example = _examples().get(name, {})
    return {"example": example[part]} if part in example else {}


# Answers


def _responses(route: Route, views: Mapping[type, Schema]) -> Schema:
    written = {"type": "object", "additionalProperties": ANY} if route.media_type == _JSON else {"type": "string"}
    schema = written if route.view is None else views[route.view]
    beside = {} if route.media_type == _JSON or route.media_type.startswith("text/") else {OCTETS: BYTES}
    content = {route.media_type: {"schema": schema, **_example(route.name, "answer")}, **beside}
    success = {str(route.success): {"description": route.summary, "content": content}}
    return success | {str(status): {"$ref": reference("responses", str(status))} for status in _statuses(route)}


def _statuses(route: Route) -> Sequence[int]:
    token = () if route.path == HEALTH else (401,)
    written = () if route.method == "GET" else (415,)
    return sorted({*_ANYWHERE, *token, *written, *route.errors})


def _refusals(routes: Iterable[Route]) -> Schema:
    statuses = sorted({status for route in routes for status in _statuses(route)})
    return {str(status): _refusal(status) for status in statuses}


def _refusal(status: int) -> Schema:
    phrase = HTTPStatus(status).phrase.capitalize()
    headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
    content = {"schema": {"$ref": reference("schemas", Refusal.__name__)}, **_example(str(status), "answer")}
    return {"description": phrase, **headers, "content": {_JSON: content}}
