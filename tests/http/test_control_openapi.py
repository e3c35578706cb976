"""The document of the control plane against its table of routes; outside judges read it too."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

import pytest
from starlette.testclient import TestClient

from mockserver.commands.main import main
from mockserver.http.app import ROUTES, Settings, application, control_document
from mockserver.http.control import openapi
from mockserver.http.control.request import ControlEndpoint
from mockserver.http.endpoints import NAMES
from mockserver.http.guard import Guard
from mockserver.language.loaded import HAPPY_PATH, FixedSource
from mockserver.world.worlds import Worlds
from tests.support.names import each_name
from tests.support.routes import world_of

Json = dict[str, Any]

DESCRIBED: Final[Json] = json.loads(control_document())
EACH_ROUTE: Final = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


def operations() -> Iterator[tuple[str, str, Json]]:
    """Yield method, path and description of each operation."""
    for path, methods in DESCRIBED["paths"].items():
        yield from ((method.upper(), path, operation) for method, operation in methods.items())


def operation(route: ControlEndpoint) -> Json:
    return dict(DESCRIBED["paths"][route.path][route.method.lower()])


def component(name: str) -> Json:
    return dict(DESCRIBED["components"]["schemas"][name])


def test_each_route_is_in_the_document_and_only_the_documents_beside() -> None:
    listed = {(method, path) for method, path, _ in operations()}
    assert listed - {(route.method, route.path) for route in ROUTES} == {
        ("GET", "/__mock/openapi.json"),
        ("GET", "/__mock/control.json"),
    }


def test_each_operation_has_an_id_of_its_own_that_any_language_can_call_it_by() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(ids)) == len(ids)
    assert all(id_.isidentifier() for id_ in ids)


@EACH_ROUTE
def test_each_operation_has_a_summary_and_a_tag(route: ControlEndpoint) -> None:
    described = operation(route)
    assert described["summary"] == route.summary
    assert set(described["tags"]) <= {tag["name"] for tag in DESCRIBED["tags"]}


@EACH_ROUTE
def test_each_body_and_each_answer_in_json_has_an_example(route: ControlEndpoint) -> None:
    described = operation(route)
    answer = described["responses"][str(route.success)]["content"][route.media_type]
    assert ("example" in answer) == (route.media_type == "application/json")
    if route.body is not None:
        content = described["requestBody"]["content"]["application/json"]
        # Where nothing can be chosen there is nothing to show.
        assert "example" in content or not component(route.body.__name__)["properties"]


@EACH_ROUTE
def test_each_parameter_is_listed_as_the_route_reads_it(route: ControlEndpoint) -> None:
    parameters = operation(route)["parameters"]
    assert [each["name"] for each in parameters if each["in"] == "query"] == [each.name for each in route.parameters]
    assert all(f"{{{each['name']}}}" in route.path for each in parameters if each["in"] == "path")


@EACH_ROUTE
def test_each_refusal_that_any_route_knows_is_listed(route: ControlEndpoint) -> None:
    statuses = {int(status) for status in operation(route)["responses"]}
    assert {400, 403, 405, 413, 431, *route.errors, route.success} <= statuses
    assert (415 in statuses) == (route.method != "GET")
    assert (401 in statuses) == (route.name != "health")


def test_each_refusal_is_called_by_its_phrase() -> None:
    responses = DESCRIBED["components"]["responses"]
    assert all(HTTPStatus(int(status)).phrase.capitalize() == each["description"] for status, each in responses.items())


@pytest.mark.parametrize("name", [route.body.__name__ for route in ROUTES if route.body is not None])
def test_a_body_has_no_keys_but_those_that_are_listed(name: str) -> None:
    body = component(name)
    assert body["additionalProperties"] is False or (body["properties"], body["maxProperties"]) == ({}, 0)


def pieces(piece: object) -> Iterator[Json]:
    """Yield each mapping in a piece of the document, itself included."""
    if isinstance(piece, dict):
        yield piece
    for child in piece.values() if isinstance(piece, dict) else piece if isinstance(piece, list) else ():
        yield from pieces(child)


def test_each_object_has_a_description() -> None:
    objects = [piece for piece in pieces(DESCRIBED) if piece.get("type") == "object" and not piece.get("properties")]
    assert [piece for piece in objects if piece.get("additionalProperties", False) is False] == []


@EACH_ROUTE
def test_an_answer_that_is_neither_json_nor_text_is_bytes_too(route: ControlEndpoint) -> None:
    content = operation(route)["responses"][str(route.success)]["content"]
    text = route.media_type.startswith("text/") or route.media_type == "application/json"
    assert set(content) == {route.media_type} | ({"application/octet-stream"} if not text else set())


def test_short_forms_are_those_of_scenarios() -> None:
    by = component("AdvanceBody")["properties"]["by"]["anyOf"]
    assert [choice["type"] for choice in by] == ["number", "string"]
    assert {"const": "next"} in component("ClockBody")["properties"]["step"]["anyOf"]
    assert component("Then")["properties"]["drop"]


def test_one_thing_moves_the_clock_and_one_at_least_changes_it() -> None:
    assert (component("AdvanceBody")["minProperties"], component("AdvanceBody")["maxProperties"]) == (1, 1)
    assert component("ClockBody")["minProperties"] == 1


@pytest.mark.parametrize(
    ("name", "required"), [("reset", False), ("load", True), ("advance", True), ("expire_tokens", False)]
)
def test_a_body_may_be_absent_where_each_of_its_keys_may(name: str, *, required: bool) -> None:
    [described] = [each for _, _, each in operations() if each["operationId"] == name]
    assert described["requestBody"]["required"] is required


def test_a_world_is_chosen_by_the_address_of_the_server() -> None:
    worlds = Worlds(FixedSource(HAPPY_PATH))
    client = TestClient(application(worlds))
    default, other = (server["url"].removesuffix("/").format(world="gw3") for server in DESCRIBED["servers"])
    assert [client.get(f"{url}/__mock/health").json()["world"] for url in (default, other)] == ["default", "gw3"]


@each_name
def test_the_document_admits_exactly_the_names_of_worlds_for_discarding_one(name: str) -> None:
    [discard] = [each for _, _, each in operations() if each["operationId"] == "discard"]
    [parameter] = discard["parameters"]
    chosen = world_of(f"/w/{name}/x")
    assert bool(re.search(parameter["schema"]["pattern"], name)) is (chosen == name)


def test_the_name_of_a_world_is_described_in_the_words_of_the_hints() -> None:
    assert NAMES in DESCRIBED["servers"][1]["variables"]["world"]["description"]


def test_the_token_is_where_the_document_says() -> None:
    client = TestClient(application(Worlds(FixedSource(HAPPY_PATH)), Settings(guard=Guard(token="open-sesame"))))
    assert DESCRIBED["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert client.get("/__mock/clock").status_code == 401
    assert client.get("/__mock/clock", headers={"Authorization": "Bearer open-sesame"}).status_code == 200
    [health] = [each for _, path, each in operations() if path == "/__mock/health"]
    assert health["security"] == []


def test_server_and_command_line_give_the_same_document(capsys: pytest.CaptureFixture[str]) -> None:
    client = TestClient(application(Worlds(FixedSource(HAPPY_PATH))))
    answer = client.get("/__mock/control.json")
    assert (answer.headers["content-type"], answer.content) == ("application/json", control_document())
    assert main(["openapi", "--control"]) == 0
    assert capsys.readouterr().out.encode() == control_document() + b"\n"


def test_a_document_of_the_control_plane_is_of_no_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["openapi", "--control", "rough-poll"])
    assert end.value.code == 2
    assert "argument SCENARIO: not allowed with argument --control" in capsys.readouterr().err


def test_the_document_is_the_same_in_every_process() -> None:
    program = (
        "import sys; from mockserver.http.app import control_document; sys.stdout.buffer.write(control_document())"
    )
    assert {_output(program, seed) for seed in ("1", "2")} == {control_document()}


def test_a_server_starts_without_loading_the_writer_of_the_document() -> None:
    module = openapi.__name__
    program = f"import sys, mockserver.http.app; sys.stdout.write(str('{module}' in sys.modules))"
    assert _output(program, "1") == b"False"


def _output(program: str, hash_seed: str) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout
