"""Standard OAuth2 clients log in with the password flow and fetch a generation, as their own manuals describe it."""

from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest
import requests
from authlib.integrations.httpx_client import OAuth2Client
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from httpx_auth import OAuth2, OAuth2ResourceOwnerPasswordCredentials
from oauthlib.oauth2 import LegacyApplicationClient
from requests_oauthlib import OAuth2Session

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.instant import SECOND, from_iso
from mockserver.core.scenario import Scenario
from mockserver.core.token import TokenSettings
from tests.support.customer import ORDER

Http = requests.Session | httpx.Client
"""A client that is logged in."""

POLLED = Scenario(clock=ClockSettings(mode=Mode.POLL))


def short_lived(start: str) -> Scenario:
    """Return a scenario whose clock starts at an instant and whose tokens are good for three polls."""
    clock = ClockSettings(mode=Mode.POLL, start=from_iso(start))
    return Scenario(clock=clock, tokens=TokenSettings(ttl=6 * SECOND))


def requests_oauthlib(url: str) -> Http:
    client = OAuth2Session(client=LegacyApplicationClient(client_id="ignored"))
    client.fetch_token(f"{url}/auth/login", username="you@example.com", password="YOUR_PASSWORD")
    return client


def authlib_on_requests(url: str) -> Http:
    client = AuthlibSession()
    client.fetch_token(f"{url}/auth/login", username="you@example.com", password="YOUR_PASSWORD")
    return client


def authlib_on_httpx(url: str) -> Http:
    client = OAuth2Client()
    client.fetch_token(f"{url}/auth/login", username="you@example.com", password="YOUR_PASSWORD")
    return client


def httpx_auth(url: str) -> Http:
    login = OAuth2ResourceOwnerPasswordCredentials(f"{url}/auth/login", "you@example.com", "YOUR_PASSWORD")
    return httpx.Client(auth=login)


CLIENTS = pytest.mark.parametrize("log_in", [requests_oauthlib, authlib_on_requests, authlib_on_httpx, httpx_auth])


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Allow oauthlib a server without TLS, and make httpx-auth forget the tokens of other tests."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    OAuth2.token_cache.clear()
    yield
    OAuth2.token_cache.clear()


@CLIENTS
def test_a_standard_client_logs_in_and_fetches_a_generation(
    serve: Callable[[Scenario], str], log_in: Callable[[str], Http]
) -> None:
    url = serve(POLLED) + "/api/v1"
    with closing(log_in(url)) as client:
        created = client.post(f"{url}/generations", json=ORDER)
        assert (created.status_code, created.json()["id"]) == (201, 1842)
        assert statuses(client, url, 5) == ["pending", "processing", "processing", "processing", "completed"]
        (output,) = client.get(f"{url}/generations/1842").json()["outputs"]
        assert client.get(output).headers["content-type"] == "image/png"


@CLIENTS
def test_a_standard_client_without_refresh_token_meets_a_401_when_its_token_expires_and_logs_in_again(
    serve: Callable[[Scenario], str], log_in: Callable[[str], Http]
) -> None:
    # By the client's own clock the token ends in the far future, so that no client renews it early.
    url = serve(short_lived("2500-01-01T00:00:00Z")) + "/api/v1"
    with closing(log_in(url)) as client:
        client.post(f"{url}/generations", json=ORDER)
        assert statuses(client, url, 4) == ["pending", "processing", "processing", 401]
    OAuth2.token_cache.clear()
    with closing(log_in(url)) as client:
        assert statuses(client, url, 1) == ["processing"]


def test_a_client_that_reads_exp_by_its_own_clock_logs_in_again_before_it_is_refused(
    serve: Callable[[Scenario], str],
) -> None:
    url = serve(short_lived("1971-01-01T00:00:00Z")) + "/api/v1"
    with closing(httpx_auth(url)) as client:
        client.post(f"{url}/generations", json=ORDER)
        assert statuses(client, url, 5) == ["pending", "processing", "processing", "processing", "completed"]


def statuses(client: Http, url: str, times: int) -> list[object]:
    """Poll the generation so many times; return each status, or the status code of a refusal."""
    answers = [client.get(f"{url}/generations/1842/status") for _ in range(times)]
    return [answer.json().get("status", answer.status_code) for answer in answers]
