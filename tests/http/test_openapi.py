"""The document against the code: each endpoint is in it, and each answer is one that it announces."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.json import decode
from msgspec.structs import replace
from starlette.testclient import TestClient

from mockserver.core.account import REFERENCE_ACCOUNT
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.generation import Life
from mockserver.core.limits import By, Limit
from mockserver.core.operation import Operation
from mockserver.core.scenario import ApiSettings, MediaSettings, Scenario
from mockserver.core.timeline import COMPLETED, Step
from mockserver.http.api.exchange import BODY_LIMIT
from mockserver.http.app import ENDPOINTS, application, document
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.world.worlds import Worlds
from tests.support.customer import LOGIN, ORDER
from tests.support.names import each_name
from tests.support.routes import world_of

Json = dict[str, Any]

FULL = ORDER | {"settings": {"aspect_ratio": "16:9"}, "project_id": 7, "prompt": "fail"}
ANONYMOUS = {"headers": {"Authorization": ""}}
TOO_LARGE = {"content": b" " * (BODY_LIMIT + 1)}
TOO_MANY_HEADERS = {"headers": {f"x-{number}": "y" for number in range(101)}}
UNREACHED = {429, 502}
"""Statuses of the reference that only limits and faults bring about."""
BEFORE = 3
"""The requests that a client sends before the request of a case."""

SCENARIO = Scenario(
    clock=ClockSettings(mode=Mode.POLL),
    accounts=(replace(REFERENCE_ACCOUNT, credits=10),),
    generations=(
        Life(when={"prompt": "fail"}, then=(Step(status="failed"),)),
        Life(then=(Step(status=COMPLETED),)),
    ),
)


def described(scenario: Scenario = SCENARIO) -> Json:
    return dict(decode(document(scenario)))


def operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield method, path and description of each operation."""
    for path, methods in described["paths"].items():
        yield from ((method.upper(), path, operation) for method, operation in methods.items())


def resolved(described: Json, piece: Json) -> Json:
    """Follow a reference to its component."""
    for name in piece.get("$ref", "#").split("/")[1:]:
        described = described[name]
    return described if "$ref" in piece else piece


def flaws(described: Json, schema: Json, value: object) -> list[str]:
    """Yield the parts of a value that differ from its schema. It knows the words that the schemas of answers use."""
    schema = resolved(described, schema)
    if "anyOf" in schema:
        fits = any(not flaws(described, choice, value) for choice in schema["anyOf"])
        return [] if fits else [f"{value!r} is none of {schema['anyOf']}"]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{value!r} is not in {schema['enum']}"]
    types = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}
    if not isinstance(value, types.get(schema.get("type", ""), object)):
        return [f"{value!r} is no {schema['type']}"]
    if isinstance(value, dict) and "properties" in schema:
        unlike = set(value) ^ set(schema["required"])
        found = [
            f"{name} is missing or unknown" for name in unlike if name not in schema["properties"] or name not in value
        ]
        return found + [
            flaw for name in value for flaw in flaws(described, schema["properties"].get(name, {}), value[name])
        ]
    if isinstance(value, list):
        return [flaw for item in value for flaw in flaws(described, schema["items"], item)]
    return []


def test_each_endpoint_is_in_the_document_and_nothing_else() -> None:
    listed = {(method, path.removeprefix("/w/{world}")) for method, path, _ in operations(described())}
    assert listed == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


@each_name
def test_the_document_admits_exactly_the_names_that_a_world_can_have(name: str) -> None:
    placed = described()["paths"]["/w/{world}/media/{id}/{name}"]["get"]["parameters"]
    pattern = next(each["schema"]["pattern"] for each in placed if each["name"] == "world")
    chosen = world_of(f"/w/{name}/x")
    assert bool(re.search(pattern, name)) is (chosen == name)


def test_each_operation_has_its_word_as_id_a_summary_and_a_source() -> None:
    found = {operation["operationId"] for _, _, operation in operations(described())}
    assert found == {*(endpoint.operation.value for endpoint in ENDPOINTS), "media_head"}
    assert all(operation["summary"] and operation["description"] for _, _, operation in operations(described()))
    published = {
        operation["operationId"] for _, _, operation in operations(described()) if operation["x-source"] == "documented"
    }
    assert published == {"login", "create", "status", "result"}


