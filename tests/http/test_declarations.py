"""Each endpoint is declared wherever something else depends on its operation; a failure names the place."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

import pytest
from msgspec import Struct, structs
from msgspec.json import decode
from starlette.testclient import TestClient

from mockserver.core.errors import ApiError
from mockserver.core.faults import Fault, Then
from mockserver.core.operation import ADDRESSING, POLLS, Operation
from mockserver.core.redaction import REDACTED
from mockserver.core.scenario import Scenario
from mockserver.http.api.request import ApiEndpoint, ApiRequest
from mockserver.http.app import ENDPOINTS, application, document
from mockserver.http.request import Request
from mockserver.language.checks import contradictions
from mockserver.language.conditions import OF_GENERATIONS, impossible, subjects
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT, Worlds
from tests.support.world import YOU, create

DESCRIBED: Final[dict[str, Any]] = decode(document(Scenario()))

each_endpoint = pytest.mark.parametrize(
    "endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}"
)


def operations(endpoints: Iterable[ApiEndpoint]) -> set[Operation]:
    return {endpoint.operation for endpoint in endpoints}


def names_a_generation(endpoint: ApiEndpoint) -> bool:
    return "{id}" in endpoint.path


def described(endpoint: ApiEndpoint) -> dict[str, Any]:
    path = next(path for path in DESCRIBED["paths"] if path.removeprefix("/w/{world}") == endpoint.path)
    return dict(DESCRIBED["paths"][path][endpoint.method.lower()])


def described_query(endpoint: ApiEndpoint) -> set[str]:
    return {each["name"] for each in described(endpoint)["parameters"] if each["in"] == "query"}


@pytest.fixture
def world() -> World:
    """A world in which the account of the reference has ordered generation 1842."""
    world = World(LoadedScenario(Scenario()))
    create(world)
    return world


def call(world: World, endpoint: ApiEndpoint, body: bytes = b"") -> ApiRequest:
    """A request that has reached an endpoint, for generation 1842 where the path names one."""
    headers = [(b"content-type", b"application/json")]
    request = Request({"method": endpoint.method, "path": endpoint.path, "headers": headers, "query_string": b""})
    request.body = body
    reached = ApiRequest(world, request, world.journal.number())
    reached.reach(endpoint, {"id": "1842", "name": "0.png"} if names_a_generation(endpoint) else {})
    reached.account = world.accounts[YOU]
    return reached


def test_an_operation_names_a_generation_exactly_where_its_path_does() -> None:
    expected = operations(filter(names_a_generation, ENDPOINTS))
    assert set(ADDRESSING) == expected, "`names_generation` is declared in mockserver/core/operation.py"


def test_an_operation_polls_exactly_where_it_reads_a_generation_with_a_token() -> None:
    reading = (each for each in ENDPOINTS if names_a_generation(each) and each.protected and each.method == "GET")
    assert operations(reading) == POLLS, "`polls` is declared in mockserver/core/operation.py"


@each_endpoint
def test_the_body_is_kept_out_of_the_journal_exactly_where_it_holds_a_password(endpoint: ApiEndpoint) -> None:
    worlds = Worlds(FixedSource(LoadedScenario(Scenario())))
    path = endpoint.path.format(id=1842, name="0.png")
    TestClient(application(worlds)).request(endpoint.method, path, content=b"neither JSON nor a form")
    [exchange] = worlds.find(DEFAULT).journal.exchanges()
    secret = endpoint.body is not None and "password" in {field.name for field in structs.fields(endpoint.body)}
    assert (exchange.body == REDACTED) is secret, "`secret_body` is declared in mockserver/core/operation.py"


@each_endpoint
def test_the_keys_of_an_answer_can_be_patched_exactly_where_it_is_an_object(endpoint: ApiEndpoint) -> None:
    fault = Fault(on=(endpoint.operation,), then=Then(patch={"a": 1}))
    found = list(contradictions(Scenario(faults=(fault,))))
    has_keys = isinstance(endpoint.view, type) and issubclass(endpoint.view, Struct)
    assert (found == []) is has_keys, "`keyless` is declared in mockserver/core/operation.py"


class Query(dict[str, str]):
    """A query that has every parameter, but no value for those that may be absent; `read` are the names asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.read: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return True

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return "x"

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return default


@each_endpoint
def test_the_document_lists_exactly_the_parameters_that_the_handler_reads(world: World, endpoint: ApiEndpoint) -> None:
    asked, query = call(world, endpoint), Query()
    vars(asked.sent)["query"] = query
    with suppress(ApiError):
        endpoint.answer(asked)
    assert described_query(endpoint) == query.read, "its `query` is declared beside the handler"


def misplaced(endpoint: ApiEndpoint) -> Iterator[str]:
    """Yield the conditions of generations that an endpoint hears as a parameter of its query."""
    for key in OF_GENERATIONS:
        findings = impossible({key: "image"}, subjects((endpoint.operation,)))
        if any(f'did you mean "query.{key}"' in sentence for _, sentence in findings):
            yield key


@each_endpoint
def test_a_condition_is_led_to_the_query_exactly_where_the_handler_reads_it_there(endpoint: ApiEndpoint) -> None:
    expected = described_query(endpoint) & set(OF_GENERATIONS)
    assert set(misplaced(endpoint)) == expected, "`filters` is declared in mockserver/core/operation.py"
