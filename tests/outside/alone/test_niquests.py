"""The mock answers an unchanged niquests client, made before the interception, that calls the real API's address.

niquests needs its own environment, because it replaces urllib3 for every library in the same environment.
"""

import asyncio
import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import niquests
import pytest
import uvloop

from mockserver.http.app import application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource
from mockserver.patching.addresses.environment import BUNDLES, EXCEPT, PROXIES
from mockserver.patching.addresses.interception import Interception
from mockserver.patching.addresses.route import BlockedHost
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority
from mockserver.world.worlds import Worlds

BASE = "https://api.imagineview.art/api/v1"
KEY = {"Authorization": "Bearer il_test_1"}

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

Ask = Callable[[str, float], Any]


def get(stack: ExitStack) -> Ask:
    return lambda url, timeout: niquests.get(url, headers=KEY, timeout=timeout)


def session(stack: ExitStack) -> Ask:
    made = stack.enter_context(niquests.Session())
    return lambda url, timeout: made.get(url, headers=KEY, timeout=timeout)


def async_session(factory: Callable[[], asyncio.AbstractEventLoop]) -> Callable[[ExitStack], Ask]:
    def make(stack: ExitStack) -> Ask:
        runner = stack.enter_context(asyncio.Runner(loop_factory=factory))
        made = niquests.AsyncSession()
        stack.callback(lambda: runner.run(made.close()))

        async def ask(url: str, timeout: float) -> Any:
            return await made.get(url, headers=KEY, timeout=timeout)

        return lambda url, timeout: runner.run(ask(url, timeout))

    return make


CLIENTS = {
    "get": get,
    "Session": session,
    "AsyncSession on asyncio": async_session(asyncio.SelectorEventLoop),
    "AsyncSession on uvloop": async_session(uvloop.new_event_loop),
}


@pytest.fixture(autouse=True)
def _cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove this machine's proxies and trusted authorities, which could hide a failure that other machines meet."""
    for name in (*PROXIES, *EXCEPT, *BUNDLES, "SSL_CERT_DIR", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def mock(authority: Authority) -> Iterator[ServerThread]:
    worlds = Worlds(FixedSource(parse(SCENARIO, "intercepted.yaml")))
    with ServerThread(application(worlds), tls=authority.context) as server:
        yield server


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS.keys())
def client(request: pytest.FixtureRequest) -> Iterator[Ask]:
    with ExitStack() as stack:
        yield request.param(stack)


@pytest.fixture(autouse=True)
def interception(client: Ask, mock: ServerThread, authority: Authority) -> Iterator[Interception]:
    """An interception that begins after the client was made."""
    with Interception(mock.tls_address, authority, block=True) as beginning:
        yield beginning


def test_the_mock_answers_a_call(client: Ask) -> None:
    for _ in range(2):
        answer = client(f"{BASE}/auth/me", PATIENT)
        assert (answer.status_code, answer.json()["email"]) == (200, "you@example.com")


def test_a_client_that_waits_as_long_as_a_429_says_is_served(client: Ask, mock: ServerThread) -> None:
    assert client(f"{BASE}/generations/models", PATIENT).status_code == 200
    refusal = client(f"{BASE}/generations/models", PATIENT)
    assert (refusal.status_code, refusal.headers["retry-after"]) == (429, "7")
    body, kind = json.dumps({"by": 7}).encode(), {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{mock.url}/__mock/clock/advance", body, kind), timeout=30).close()
    assert client(f"{BASE}/generations/models", PATIENT).status_code == 200


def test_a_client_raises_its_own_error_for_a_reset_and_works_on(client: Ask) -> None:
    with pytest.raises(niquests.exceptions.ConnectionError):
        client(f"{BASE}/generations", PATIENT)
    assert client(f"{BASE}/auth/me", PATIENT).status_code == 200


def test_a_client_times_out_by_itself_when_no_answer_comes(client: Ask) -> None:
    with pytest.raises(niquests.exceptions.ReadTimeout):
        client(f"{BASE}/generations/1842/status", IMPATIENT)
    assert client(f"{BASE}/auth/me", PATIENT).status_code == 200


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("dns", niquests.exceptions.ConnectionError),
        ("refused", niquests.exceptions.ConnectionError),
        ("connect-timeout", niquests.exceptions.ConnectTimeout),
        ("untrusted", niquests.exceptions.SSLError),
    ],
)
def test_a_client_raises_its_own_error_for_a_failed_connection(
    client: Ask, interception: Interception, what: str, error: type[Exception]
) -> None:
    with interception.fail(what), pytest.raises(error):
        client(f"{BASE}/auth/me", IMPATIENT if what == "connect-timeout" else PATIENT)
    assert client(f"{BASE}/auth/me", PATIENT).status_code == 200


def test_a_call_to_another_host_raises_blocked_host(client: Ask, interception: Interception) -> None:
    for url in ("https://example.org/", "https://192.0.2.1/"):
        with pytest.raises(BlockedHost):
            client(url, PATIENT)
    assert [sentence.partition(" ")[0] for sentence in interception.blocked] == ["example.org:443", "192.0.2.1:443"]
