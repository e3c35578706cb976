"""An environment in which nothing of this machine helps, and what all servers here have in common."""

from collections.abc import Iterator

import pytest

from mockserver.patching.addresses.environment import BUNDLES, EXCEPT, PROXIES
from mockserver.patching.addresses.interception import Interception
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority

from .echo import hello


@pytest.fixture(autouse=True)
def _cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget whom this machine trusts and by which proxy it goes out: that would hide what fails elsewhere."""
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
    """Not begun yet."""
    return Interception(server.tls_address, authority)
