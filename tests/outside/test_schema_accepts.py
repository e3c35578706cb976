"""A JSON Schema validator written by others reads the schema of scenario files, and checks the gallery by it."""

from typing import Any

import jsonschema_rs
import pytest

from mockserver.core.document import List, Node, Scalar
from mockserver.language import gallery
from mockserver.language.schema import schema
from mockserver.language.yaml_document import read

VALIDATOR = jsonschema_rs.Draft202012Validator(schema())


def written(node: Node) -> Any:
    """Return the content of a document as plain data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, List):
        return [written(item) for item in node.items]
    return {key.word: written(value) for key, value in node.entries}


def test_the_schema_is_valid_in_its_dialect() -> None:
    assert jsonschema_rs.meta.is_valid(schema())


@pytest.mark.parametrize("name", gallery.names())
def test_the_schema_accepts_the_gallery(name: str) -> None:
    document = read((gallery.folder() / f"{name}.yaml").read_bytes(), name)
    assert document.root is not None
    VALIDATOR.validate(written(document.root))


@pytest.mark.parametrize(
    "value",
    [
        {"acounts": []},
        {"clock": {"step": "2x"}},
        {"generations": [{"when": {"promt": "*"}}]},
        {"generations": [{"then": [{"pending": "2s", "completed": None}]}]},
        {"faults": [{"on": "staus", "then": {"status": 500}}]},
        {"faults": [{"on": "status", "then": {"status": 429, "retry_after": {"im": "2s"}}}]},
        {"limits": [{"on": "create", "alow": 5}]},
    ],
)
def test_the_schema_refuses_frequent_mistakes(value: Any) -> None:
    assert not VALIDATOR.is_valid(value)
