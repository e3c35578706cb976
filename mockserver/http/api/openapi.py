"""The OpenAPI document of the emulated API, from the declarations that the code itself runs on.

Paths, parameters and statuses are the endpoints', schemas are those of the structs that read and write bodies, models
and bounds are the scenario's.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from msgspec import Struct

from mockserver import media
from mockserver.core.errors import ERRORS
from mockserver.core.generation import GenerationType
from mockserver.core.operation import TRAITS, Operation
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.api.request import ApiEndpoint
from mockserver.http.api.schemas import FLAWS, schemas
from mockserver.http.endpoints import JSON, Schema
from mockserver.http.openapi import (
    BYTES,
    OCTETS,
    TEXT_HEADER,
    WORLD_NAME,
    paths,
    placed,
    queried,
    reference,
    refusal,
    refused,
    tags,
    written,
)
from mockserver.http.request import FORM

_ABOUT: Final = (
    "What an emulator of the ImagineLab API answers. `x-source` tells the published from the assumed, operation by"
    " operation, and each description says more. Answers carry `X-Mock-Rule` where a scenario scripted them, and"
    " `X-Mock-Hint` where a refusal is likely the scenario's doing."
)
_TAGS: Final = {"auth": "Accounts and tokens.", "generations": "Orders, polls and results.", "media": "The outputs."}

_PLACEHOLDERS: Final[Mapping[str, Schema]] = {
    "id": {"schema": {"type": "integer", "minimum": 1}},
    "name": {"schema": {"type": "string", "pattern": "^[0-9]{1,3}[.][a-z0-9]{1,5}$"}},
    "world": {"schema": WORLD_NAME},
}

_ANYWHERE: Final = (405, 413, 429, 431)
"""The refusals that every path knows. Source of 429: API reference, "Errors & Limits"; it comes when scripted."""

_PHRASES: Final = {error.status: error.phrase for error in ERRORS}

_TEXTLESS: Final = [kind for kind in GenerationType if kind is not GenerationType.TEXT]
_SENT: Final = [media.kind(kind, settings).content_type for kind in _TEXTLESS for settings in ({}, {"format": "png"})]
_CONTENT: Final[Schema] = dict.fromkeys((*_SENT, OCTETS), BYTES)
_VALIDATORS: Final[Schema] = {"ETag": TEXT_HEADER, "Accept-Ranges": {"required": True, "schema": {"const": "bytes"}}}
_FILES: Final[dict[str, Schema]] = {
    "200": {"description": "The whole file", "headers": _VALIDATORS, "content": _CONTENT},
    "206": {
        "description": "The part that a `Range` asked for",
        "headers": {**_VALIDATORS, "Content-Range": TEXT_HEADER},
        "content": _CONTENT,
    },
    "304": {"description": "The file that `If-None-Match` names", "headers": _VALIDATORS},
}


class _Described(Struct, frozen=True):
    """The material of one document."""

    endpoints: Sequence[ApiEndpoint]
    types: Mapping[type, Schema]
    """The schema to write for each type of a body or a view."""
    api: ApiSettings


def describe(endpoints: Sequence[ApiEndpoint], scenario: Scenario) -> bytes:
    """Return the document in JSON: the same bytes for the same release and scenario."""
    types = dict.fromkeys(kind for endpoint in endpoints for kind in (endpoint.body, endpoint.view) if kind)
    references, components = schemas(types, scenario)
    described = _Described(endpoints, references, scenario.api)
    return written(
        "ImagineLab API, emulated",
        _ABOUT,
        {
            "servers": [{"url": "/"}],
            "tags": tags(_TAGS),
            "paths": paths((_path(each), each.method, _operation(each, described)) for each in endpoints),
            "components": {
                "schemas": components,
                "responses": _refusals(described),
                "securitySchemes": _security(endpoints),
            },
        },
    )


# Operations


def _path(endpoint: ApiEndpoint) -> str:
    """Return the path as clients meet it: links to media name their world."""
    return f"/w/{{world}}{endpoint.path}" if endpoint.operation is Operation.MEDIA else endpoint.path


def _operation(endpoint: ApiEndpoint, described: _Described) -> Schema:
    name = endpoint.operation.value
    # Here `in` comes first, as in the documents that were released.
    query = [{"in": "query"} | queried(parameter) for parameter in endpoint.query(described.api)]
    operation: Schema = {
        "operationId": f"{name}_head" if endpoint.method == "HEAD" else name,
        "summary": endpoint.summary,
        "description": endpoint.source,
        "x-source": "documented" if endpoint.documented else "assumed",
        "tags": [tag for tag in _TAGS if f"/{tag}/" in f"{endpoint.path}/"],
        "security": [{"bearer": []}, {"password": []}] if endpoint.protected else [],
        "parameters": [*placed(_path(endpoint), _PLACEHOLDERS), *query],
        "responses": _successes(endpoint, described) | refused(_statuses(endpoint, described.api)),
    }
    if endpoint.body is not None:
        content = {FORM if endpoint.form else JSON: {"schema": described.types[endpoint.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


# Answers


def _successes(endpoint: ApiEndpoint, described: _Described) -> dict[str, Schema]:
    if endpoint.view is None:
        return {status: file for status, file in _FILES.items() if status != "206" or endpoint.method == "GET"}
    content = {JSON: {"schema": described.types[endpoint.view]}}
    success: Schema = {"description": endpoint.summary, "content": content}
    if endpoint.operation is not Operation.CREATE:
        return {str(endpoint.success): success}
    return {str(described.api.create_status): success | {"links": _links(described.endpoints)}}


def _links(endpoints: Sequence[ApiEndpoint]) -> Schema:
    """Return links to all that the owner of a new generation can do with it."""
    theirs = [each.operation.value for each in endpoints if TRAITS[each.operation].names_generation and each.protected]
    return {name: {"operationId": name, "parameters": {"id": "$response.body#/id"}} for name in theirs}


def _statuses(endpoint: ApiEndpoint, api: ApiSettings) -> set[int]:
    """Return the statuses of all refusals of an endpoint."""
    flawed = 422 if api.validation == "fastapi-422" else 400
    return {flawed if status == 400 else status for status in (*endpoint.errors, *_ANYWHERE)}


def _refusals(described: _Described) -> dict[str, Schema]:
    """Return the component of every refusal, by its status."""
    statuses = set().union(*(_statuses(endpoint, described.api) for endpoint in described.endpoints))
    return {str(status): _refusal(status) for status in sorted(statuses)}


def _refusal(status: int) -> Schema:
    phrase = _PHRASES.get(status, HTTPStatus(status).phrase.capitalize())
    if status == 422:
        return refusal(status, phrase, {"schema": {"$ref": reference("schemas", FLAWS)}})
    content = {"schema": {"$ref": reference("schemas", "Detail")}, "example": {"detail": phrase}}
    return refusal(status, phrase, content)


def _security(endpoints: Sequence[ApiEndpoint]) -> Schema:
    login = next(endpoint.path for endpoint in endpoints if endpoint.operation is Operation.LOGIN)
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token, or an API key where a scenario declares one.",
        },
        "password": {"type": "oauth2", "flows": {"password": {"tokenUrl": login, "scopes": {}}}},
    }
