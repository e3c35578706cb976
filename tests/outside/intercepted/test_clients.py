"""The mock answers unchanged clients of many libraries, made before the interception, that call the real API's address.

Each row is one client. Each test is one event that every client meets, with the outcome that the row states.
"""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from mockserver.http.app import application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.patching.addresses.interception import Interception
from mockserver.patching.addresses.route import BlockedHost
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority
from mockserver.world.worlds import Worlds

from .rows import ROWS
from .terms import HOST, Ask, Row

BASE = f"https://{HOST}/api/v1"
SCENARIO = """
clock: {mode: manual}
accounts:
  - {email: you@example.com, password: YOUR_PASSWORD, credits: 20, plan: Titan Studio, api_key: il_test_1}
faults:
  - {on: history, then: {drop: reset}}
  - {on: status, then: {drop: hang}}
limits:
  - {on: models, allow: 1, per: 7s}
"""

# The time-outs of a client in seconds: for an answer that never comes, and for any other answer.
IMPATIENT, PATIENT = 0.3, 30.0


each_client = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())


@pytest.fixture
def mock(authority: Authority) -> Iterator[ServerThread]:
    worlds = Worlds(FixedSource(parse(SCENARIO, "intercepted.yaml")))
    with ServerThread(application(worlds), tls=authority.context) as server:
        yield server


@pytest.fixture
def client(row: Row) -> Iterator[Ask]:
    with ExitStack() as stack:
        yield row.make(stack)


@pytest.fixture
def interception(client: Ask, mock: ServerThread, authority: Authority) -> Iterator[Interception]:
    """An interception that begins after the client was made."""
    with Interception(mock.tls_address, authority, block=True) as beginning:
        yield beginning


def advance(mock: ServerThread, seconds: int) -> None:
    """Move the mock's clock forward by the seconds that a client waits."""
    body = json.dumps({"by": seconds}).encode()
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{mock.url}/__mock/clock/advance", body, headers)) as answer:
        assert answer.status == 200


@each_client
@pytest.mark.usefixtures("interception")
def test_the_mock_answers_a_call(client: Ask) -> None:
    for _ in range(2):
        answer = client(f"{BASE}/auth/me", PATIENT)
        assert answer.status == 200
        assert json.loads(answer.body)["email"] == "you@example.com"


@each_client
@pytest.mark.usefixtures("interception")
def test_a_client_that_waits_as_long_as_a_429_says_is_served(client: Ask, mock: ServerThread) -> None:
    assert client(f"{BASE}/generations/models", PATIENT).status == 200
    refusal = client(f"{BASE}/generations/models", PATIENT)
    assert (refusal.status, refusal.headers["retry-after"]) == (429, "7")
    advance(mock, 6)
    assert client(f"{BASE}/generations/models", PATIENT).status == 429
    advance(mock, 1)
    assert client(f"{BASE}/generations/models", PATIENT).status == 200


@each_client
@pytest.mark.usefixtures("interception")
def test_a_client_raises_its_own_error_for_a_reset_and_works_on(row: Row, client: Ask) -> None:
    with pytest.raises(row.reset):
        client(f"{BASE}/generations", PATIENT)
    assert client(f"{BASE}/auth/me", PATIENT).status == 200


@each_client
@pytest.mark.usefixtures("interception")
def test_a_client_times_out_by_itself_when_no_answer_comes(row: Row, client: Ask) -> None:
    with pytest.raises(row.late):
        client(f"{BASE}/generations/1842/status", IMPATIENT)
    assert client(f"{BASE}/auth/me", PATIENT).status == 200


@each_client
def test_a_client_raises_its_own_error_for_a_failed_connection(
    row: Row, client: Ask, interception: Interception
) -> None:
    troubles = {"dns": row.dns, "refused": row.refused, "connect-timeout": row.connect_late, "untrusted": row.untrusted}
    for what, error in troubles.items():
        with interception.fail(what), pytest.raises(error):
            client(f"{BASE}/auth/me", IMPATIENT if what == "connect-timeout" else PATIENT)
    assert client(f"{BASE}/auth/me", PATIENT).status == 200


@each_client
def test_a_call_to_another_host_raises_blocked_host_in_every_client(
    row: Row, client: Ask, interception: Interception
) -> None:
    for url in ("https://example.org/", "http://example.org:81/", f"http://{HOST}/"):
        with pytest.raises(BlockedHost):
            client(url, PATIENT)
    with pytest.raises(ExceptionGroup if row.grouped else BlockedHost) as refusal:
        client("https://192.0.2.1/", PATIENT)
    assert not row.grouped or refusal.group_contains(BlockedHost)
    named = [sentence.partition(" ")[0] for sentence in interception.blocked]
    assert named == ["example.org:443", "example.org:81", f"{HOST}:80", "192.0.2.1:443"]
