"""After its answer, a request leaves no more of its body than the journal keeps, even without garbage collection."""

import gc
import http.client
import json
import ssl
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlencode

import pytest
from msgspec import Struct

from mockserver.http.api.exchange import BODY_LIMIT
from mockserver.http.app import Settings, application
from mockserver.http.guard import Guard
from mockserver.http.tunnel import Tunnels
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import API_HOST, ServerTls
from mockserver.world.bounds import Bounds
from mockserver.world.journal import KEPT
from mockserver.world.worlds import Worlds
from tests.support.customer import BASE, ORDER, PASSWORD

SCENARIO: Final = """
clock: {mode: manual}
accounts:
  - {email: rich@example.com, password: YOUR_PASSWORD, credits: 100000}
  - {email: poor@example.com, password: YOUR_PASSWORD, credits: 0}
faults:
  - {on: any, when: {header.X-Fault: rate}, then: {status: 429, retry_after: 2s}}
  - {on: any, when: {header.X-Fault: gateway}, phase: after, then: {status: 502}}
  - {on: any, when: {header.X-Fault: reset}, then: {drop: reset}}
  - {on: any, when: {header.X-Fault: close}, then: {drop: close}}
  - {on: any, when: {header.X-Fault: garbage}, then: {drop: garbage}}
  - {on: any, when: {header.X-Fault: truncate}, then: {drop: {truncate: 0.5}}}
  - {on: any, when: {header.X-Fault: drip}, then: {drip: {bytes: 30, every: 1ms}}}
  - {on: any, when: {header.X-Fault: delay}, then: {delay: 1ms}}
"""

LONG: Final = 128 * 1024
REQUESTS: Final = 4
NO_ANSWER: Final = 0
"""The text in place of the status where the connection ends without an answer."""

VOUCHING: Final = ServerTls()


class Case(Struct, frozen=True):
    """One kind of request with a long body, and the status of its answer."""

    status: int
    path: str = f"{BASE}/generations"
    body: bytes = json.dumps({**ORDER, "padding": "x" * LONG}).encode()
    """An accepted order: no order has a key `padding`, so the server keeps none of it."""
    account: str | None = "rich@example.com"
    method: str = "POST"
    headers: dict[str, str] = {}


def _fault(name: str, status: int) -> Case:
    return Case(status, headers={"X-Fault": name})


def _control(status: int, method: str, path: str, value: object, **headers: str) -> Case:
    return Case(status, f"/__mock{path}", json.dumps(value).encode(), None, method, headers)


WRONG: Final = f"fauts: []\n# {'x' * LONG}"