# The requests by the id of the operation, with the status of the answer.
CASES: list[tuple[str, int, Json]] = [
    ("signup", 201, {"json": {"email": "me@example.com", "password": "x"}}),
    ("signup", 201, {"json": {"email": "me@example.com", "password": "x", "full_name": "Ada"}}),
    ("signup", 400, {"json": {}}),
    ("login", 200, {"data": LOGIN}),
    ("login", 400, {"data": {}}),
    ("login", 401, {"data": LOGIN | {"password": "wrong"}}),
    ("me", 200, {}),
    ("me", 401, ANONYMOUS),
    ("forgot_password", 200, {"json": {"email": "you@example.com"}}),
    ("forgot_password", 400, {"json": {"email": "you"}}),
    ("models", 200, {}),
    ("models", 200, {"params": {"generation_type": "text"}}),
    ("models", 400, {"params": {"generation_type": "smell"}}),
    ("models", 401, ANONYMOUS),
    ("create", 201, {"json": ORDER}),
    ("create", 201, {"json": FULL}),
    ("create", 400, {"json": []}),
    ("create", 401, ANONYMOUS),
    ("create", 402, {"json": ORDER | {"generation_type": "video", "model_name": "video-standard"}}),
    ("history", 200, {}),
    ("history", 400, {"params": {"page": "0"}}),
    ("history", 401, ANONYMOUS),
    ("status", 200, {}),
    ("status", 401, ANONYMOUS),
    ("status", 404, {"id": 9}),
    ("result", 200, {}),
    ("result", 401, ANONYMOUS),
    ("result", 404, {"id": 9}),
    ("delete", 200, {}),
    ("delete", 401, ANONYMOUS),
    ("delete", 404, {"id": 9}),
    ("media", 200, {}),
    ("media", 206, {"headers": {"Range": "bytes=0-9"}}),
    ("media", 304, {"headers": {"If-None-Match": "{etag}"}}),
    ("media", 400, {"params": {"expires": ["1", "2"]}}),
    ("media", 403, {"params": {"signature": "guessed"}}),
    ("media", 404, {"id": 9}),
    ("media", 416, {"headers": {"Range": "bytes=99999999-"}}),
    ("media_head", 200, {}),
    ("media_head", 304, {"headers": {"If-None-Match": "{etag}"}}),
    ("media_head", 400, {"params": {"expires": ["1", "2"]}}),
    ("media_head", 403, {"params": {"signature": "guessed"}}),
    ("media_head", 404, {"id": 9}),
]
IDS = [operation["operationId"] for _, _, operation in operations(described())]
CASES += [(operation, 405, {"method": "PATCH"}) for operation in IDS]
CASES += [(operation, 413, TOO_LARGE) for operation in IDS]
CASES += [(operation, 431, TOO_MANY_HEADERS) for operation in IDS]


class Asked:
    """A world with one finished image, and a client that sends requests as the document says."""

    def __init__(self, scenario: Scenario) -> None:
        self.described = described(scenario)
        self.places = {each["operationId"]: (method, path) for method, path, each in operations(self.described)}
        self.client = TestClient(application(Worlds(FixedSource(LoadedScenario(scenario)))))
        token = self.client.post("/api/v1/auth/login", data=LOGIN).json()["access_token"]
        self.client.headers["Authorization"] = f"Bearer {token}"
        order = self.client.post("/api/v1/generations", json=ORDER).json()
        self.link = urlsplit(order["outputs"][0])
        self.names = {"world": "default", "id": order["id"], "name": self.link.path.rpartition("/")[2]}
        self.etag = self.client.head(order["outputs"][0]).headers.get("etag", "")

    def send(self, operation: str, how: Json) -> Any:
        """Send a request to an operation, with the changes of a case."""
        method, template = self.places[operation]
        names = {**self.names, **{name: how[name] for name in ("id",) if name in how}}
        options = {name: how[name] for name in ("json", "data", "content", "params") if name in how}
        if operation.startswith("media"):
            options["params"] = dict(parse_qsl(self.link.query)) | options.get("params", {})
        headers = {name: value.format(etag=self.etag) for name, value in how.get("headers", {}).items()}
        return self.client.request(how.get("method", method), template.format(**names), headers=headers, **options)

    def judge(self, operation: str, how: Json, status: int) -> None:
        """Send a request, and compare the answer with the announced one."""
        method, path = self.places[operation]
        answer = self.send(operation, how)
        assert answer.status_code == status, answer.text
        announced = resolved(self.described, self.described["paths"][path][method.lower()]["responses"][str(status)])
        assert all(
            name in answer.headers for name, header in announced.get("headers", {}).items() if header.get("required")
        )
        content = announced.get("content", {})
        assert answer.headers.get("content-type") in (content or [None])
        if answer.content and answer.headers["content-type"] == "application/json":
            assert flaws(self.described, content["application/json"]["schema"], answer.json()) == []


