"""The OpenAPI document of the emulated API, from the declarations that the code itself runs on.

Paths and statuses are the endpoints', schemas are the structs' that read and write bodies, models and bounds are the
scenario's. Parameters and headers, which handlers read one by one, stand in the tables here.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from msgspec.json import encode

from mockserver import media
from mockserver.core.errors import ERRORS
from mockserver.core.generation import GenerationType
from mockserver.core.operation import Operation
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.call import JSON, Endpoint
from mockserver.http.schemas import BYTES, FLAWS, OCTETS, WORLD_NAME, Schema, reference, schemas
from mockserver.release import release

_ABOUT: Final = (
    "What an emulator of the ImagineLab API answers. `x-source` tells the published from the assumed, operation by"
    " operation, and each description says more. Answers carry `X-Mock-Rule` where a scenario scripted them, and"
    " `X-Mock-Hint` where a refusal is likely the scenario's doing."
)
_TAGS: Final = {"auth": "Accounts and tokens.", "generations": "Orders, polls and results.", "media": "The outputs."}

_PLACEHOLDERS: Final[Mapping[str, Schema]] = {
    "id": {"type": "integer", "minimum": 1},
    "name": {"type": "string", "pattern": "^[0-9]{1,3}[.][a-z0-9]{1,5}$"},
    "world": WORLD_NAME,
}

_TEXT_HEADER: Final[Schema] = {"required": True, "schema": {"type": "string"}}
_HEADERS: Final[Mapping[int, Schema]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}},
    405: {"Allow": _TEXT_HEADER},
    416: {"Content-Range": _TEXT_HEADER},
    429: {"Retry-After": {"description": "Seconds, or an HTTP date.", "schema": {"type": "string"}}},
}

_ANYWHERE: Final = (405, 413, 429, 431)
"""The refusals that every path knows. Source of 429: API reference, "Errors & Limits"; it comes when scripted."""

_PHRASES: Final = {error.status: error.phrase for error in ERRORS}

_LINKS: Final[Schema] = {
    operation: {"operationId": operation, "parameters": {"id": "$response.body#/id"}}
    for operation in (Operation.STATUS.value, Operation.RESULT.value, Operation.DELETE.value)
}
"""What can be done with a new generation."""

_TEXTLESS: Final = [kind for kind in GenerationType if kind is not GenerationType.TEXT]
_SENT: Final = [media.kind(kind, settings).content_type for kind in _TEXTLESS for settings in ({}, {"format": "png"})]
_CONTENT: Final[Schema] = dict.fromkeys((*_SENT, OCTETS), BYTES)
_VALIDATORS: Final[Schema] = {"ETag": _TEXT_HEADER, "Accept-Ranges": {"required": True, "schema": {"const": "bytes"}}}
_FILES: Final[dict[str, Schema]] = {
    "200": {"description": "The whole file", "headers": _VALIDATORS, "content": _CONTENT},
    "206": {
        "description": "The part that a `Range` asked for",
        "headers": {**_VALIDATORS, "Content-Range": _TEXT_HEADER},
        "content": _CONTENT,
    },
    "304": {"description": "The file that `If-None-Match` names", "headers": _VALIDATORS},
}


def describe(endpoints: Sequence[Endpoint], scenario: Scenario) -> bytes:
    """Return the document in JSON: the same bytes for the same release and scenario."""
    types = dict.fromkeys(kind for endpoint in endpoints for kind in (endpoint.body, endpoint.view) if kind)
    references, components = schemas(types, scenario)
    paths: dict[str, Schema] = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, references, scenario.api)
        paths.setdefault(_path(endpoint), {})[endpoint.method.lower()] = operation
    return encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "ImagineLab API, emulated", "version": release(), "description": _ABOUT},
            "servers": [{"url": "/"}],
            "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
            "paths": paths,
            "components": {
                "schemas": components,
                "responses": _refusals(endpoints, scenario.api),
                "securitySchemes": _security(endpoints),
            },
        }
    )


# Operations


def _path(endpoint: Endpoint) -> str:
    """Return the path as clients meet it: links to media name their world."""
    return "/w/{world}" * (endpoint.operation is Operation.MEDIA) + endpoint.path


def _operation(endpoint: Endpoint, types: Mapping[type, Schema], api: ApiSettings) -> Schema:
    name = endpoint.operation.value
    operation: Schema = {
        "operationId": f"{name}_head" if endpoint.method == "HEAD" else name,
        "summary": endpoint.summary,
        "description": endpoint.source,
        "x-source": "documented" if endpoint.documented else "assumed",
        "tags": [tag for tag in _TAGS if f"/{tag}/" in f"{endpoint.path}/"],
        "security": [{"bearer": []}, {"password": []}] if endpoint.protected else [],
        "parameters": _parameters(endpoint, api),
        "responses": _responses(endpoint, types, api),
    }
    if endpoint.body is not None:
        media_type = "application/x-www-form-urlencoded" if endpoint.form else JSON.decode()
        operation["requestBody"] = {"required": True, "content": {media_type: {"schema": types[endpoint.body]}}}
    return operation


def _parameters(endpoint: Endpoint, api: ApiSettings) -> list[Schema]:
    names = re.findall(r"{(\w+)}", _path(endpoint))
    placed = [{"name": name, "in": "path", "required": True, "schema": _PLACEHOLDERS[name]} for name in names]
    return placed + [{"in": "query", **parameter} for parameter in _query(endpoint.operation, api)]


def _query(operation: Operation, api: ApiSettings) -> Sequence[Schema]:
    text = {"type": "string"}
    kind = {"name": "generation_type", "schema": {"$ref": reference("schemas", GenerationType.__name__)}}
    match operation:
        case Operation.MODELS:
            return (kind,)
        case Operation.HISTORY:
            # Nine digits are as many as the handler reads.
            number = {"type": "integer", "minimum": 1, "maximum": 999_999_999, "default": 1}
            size = {"type": "integer", "minimum": 1, "maximum": api.page_size_max}
            return (
                {"name": "page", "schema": number},
                {"name": "page_size", "description": f"{api.page_size} where it is absent.", "schema": size},
                {"name": "status", "schema": text},
                kind,
                {"name": "project_id", "schema": text},
            )
        case Operation.MEDIA:
            return (
                {"name": "signature", "required": True, "schema": text},
                {"name": "expires", "description": "In a link that expires.", "schema": text},
            )
    return ()


# Answers


def _responses(endpoint: Endpoint, types: Mapping[type, Schema], api: ApiSettings) -> Schema:
    refused = {_refused(status, api): status for status in (*endpoint.errors, *_ANYWHERE)}
    references = {str(status): {"$ref": reference("responses", str(status))} for status in sorted(refused)}
    return _successes(endpoint, types, api) | references


def _successes(endpoint: Endpoint, types: Mapping[type, Schema], api: ApiSettings) -> dict[str, Schema]:
    if endpoint.view is None:
        return {status: file for status, file in _FILES.items() if status != "206" or endpoint.method == "GET"}
    success: Schema = {"description": endpoint.summary, "content": {JSON.decode(): {"schema": types[endpoint.view]}}}
    if endpoint.operation is not Operation.CREATE:
        return {str(endpoint.success): success}
    return {str(api.create_status): success | {"links": _LINKS}}


def _refused(status: int, api: ApiSettings) -> int:
    return 422 if status == 400 and api.validation == "fastapi-422" else status


def _refusals(endpoints: Sequence[Endpoint], api: ApiSettings) -> dict[str, Schema]:
    """Return every answer that is no success, by its status."""
    statuses = {_refused(status, api) for endpoint in endpoints for status in (*endpoint.errors, *_ANYWHERE)}
    return {str(status): _refusal(status) for status in sorted(statuses)}


def _refusal(status: int) -> Schema:
    phrase = _PHRASES.get(status, HTTPStatus(status).phrase.capitalize())
    content: Schema = {"schema": {"$ref": reference("schemas", "Detail")}, "example": {"detail": phrase}}
    if status == 422:
        content = {"schema": {"$ref": reference("schemas", FLAWS)}}
    headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
    return {"description": phrase, **headers, "content": {JSON.decode(): content}}


def _security(endpoints: Sequence[Endpoint]) -> Schema:
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
