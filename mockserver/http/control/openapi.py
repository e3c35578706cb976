"""The OpenAPI document of the control plane, from the table of endpoints and the structs that are read and written.

Bodies of requests may use the short forms of scenarios; answers do not. The server's address chooses the world, because
every generated client lets its user set this address. So no path is in the document twice.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.json import decode

from mockserver.http.control.accounts import NothingBody
from mockserver.http.control.answers import Refusal
from mockserver.http.control.clock import AdvanceBody, ClockBody
from mockserver.http.control.request import MOST, ControlEndpoint
from mockserver.http.endpoints import JSON, NAMES, Schema
from mockserver.http.guard import HEALTH
from mockserver.http.openapi import (
    ANY,
    BYTES,
    OCTETS,
    WORLD_NAME,
    drawn,
    paths,
    placed,
    queried,
    reference,
    refusal,
    refused,
    tags,
    written,
)
from mockserver.language.expectation import fields
from mockserver.language.schema import Draft

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
    # Their number says that there are none: to generators, an object that has no keys and takes none has no type.
    NothingBody: {"maxProperties": 0, "additionalProperties": ANY},
}
"""How many keys a body has, where a struct cannot say it."""

_ANYWHERE: Final = (400, 403, 405, 413, 431)


def describe(endpoints: Iterable[ControlEndpoint]) -> bytes:
    """Return the document in JSON: the same bytes for the same release."""
    endpoints = tuple(endpoints)
    views, components = _given(endpoints)
    return written(
        "The control plane of imaginelab-mock",
        _ABOUT,
        {
            "servers": [{"url": "/", "description": "The world default."}, _WORLD],
            "security": [{}, {"token": []}],
            "tags": tags(_TAGS),
            "paths": paths((each.path, each.method, _operation(each, views)) for each in endpoints),
            "components": {
                "schemas": components | _taken(endpoints),
                "responses": _refusals(endpoints),
                "securitySchemes": {"token": _TOKEN},
            },
        },
    )


_TOKEN: Final[Schema] = {
    "type": "http",
    "scheme": "bearer",
    "description": "Only where the server was started with `--control-token`.",
}


# Schemas


def _given(endpoints: Iterable[ControlEndpoint]) -> tuple[Mapping[type, Schema], dict[str, Schema]]:
    """Return the schema to write for each type of answer, and the components that those schemas refer to."""
    return drawn([*dict.fromkeys(endpoint.view for endpoint in endpoints if endpoint.view is not None), Refusal])


def _taken(endpoints: Iterable[ControlEndpoint]) -> dict[str, Any]:
    """Return the component of each body and of each type in it."""
    draft = Draft(reference("schemas", ""))
    for body in {endpoint.body: None for endpoint in endpoints if endpoint.body is not None}:
        draft.reference(body)
        draft.definitions[body.__name__] |= _KEYS.get(body, {})
    return dict(draft.definitions)


# Operations


def _operation(endpoint: ControlEndpoint, views: Mapping[type, Schema]) -> Schema:
    word = re.split(r"\W+", endpoint.path.removeprefix("/__mock"))[1]
    known = {**_PLACEHOLDERS, "name": _OF_WORLDS} if "/worlds/" in endpoint.path else _PLACEHOLDERS
    operation: Schema = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [_TAGGED.get(word, word if word in _TAGS else "server")],
        "parameters": [*placed(endpoint.path, known), *map(queried, endpoint.parameters)],
        "responses": _responses(endpoint, views),
    }
    if endpoint.path == HEALTH:
        operation["security"] = []
    if endpoint.body is not None:
        # Where every key may be absent, so may the body.
        least = _KEYS.get(endpoint.body, {}).get("minProperties", 0)
        required = least > 0 or any(field.required for field in fields(endpoint.body).written.values())
        content = {"schema": {"$ref": reference("schemas", endpoint.body.__name__)}, **_example(endpoint.name, "body")}
        operation["requestBody"] = {"required": required, "content": {JSON: content}}
    return operation


@cache
def _examples() -> Mapping[str, Any]:
    return dict(decode(Path(__file__).with_name("examples.json").read_bytes()))


def _example(name: str, part: str) -> Schema:
    example = _examples().get(name, {})
    return {"example": example[part]} if part in example else {}


# Answers


def _responses(endpoint: ControlEndpoint, views: Mapping[type, Schema]) -> Schema:
    written = {"type": "object", "additionalProperties": ANY} if endpoint.media_type == JSON else {"type": "string"}
    schema = written if endpoint.view is None else views[endpoint.view]
    beside = {} if endpoint.media_type == JSON or endpoint.media_type.startswith("text/") else {OCTETS: BYTES}
    content = {endpoint.media_type: {"schema": schema, **_example(endpoint.name, "answer")}, **beside}
    success = {str(endpoint.success): {"description": endpoint.summary, "content": content}}
    return success | refused(_statuses(endpoint))


def _statuses(endpoint: ControlEndpoint) -> Sequence[int]:
    token = () if endpoint.path == HEALTH else (401,)
    written = () if endpoint.method == "GET" else (415,)
    return sorted({*_ANYWHERE, *token, *written, *endpoint.errors})


def _refusals(endpoints: Iterable[ControlEndpoint]) -> Schema:
    statuses = sorted({status for endpoint in endpoints for status in _statuses(endpoint)})
    return {str(status): _refusal(status) for status in statuses}


def _refusal(status: int) -> Schema:
    content = {"schema": {"$ref": reference("schemas", Refusal.__name__)}, **_example(str(status), "answer")}
    return refusal(status, HTTPStatus(status).phrase.capitalize(), content)
