"""The schema for editors: it accepts every document that the loader accepts, and refuses common mistakes."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.document import from_json
from mockserver.core.scenario import Scenario
from mockserver.language import gallery
from mockserver.language.decode import decode
from mockserver.language.expectation import fields
from mockserver.language.file import ScenarioError, parse
from mockserver.language.schema import schema
from mockserver.language.yaml_document import read

from .documents import documents
from .judge import violations, written

SCHEMA: Final[Mapping[str, Any]] = schema()

SECTIONS: Final = fields(Scenario).written


@pytest.mark.parametrize("section", SECTIONS)
@given(data=st.data())
def test_the_schema_accepts_every_document_that_the_loader_accepts(section: str, data: st.DataObject) -> None:
    document = {section: data.draw(documents(SECTIONS[section].type))}
    if decode(from_json(document), Scenario).problems:
        return
    assert list(violations(document, SCHEMA, SCHEMA)) == []


@pytest.mark.parametrize("name", gallery.names())
def test_it_accepts_the_gallery(name: str) -> None:
    document = read((gallery.folder() / f"{name}.yaml").read_bytes(), name)
    assert document.root is not None
    assert list(violations(written(document.root), SCHEMA, SCHEMA)) == []


@pytest.mark.parametrize("value", [None, {}])
def test_an_empty_file_is_a_scenario(value: object) -> None:
    assert list(violations(value, SCHEMA, SCHEMA)) == []


@pytest.mark.parametrize(
    "value",
    [
        {"acounts": []},
        {"clock": {"mode": "pol"}},
        {"clock": {"step": "2x"}},
        {"accounts": [{"email": "you@example.com"}]},
        {"accounts": [{"email": "you@example.com", "password": 1234}]},
        {"accounts": {"email": "you@example.com", "password": "x"}},
        {"models": [{"name": "a", "generation_type": "vidoe"}]},
        {"generations": [{"when": {"promt": "*"}}]},
        {"generations": [{"when": {"settings.": "*"}}]},
        {"generations": [{"then": []}]},
        {"generations": [{"then": [{"pending": "2s", "completed": None}]}]},
        {"generations": [{"then": [{"pending": {"fro": 1}}]}]},
        {"generations": [{"then": [{"processing": {"for": "2s", "progress": [101]}}]}]},
        {"generations": [{"calls": "x"}]},
        {"generations": [{"calls": {"evry": 3}}]},
        {"generations": [{"place": "x:1"}]},
        {"faults": [{"then": {"status": 500}}]},
        {"faults": [{"on": "create"}]},
        {"faults": [{"on": "staus", "then": {"status": 500}}]},
        {"faults": [{"on": "status", "then": {"status": "500"}}]},
        {"faults": [{"on": "status", "then": {"drop": "rest"}}]},
        {"faults": [{"on": "status", "then": {"drop": {"truncate": 1}}}]},
        {"faults": [{"on": "status", "then": {"status": 429, "retry_after": {"im": "2s"}}}]},
        {"faults": [{"on": "status", "between": ["1s"], "then": {"status": 500}}]},
        {"limits": [{"on": "create", "alow": 5}]},
        {"wallet": {"refund_failed": "yes"}},
        {"api": {"trailing_slash": 308}},
        [],
    ],
)  # fmt: skip
def test_the_schema_and_the_loader_refuse_common_mistakes(value: Any) -> None:
    with pytest.raises(ScenarioError):
        parse(json.dumps(value), "x.yaml")
    assert list(violations(value, SCHEMA, SCHEMA))


def parts(part: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, dict):
        yield part
    for inside in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from parts(inside)


def test_every_mapping_is_titled_and_takes_no_other_keys() -> None:
    mappings = [part for part in parts(SCHEMA) if part.get("type") == "object" and "title" in part]
    assert len(mappings) >= len(SCHEMA["$defs"])
    assert all(part["additionalProperties"] is False and part["description"] for part in mappings)
    assert SCHEMA["additionalProperties"] is False


def test_defaults_are_shown_as_they_are_written() -> None:
    clock = SCHEMA["$defs"]["ClockSettings"]["properties"]
    assert (clock["step"]["default"], clock["rate"]["default"]) == (2, 1)
    assert SCHEMA["$defs"]["Drip"]["properties"]["every"]["default"] == 0.05
    defaults = [(part["default"], part) for part in parts(SCHEMA) if "default" in part and "description" in part]
    assert [list(violations(default, part, SCHEMA)) for default, part in defaults] == [[]] * len(defaults)


def test_fields_that_only_the_program_makes_are_not_in_the_schema() -> None:
    properties = {key for part in parts(SCHEMA) for key in part.get("properties", {})}
    assert not {"place", "spans", "raw"} & properties


def test_it_is_the_same_in_every_process() -> None:
    code = "import msgspec, mockserver.language.schema as made; print(msgspec.json.encode(made.schema()).decode())"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONHASHSEED": "5"},
    )
    assert json.loads(run.stdout) == SCHEMA


def test_the_gallerys_copy_for_editors_is_the_schema() -> None:
    copy = json.loads((gallery.folder() / "schema.json").read_text("utf-8"))
    assert copy == SCHEMA, "renew it: imaginelab-mock schema > scenarios/schema.json"
