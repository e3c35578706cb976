"""A server that echoes its requests, and an interception that leads to it. The variables of the machine are cleared."""

import ssl
from collections.abc import Iterator

import pytest

from mockserver.patching.addresses.environment import BUNDLES, EXCEPT, PROXIES
from mockserver.patching.addresses.interception import Interception
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority

from .echo import Intercept, echo

VARIABLES = (*PROXIES, *EXCEPT, *BUNDLES, "SSL_CERT_DIR", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget this machine's trust stores and proxies, which would hide a failure on other machines."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def server(authority: Authority) -> Iterator[ServerThread]:
    with ServerThread(echo, tls=authority.context) as running:
        yield running


@pytest.fixture
def intercept(server: ServerThread, authority: Authority) -> Intercept:
    def made(host: str = "api.imagineview.art", *, block: bool = False, allow: tuple[str, ...] = ()) -> Interception:
        return Interception(server.tls_address, authority, host, block=block, allow=allow)

    return made


@pytest.fixture
def stranger() -> ssl.SSLContext:
    """A client's context without any authority."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
