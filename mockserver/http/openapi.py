"""The parts of an OpenAPI document that both applications write alike; each has a front page of its own."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.json import schema_components

from mockserver.core.wording import written_json
from mockserver.http.endpoints import JSON, TEXT, WORLD, Parameter, Schema
from mockserver.release import release

ANY: Final[Schema] = {"description": "Any JSON."}
"""The schema of any value. It has a key, since generators take an empty schema for a missing one."""

OCTETS: Final = "application/octet-stream"
"""The one type of bytes that every generator of clients knows, so that it stands beside the true one."""

# In the words of OpenAPI 3.0: to generators they are still the only sign of binary data.
BYTES: Final[Schema] = {"schema": {"type": "string", "format": "binary"}}
"""The content of an answer in bytes."""

WORLD_NAME: Final[Schema] = {"type": "string", "pattern": f"^({WORLD.pattern})$"}
"""The schema of a world's name."""

TEXT_HEADER: Final[Schema] = {"required": True, "schema": TEXT}
"""A header that an answer always has, with any text."""

_HEADERS: Final[Mapping[int, Schema]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}},
    405: {"Allow": TEXT_HEADER},
    416: {"Content-Range": TEXT_HEADER},
    429: {"Retry-After": {"description": "Seconds, or an HTTP date.", "schema": TEXT}},
}
"""The headers of refusals, by status."""


def reference(kind: str, name: str) -> str:
    """Return the reference to a component of the document."""
    return f"#/components/{kind}/{name}"


def drawn(types: Iterable[type]) -> tuple[dict[type, Schema], dict[str, Schema]]:
    """Return the schema to write for each of these types, and the components that those schemas refer to."""
    types = list(types)
    meant, components = schema_components(types, schema_hook=lambda _: ANY, ref_template=reference("schemas", "{name}"))
    return dict(zip(types, meant, strict=True)), components


def written(title: str, about: str, parts: Schema) -> bytes:
    """Return a document in JSON; `parts` are its keys after `info`."""
    info = {"title": title, "version": release(), "description": about}
    return written_json({"openapi": "3.1.0", "info": info, **parts})


def tags(described: Mapping[str, str]) -> list[Schema]:
    """Return the tags of operations with their descriptions."""
    return [{"name": name, "description": text} for name, text in described.items()]


def paths(operations: Iterable[tuple[str, str, Schema]]) -> dict[str, Schema]:
    """Return operations, each with its path and method, by path and method."""
    found: dict[str, Schema] = {}
    for path, method, operation in operations:
        found.setdefault(path, {})[method.lower()] = operation
    return found


def placed(path: str, known: Mapping[str, Schema]) -> list[Schema]:
    """Return the parameters that a path names; `known` has their schemas and examples."""
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, **known[name]} for name in names]


def queried(parameter: Parameter) -> Schema:
    """Return a parameter of a query."""
    schema = parameter.schema
    return {
        "name": parameter.name,
        "in": "query",
        **({"required": True} if parameter.required else {}),
        **({} if parameter.about is None else {"description": parameter.about}),
        "schema": {"$ref": reference("schemas", schema.__name__)} if isinstance(schema, type) else schema,
    }


def refused(statuses: Iterable[int]) -> dict[str, Schema]:
    """Return references to the refusals with these statuses, in the order of their numbers."""
    return {str(status): {"$ref": reference("responses", str(status))} for status in sorted({*statuses})}


def refusal(status: int, phrase: str, content: Schema) -> Schema:
    """Return the component of the refusals with one status."""
    headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
    return {"description": phrase, **headers, "content": {JSON: content}}
