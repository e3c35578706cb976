"""An environment without this machine's proxies and authorities, and the server that all tests here share."""

from collections.abc import Iterator

import pytest

from mockserver.patching.addresses.environment import BUNDLES, EXCEPT, PROXIES
from mockserver.patching.addresses.interception import Interception
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority

from .echo import hello


@pytest.fixture(autouse=True)
def _cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove this machine's proxies and trusted authorities, which could hide a failure that other machines meet."""
    for name in (*PROXIES, *EXCEPT, *BUNDLES, "SSL_CERT_DIR", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server(authority: Authority) -> Iterator[ServerThread]:
    with ServerThread(hello, tls=authority.context) as running:
        yield running


@pytest.fixture
def interception(server: ServerThread, authority: Authority) -> Interception:
    """An interception that the test itself begins."""
    return Interception(server.tls_address, authority)
