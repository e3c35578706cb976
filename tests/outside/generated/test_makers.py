"""Each tool makes a client from each document, and has only the complaints that it has about every document."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.client import MockServer

from .makers import MAKERS

# The smallest document with an answer of texts under names; its version of OpenAPI is that of our documents.
BARE: Final[Mapping[str, Any]] = {
    "openapi": "3.1.0",
    "info": {"title": "Bare", "version": "1"},
    "servers": [{"url": "http://127.0.0.1"}],
    "paths": {
        "/{id}": {
            "get": {
                "operationId": "ask",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "Texts",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Texts"}}},
                    }
                },
            }
        }
    },
    "components": {"schemas": {"Texts": {"type": "object", "additionalProperties": {"type": "string"}}}},
}

DOCUMENTS: Final[Mapping[str, str]] = {
    "API": "/__mock/openapi.json",
    "API in an older dialect": "/w/older/__mock/openapi.json",
    "control plane": "/__mock/control.json",
}

Usual = Callable[[str], list[str]]
"""Return the complaints of a maker about the smallest document, in which nothing can be wrong."""


@pytest.fixture(scope="session")
def usual(workshop: Path) -> Usual:
    said: dict[str, list[str]] = {}

    def of_any(name: str) -> list[str]:
        if name not in said:
            file = workshop / f"{name}.json"
            file.write_text(json.dumps(BARE), encoding="utf-8")
            said[name] = MAKERS[name](str(file), workshop / "bare" / name)
        return said[name]

    return of_any


@pytest.mark.parametrize("path", DOCUMENTS.values(), ids=DOCUMENTS.keys())
@pytest.mark.parametrize("name", MAKERS)
def test_a_tool_makes_a_client_without_a_complaint(
    name: str, path: str, server: MockServer, usual: Usual, tmp_path: Path
) -> None:
    server.world("older").load("old-api-dialect")
    assert MAKERS[name](server.url + path, tmp_path / name) == usual(name)
