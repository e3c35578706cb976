"""The trust of clients during an interception: the mock for the API's host, and the former roots for other hosts."""

import http.client
import ssl
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from mockserver.patching.addresses.interception import Interception
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import Authority

from .echo import Intercept, echo

HOST = "api.imagineview.art"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[Authority, ServerThread]]:
    """The port of another host, whose certificate is from another authority."""
    authority = Authority()
    with ServerThread(echo, tls=authority.context) as server:
        yield authority, server


def ask(host: str, port: int | None = None, context: ssl.SSLContext | None = None) -> bytes:
    with closing(http.client.HTTPSConnection(host, port, timeout=30, context=context)) as client:
        client.request("GET", "/")
        return client.getresponse().read()


def test_an_empty_context_trusts_the_mock_from_the_first_connection_to_it(
    intercept: Intercept, stranger: ssl.SSLContext
) -> None:
    with intercept():
        assert stranger.cert_store_stats()["x509"] == 0
        assert ask(HOST, context=stranger) == b"https://api.imagineview.art/"
        ask(HOST, context=stranger)
    assert stranger.cert_store_stats()["x509"] == 1


def test_a_context_that_meets_another_host_is_left_alone(
    intercept: Intercept, elsewhere: tuple[Authority, ServerThread], stranger: ssl.SSLContext
) -> None:
    with intercept(), pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        ask("localhost", elsewhere[1].tls_address[1], stranger)
    assert stranger.cert_store_stats()["x509"] == 0


def test_the_host_is_still_verified(stranger: ssl.SSLContext) -> None:
    wrong = Authority("another.example")
    with (
        ServerThread(echo, tls=wrong.context) as mistaken,
        Interception(mistaken.tls_address, wrong),
        pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
    ):
        ask(HOST, context=stranger)


def test_a_context_made_meanwhile_still_trusts_the_authorities_of_the_variables(
    intercept: Intercept, elsewhere: tuple[Authority, ServerThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, server = elsewhere
    monkeypatch.setenv("SSL_CERT_FILE", authority.file)
    with intercept():
        context = ssl.create_default_context()
        with urllib.request.urlopen(f"https://localhost:{server.tls_address[1]}/", context=context) as answer:
            assert answer.status == 200
        assert ask(HOST, context=context) == b"https://api.imagineview.art/"


def test_without_a_variable_a_context_trusts_the_store_of_certifi(
    intercept: Intercept, elsewhere: tuple[Authority, ServerThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    # In place of a store that the machine may not have: requests and httpx ask this library for theirs.
    authority, server = elsewhere
    certifi = ModuleType("certifi")
    monkeypatch.setattr(certifi, "where", lambda: authority.file, raising=False)
    monkeypatch.setitem(sys.modules, "certifi", certifi)
    with intercept():
        assert ask("localhost", server.tls_address[1], ssl.create_default_context()).startswith(b"https://localhost:")


def test_a_context_with_trust_of_its_own_is_given_no_more_for_another_host(
    intercept: Intercept, elsewhere: tuple[Authority, ServerThread]
) -> None:
    authority, server = elsewhere
    context = ssl.create_default_context(cafile=authority.file)
    with intercept():
        assert ask("localhost", server.tls_address[1], context).startswith(b"https://localhost:")
    assert context.cert_store_stats()["x509"] == 1


def test_no_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    authority = Authority()
    assert list(tmp_path.iterdir()) == []
    assert Path(authority.file).read_text("ascii") == authority.certificate
    assert [str(path) for path in tmp_path.iterdir()] == [authority.file]
    authority.context.sni_callback = None  # the circle that keeps it until the garbage is collected
    del authority
    assert list(tmp_path.iterdir()) == []
