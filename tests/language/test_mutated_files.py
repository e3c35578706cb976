"""Five hundred damaged scenario files: each gets problems with places inside the file, or is valid and is played."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from mockserver.core.document import List, Node, Place, Scalar
from mockserver.core.operation import Operation
from mockserver.http.api.answers import Answer
from mockserver.http.api.exchange import act
from mockserver.http.api.request import ApiRequest
from mockserver.http.app import ENDPOINTS
from mockserver.http.request import Request
from mockserver.language.file import ScenarioError, parse
from mockserver.language.loaded import LoadedScenario
from mockserver.language.schema import schema
from mockserver.language.yaml_document import read
from mockserver.world.world import World

from .judge import violations
from .mutations import RICH, SMALL, mutated

FILES: Final = 500
AT_ONCE: Final = 25

SCHEMA: Final = schema()


def is_told(error: ScenarioError, text: str) -> None:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert error.problems
    for problem in error.problems:
        assert isinstance(problem.place, Place), problem
        assert 1 <= problem.place.line <= len(lines), problem
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1, problem
        assert problem.sentence
        assert "\n" not in str(problem)


ENDPOINT: Final = {endpoint.operation: endpoint for endpoint in ENDPOINTS}
ORDER: Final = b'{"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "x"}'


def answer(world: World, operation: Operation, bearer: str = "", id_: int | None = None, body: bytes = b"") -> Answer:
    """The answers of the world without a connection, which would wait as long as the scenario says."""
    headers = [(b"authorization", b"Bearer " + bearer.encode()), (b"content-type", b"application/json")]
    scope = {"method": "X", "path": "/", "headers": headers, "query_string": b"", "raw_path": b"/", "scheme": "http"}
    request = Request(scope | {"server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2)})
    request.body = body
    call = ApiRequest(world, request, world.journal.number())
    call.reach(ENDPOINT[operation], {} if id_ is None else {"id": str(id_)})
    return act(call, ENDPOINT[operation])


def answers(script: LoadedScenario) -> Iterator[Answer]:
    world = World(LoadedScenario(script.scenario))
    account = next(iter(script.scenario.accounts), None)
    bearer = "" if account is None else world.accounts.log_in(account.email, account.password)
    for operation in (Operation.ME, Operation.MODELS, Operation.CREATE, Operation.CREATE, Operation.HISTORY):
        yield answer(world, operation, bearer, body=ORDER if operation is Operation.CREATE else b"")
    for id_ in list(world.generations):
        for operation in (*[Operation.STATUS] * 4, Operation.RESULT, Operation.DELETE, Operation.RESULT):
            yield answer(world, operation, bearer, id_)


def plain(node: Node | None) -> Any:
    if node is None or isinstance(node, Scalar):
        return node and node.value
    if isinstance(node, List):
        return [plain(item) for item in node.items]
    return {key.word: plain(value) for key, value in node.entries}


def is_known_to_editors(script: LoadedScenario) -> None:
    document = plain(read(script.text.encode(), "x.yaml").root)
    assert list(violations(document, SCHEMA, SCHEMA)) == []


def is_played(script: LoadedScenario) -> None:
    assert all(isinstance(warning.place, Place) for warning in script.warnings)
    for given in answers(script):
        assert given.status < 500 or given.place, given


@pytest.mark.parametrize("first", range(0, FILES, AT_ONCE))
def test_a_damaged_file_is_told_or_played(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        text = mutated(seed)
        try:
            script = parse(text, "x.yaml")
        except ScenarioError as error:
            is_told(error, text)
        else:
            is_known_to_editors(script)
            is_played(script)


def test_some_damaged_files_are_invalid_and_some_are_valid() -> None:
    """The mutator is useful only while many of its files are wrong and many are valid."""
    is_played(parse(RICH, "x.yaml"))
    is_played(parse(SMALL, "x.yaml"))
    accepted = sum(1 for seed in range(100) if _accepted(mutated(seed)))
    assert 10 <= accepted <= 60


def _accepted(text: str) -> bool:
    try:
        parse(text, "x.yaml")
    except ScenarioError:
        return False
    return True