@pytest.mark.parametrize(("operation", "status", "how"), CASES)
def test_each_answer_is_as_announced(operation: str, status: int, how: Json) -> None:
    Asked(SCENARIO).judge(operation, how, status)


def test_each_answer_that_is_announced_has_been_seen() -> None:
    announced = {
        (operation["operationId"], int(status))
        for _, _, operation in operations(described())
        for status in operation["responses"]
    }
    unseen = {status for _, status in announced - {(operation, status) for operation, status, _ in CASES}}
    assert unseen == UNREACHED


@pytest.mark.parametrize("operation", IDS)
def test_each_operation_may_be_limited_as_announced(operation: str) -> None:
    limit = Limit(on=tuple(Operation), allow=BEFORE, per=3_600_000_000, by=By.WORLD)
    Asked(replace(SCENARIO, limits=(limit,))).judge(operation, {}, 429)


def test_a_media_link_that_comes_with_a_token_may_be_refused_as_announced() -> None:
    Asked(replace(SCENARIO, media=MediaSettings(reject_authorization=True))).judge("media", {}, 400)


def test_a_refusal_carries_flaws_where_the_scenario_validates_as_fastapi_does() -> None:
    asked = Asked(replace(SCENARIO, api=ApiSettings(validation="fastapi-422")))
    asked.judge("create", {"json": {"prompt": 3}}, 422)
    asked.judge("history", {"params": {"page": "0"}}, 422)
    assert "400" not in asked.described["components"]["responses"]


def test_an_order_is_accepted_with_the_status_that_the_scenario_sets() -> None:
    Asked(replace(SCENARIO, api=ApiSettings(create_status=202))).judge("create", {"json": ORDER}, 202)


def test_the_new_generation_can_be_followed_by_its_id() -> None:
    created = described()["paths"]["/api/v1/generations"]["post"]["responses"]["201"]
    assert {link["operationId"] for link in created["links"].values()} == {"status", "result", "delete"}
    assert {link["parameters"]["id"] for link in created["links"].values()} == {"$response.body#/id"}


def test_a_file_is_bytes_to_generators_of_clients() -> None:
    files = described()["paths"]["/w/{world}/media/{id}/{name}"]["get"]["responses"]
    for status in ("200", "206"):
        content = files[status]["content"]
        assert {"image/png", "video/mp4", "audio/wav", "image/svg+xml", "application/octet-stream"} == set(content)
        assert all(each["schema"] == {"type": "string", "format": "binary"} for each in content.values())


def test_the_document_is_the_same_in_every_process() -> None:
    program = "import sys; from mockserver.http.app import document; from mockserver.core.scenario import Scenario"
    program += "; sys.stdout.buffer.write(document(Scenario()))"
    made = {_output(program, seed) for seed in ("1", "2")}
    assert made == {document(Scenario())}


def test_the_document_is_the_same_when_other_errors_were_declared_before_it_was_made() -> None:
    declared = "from mockserver.core.errors import ApiError"
    declared += "; Odd = type('Odd', (ApiError,), {'status': 404, 'phrase': 'Odd'})"
    program = "import sys; from mockserver.http.app import document; from mockserver.core.scenario import Scenario"
    program += "; sys.stdout.buffer.write(document(Scenario()))"
    assert _output(f"{declared}; {program}", "1") == document(Scenario())


def test_a_server_starts_without_loading_the_writer_of_the_document() -> None:
    program = "import sys, mockserver.http.app; sys.stdout.write(str('mockserver.http.openapi' in sys.modules))"
    assert _output(program, "1") == b"False"


def _output(program: str, hash_seed: str) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout
