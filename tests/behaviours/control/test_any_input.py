"""Any input to the control plane gets no 5xx, each refusal has a sentence, and a refused request changes nothing."""

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.http.app import ROUTES, application
from mockserver.http.control.request import ControlEndpoint
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds
from tests.support.client import Client

from .conftest import SCENARIO, Steering
from .notation import by_hand

KEYS = ["scenario", "seed", "mode", "step", "rate", "by", "to", "until", "generation", "status", "amount", "outputs"]
KEYS += ["error", "on", "then", "when", "calls", "name", "delay", "x"]
WORDS = ["next", "2s", "poll", "completed", "failed", "rough-poll", "create", "any", "2026-06-07T12:00:09Z", "seed: 7"]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=5)
    | st.sampled_from(WORDS)
    | st.sampled_from([1842, 500])
)
values = st.recursive(
    scalars,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inside, max_size=3),
    max_leaves=6,
)
bodies = st.dictionaries(st.sampled_from(KEYS), values, max_size=4).map(lambda body: json.dumps(body).encode())
JSON_BODY = {"Content-Type": "application/json"}

names = st.sampled_from(["you@example.com", "1842", "1", "faults.1", "default", "gw3", "%2F", "%00", "", "-1"])
queries = st.sampled_from(["", "?limit=1", "?since=-1", "?limit=1&limit=2", "?x", "?status=failed", "?%"])
routes = st.sampled_from([route for route in ROUTES if route.name != "events"])


@pytest.fixture(scope="module")
def busy() -> Iterator[Steering]:
    with (
        ServerThread(application(Worlds(FixedSource(LoadedScenario(SCENARIO)), applied=by_hand))) as server,
        Client(server.url) as client,
    ):
        yield Steering(client.other(base="/__mock"), client.login())


asked = st.tuples(st.sampled_from([None, None, None, "HEAD", "PUT"]), names, queries, bodies | st.binary(max_size=20))


@settings(max_examples=300, deadline=None)
@given(route=routes, asked=asked)
def test_any_request_has_an_answer_and_a_refused_one_leaves_no_trace(
    busy: Steering, route: ControlEndpoint, asked: tuple[str | None, str, str, bytes]
) -> None:
    other, name, query, body = asked
    method = other or route.method
    before = busy.state()
    target = re.sub(r"\{\w+\}", name, route.path) + query
    answer = busy.client.ask(method, busy.client.url + target, b"" if method == "GET" else body, JSON_BODY)
    assert answer.status < 500
    if answer.status >= 400:
        assert method == "HEAD" or answer.json["detail"]
        assert busy.state() == before