CASES: Final = {
    "accepted": Case(201),
    "refused for credits": Case(402, account="poor@example.com"),
    "without a field": Case(400, body=json.dumps({"prompt": "x" * LONG}).encode()),
    "with broken JSON": Case(400, body=json.dumps({**ORDER, "padding": "x" * LONG}).encode()[:-1]),
    "with settings of no object": Case(400, body=json.dumps({**ORDER, "settings": ["x"] * (LONG // 8)}).encode()),
    "with a long prompt": Case(400, body=json.dumps({**ORDER, "prompt": "x" * LONG}).encode()),
    "without a token": Case(401, account=None),
    "with a bad password": Case(
        401,
        f"{BASE}/auth/login",
        urlencode({"username": "rich@example.com", "password": "x" * LONG}).encode(),
        None,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
    "to no route": Case(404, f"{BASE}/nowhere"),
    "with another method": Case(405, method="PUT"),
    "over the limit": Case(413, body=b"x" * (BODY_LIMIT + LONG)),
    "limited": _fault("rate", 429),
    "changed after the effect": _fault("gateway", 502),
    "reset": _fault("reset", NO_ANSWER),
    "closed": _fault("close", NO_ANSWER),
    "with garbage for an answer": _fault("garbage", NO_ANSWER),
    "cut off": _fault("truncate", NO_ANSWER),
    "dripping": _fault("drip", 201),
    "late": _fault("delay", 201),
    "a scenario with a mistake": _control(400, "PUT", "/scenario", {"scenario": WRONG}),
    "a reset with a mistake": _control(400, "POST", "/reset", {"scenario": WRONG}),
    "a scenario with broken JSON": Case(
        400, "/__mock/scenario", json.dumps({"scenario": WRONG}).encode()[:-1], None, "PUT"
    ),
    "a fault with a mistake": _control(400, "POST", "/faults", {"on": "create", "then": {"statsu": "x" * LONG}}),
    "credits with a mistake": _control(
        400, "POST", "/accounts/poor@example.com/credits", {"credits": 1, "reason": "x" * LONG}
    ),
    "to control by a foreign name": _control(403, "PUT", "/scenario", {"scenario": WRONG}, Host="foreign.example.com"),
    "to control that is no JSON": _control(
        415, "PUT", "/scenario", {"scenario": WRONG}, **{"Content-Type": "text/plain"}
    ),
    "to no route of control": _control(404, "POST", "/nowhere", {"padding": "x" * LONG}),
}

Connect = Callable[[ServerThread], http.client.HTTPConnection]


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    VOUCHING.authority.introduce(context)
    return context


def in_plain(server: ServerThread) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)


def over_tls(server: ServerThread) -> http.client.HTTPConnection:
    return http.client.HTTPSConnection(*server.tls_address, timeout=30, context=_context())


def through_a_tunnel(server: ServerThread) -> http.client.HTTPConnection:
    connection = http.client.HTTPSConnection(server.url.removeprefix("http://"), timeout=30, context=_context())
    connection.set_tunnel(API_HOST, 443)
    return connection


@pytest.fixture(params=[in_plain, over_tls, through_a_tunnel])
def connection(request: pytest.FixtureRequest) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server whose journal keeps one exchange, so that no other memory grows."""
    worlds = Worlds(FixedSource(parse(SCENARIO, "memory.yaml")), Bounds(journal_entries=1))
    tunnels = Tunnels(vouching=VOUCHING)
    with ServerThread(
        application(worlds, Settings(tunnels=tunnels, guard=Guard((API_HOST,)))), tls=VOUCHING.context, tunnels=tunnels
    ) as server:
        made = request.param(server)
        yield made
        made.close()


@contextmanager
def counting_without_a_collector() -> Iterator[None]:
    """Count the allocated bytes, with collection off, so that cyclic garbage counts."""
    gc.disable()
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()
        gc.enable()


def status_of(connection: http.client.HTTPConnection, case: Case, headers: dict[str, str]) -> int:
    try:
        connection.request(case.method, case.path, case.body, headers)
        response = connection.getresponse()
        response.read()
    except (http.client.HTTPException, OSError):
        connection.close()
        return NO_ANSWER
    return response.status


def headers_of(connection: http.client.HTTPConnection, case: Case) -> dict[str, str]:
    headers = {"Content-Type": "application/json", **case.headers}
    if case.account is None:
        return headers
    form = urlencode({"username": case.account, "password": PASSWORD})
    connection.request("POST", f"{BASE}/auth/login", form, {"Content-Type": "application/x-www-form-urlencoded"})
    token = json.loads(connection.getresponse().read())["access_token"]
    return {"Authorization": f"Bearer {token}", **headers}


def alive(connection: http.client.HTTPConnection, expected: int = 0) -> int:
    """Return the live bytes once they are as few as expected, or once the server has had plenty of turns."""
    found = 0
    for _ in range(50):
        connection.request("GET", "/__mock/health")
        connection.getresponse().read()
        found, _ = tracemalloc.get_traced_memory()
        if found < expected:
            break
    return found


@pytest.mark.parametrize("name", CASES)
def test_after_its_answer_a_body_leaves_no_more_than_the_journal_keeps(
    connection: http.client.HTTPConnection, name: str
) -> None:
    case = CASES[name]
    headers = headers_of(connection, case)
    with counting_without_a_collector():
        statuses = [status_of(connection, case, headers) for _ in range(2)]
        before = alive(connection)
        statuses += [status_of(connection, case, headers) for _ in range(REQUESTS)]
        growth = alive(connection, before + REQUESTS * KEPT) - before
    assert set(statuses) == {case.status}
    assert growth < REQUESTS * KEPT < LONG


def test_a_world_that_starts_over_leaves_no_garbage_to_the_collector() -> None:
    worlds = Worlds(FixedSource(parse(SCENARIO, "memory.yaml")))
    with ServerThread(application(worlds)) as server:
        client = in_plain(server)
        old = weakref.ref(worlds.find("default"))
        with counting_without_a_collector():
            order = CASES["accepted"]
            assert status_of(client, order, headers_of(client, order)) == order.status
            client.request("POST", "/__mock/reset", b"{}", {"Content-Type": "application/json"})
            client.getresponse().read()
            alive(client)
            assert old() is None
        client.close()
