"""Schemathesis and other validators read the document of the control plane and look for answers that contradict it.

All checks of Schemathesis run in all its phases, on a world that already has a generation.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import control_document
from tests.support.customer import LOGIN, ORDER

DESCRIBED: dict[str, Any] = json.loads(control_document())

BEYOND_A_SCHEMA = ("reset", "load", "change_clock", "advance", "grant", "finish", "add_fault", "copy", "discard")
"""Operations with bodies that a schema accepts, but that the world or the reader of YAML can refuse."""

NAMES_OF_A_WORLD = ("journal", "generations")
"""Operations that select by names of rules and statuses, which only the world knows."""

MANUAL = Scenario(clock=ClockSettings(mode=Mode.MANUAL))


def contents() -> list[tuple[str, dict[str, Any]]]:
    """Return each schema of a body or an answer that has an example."""
    operations = [each for path in DESCRIBED["paths"].values() for each in path.values()]
    asked = [(each["operationId"], each.get("requestBody", {})) for each in operations]
    answered = [(each["operationId"], answer) for each in operations for answer in each["responses"].values()]
    refused = [*DESCRIBED["components"]["responses"].items()]
    pieces = [(name, kind) for name, piece in asked + answered + refused for kind in piece.get("content", {}).values()]
    return [(name, piece) for name, piece in pieces if "example" in piece]


def test_the_document_is_valid_openapi_3_1() -> None:
    validate(DESCRIBED, cls=OpenAPIV31SpecValidator)


@pytest.mark.parametrize(("name", "content"), contents())
def test_each_example_is_valid_by_its_own_schema(name: str, content: dict[str, Any]) -> None:
    schema = {**content["schema"], "components": DESCRIBED["components"]}
    jsonschema_rs.Draft202012Validator(schema).validate(content["example"])


@pytest.mark.parametrize("prefix", ["", "/w/gw3"])
@pytest.mark.parametrize("seed", [1842, 17])
def test_schemathesis_finds_nothing(serve: Callable[[Scenario], str], tmp_path: Path, prefix: str, seed: int) -> None:
    url = serve(MANUAL)
    order(f"{url}{prefix}/api/v1")
    (tmp_path / "schemathesis.toml").write_text(configuration())
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"]
    options = ["--seed", str(seed), "--max-examples", "25", "--generation-database", "none", "--no-color"]
    # Schemathesis cannot read a stream that never ends.
    options += ["--url", f"{url}{prefix}", "--exclude-operation-id", "events"]
    # The document comes from a file, because Schemathesis leaves out the route from which it loads the document.
    (tmp_path / "control.json").write_bytes(control_document())
    command = [*program, "run", "control.json", *options]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    paths = [path for path in DESCRIBED["paths"] if path != "/__mock/events"]
    tested = sum(len(DESCRIBED["paths"][path]) for path in paths)
    assert f"Tested: {tested}" in run.stdout, run.stdout
    assert requests.get(f"{url}/__mock/health", timeout=10).json()["status"] == "ok"


def order(api: str) -> None:
    """Order the generation of the examples."""
    token = requests.post(f"{api}/auth/login", data=LOGIN, timeout=10).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.post(f"{api}/generations", json=ORDER, headers=headers, timeout=10).json()["id"] == 1842


def configuration() -> str:
    """Write Schemathesis' configuration: no waits, and the refusals that no schema can foresee."""
    hasty = '[operations.parameters]\n"query.wait" = 0\n'
    return "\n".join(
        f"""
[[operations]]
include-operation-id = "{name}"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 404, 503]
{hasty if name == "journal" else ""}"""
        for name in BEYOND_A_SCHEMA + NAMES_OF_A_WORLD
    )
