"""The authority: clients that trust it, the content of its certificate, and the error without its library."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from trustme import CA

from mockserver.serve.connections import TlsConnection
from mockserver.tls.authority import API_HOST, MAKER, Authority, LibraryMissing, standard
from mockserver.tls.folder import CannotKeep


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def client() -> ssl.SSLContext:
    """The context of a client that trusts no authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def agreed(authority: Authority, client: ssl.SSLContext, name: str = API_HOST) -> ssl.SSLObject:
    """Make a TLS handshake with the authority's server, in memory alone, and return the client's side of it."""
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(theirs, ours, server_hostname=name)
    answering = authority.context.wrap_bio(ours, theirs, server_side=True)
    for _ in range(3):
        for side in (asking, answering):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return asking


@pytest.mark.parametrize("name", [API_HOST, "localhost", "127.0.0.1"])
def test_a_client_trusts_the_server_once_it_knows_the_authority(
    authority: Authority, client: ssl.SSLContext, name: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        agreed(authority, client, name)
    authority.introduce(client)
    authority.introduce(client)
    assert agreed(authority, client, name).selected_alpn_protocol() == "http/1.1"
    assert client.cert_store_stats()["x509"] == 1


def test_the_authority_is_not_trusted_for_other_hosts(authority: Authority, client: ssl.SSLContext) -> None:
    authority.introduce(client)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        agreed(authority, client, f"www.{API_HOST}")


def test_the_certificate_is_small_and_good_for_years(authority: Authority, client: ssl.SSLContext) -> None:
    authority.introduce(client)
    shown = x509.load_der_x509_certificate(agreed(authority, client).getpeercert(binary_form=True) or b"")
    key = shown.public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    assert isinstance(key.curve, SECP256R1)
    assert shown.not_valid_before_utc.year <= 2000
    assert shown.not_valid_after_utc.year >= 2038
    assert shown.issuer == x509.load_pem_x509_certificate(authority.certificate.encode()).subject


def test_a_client_refuses_another_authority(authority: Authority, client: ssl.SSLContext) -> None:
    Authority().introduce(client)
    with pytest.raises(ssl.SSLCertVerificationError):
        agreed(authority, client)


def test_a_client_that_trusted_the_old_certificate_refuses_a_replaced_one(
    authority: Authority, client: ssl.SSLContext
) -> None:
    authority.introduce(client)
    distrusted = pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer certificate")
    with authority.replaced(), authority.replaced(), distrusted:
        agreed(authority, client)
    assert agreed(authority, client).version() == "TLSv1.3"


def test_no_session_is_resumed_because_a_resumed_one_is_not_verified(
    authority: Authority, client: ssl.SSLContext
) -> None:
    authority.introduce(client)
    once = agreed(authority, client)
    with suppress(ssl.SSLWantReadError):
        once.read()
    assert once.session is None or not once.session.has_ticket


def test_a_kept_authority_is_trusted_at_the_next_start_with_another_certificate(
    tmp_path: Path, client: ssl.SSLContext
) -> None:
    first = Authority.kept(tmp_path)
    first.introduce(client)
    shown = {agreed(each, client).getpeercert(binary_form=True) for each in (first, Authority.kept(tmp_path))}
    assert len(shown) == 2


@pytest.mark.parametrize("name", [API_HOST, "localhost", "127.0.0.1", "mock", "Other.Example.", "10.1.2.3", "::1"])
def test_a_strict_client_accepts_a_kept_authority_for_its_names(
    name: str, tmp_path: Path, client: ssl.SSLContext
) -> None:
    authority = Authority.kept(tmp_path, API_HOST, "localhost", "127.0.0.1", name)
    authority.introduce(client)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    assert agreed(authority, client, name.removesuffix(".")).version() == "TLSv1.3"


@pytest.mark.parametrize("name", ["bank.example", "127.0.0.2", "::1"])
def test_the_key_of_a_kept_authority_vouches_for_no_other_name(
    name: str, tmp_path: Path, client: ssl.SSLContext
) -> None:
    Authority.kept(tmp_path).introduce(client)
    leaked = (tmp_path / "ca.key").read_bytes()
    thief = Authority(name, issues=CA.from_pem(leaked, leaked))
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        agreed(thief, client, name)


def test_fewer_names_do_not_change_a_kept_authority(tmp_path: Path, client: ssl.SSLContext) -> None:
    Authority.kept(tmp_path, "Mock.").introduce(client)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        agreed(Authority.kept(tmp_path), client, "mock")
    assert agreed(Authority.kept(tmp_path, "mock"), client, "mock").version() == "TLSv1.3"


def test_a_kept_authority_refuses_a_further_name(tmp_path: Path) -> None:
    Authority.kept(tmp_path)
    with pytest.raises(CannotKeep, match=r"ca\.key can vouch for api\.imagineview\.art, localhost, 127\.0\.0\.1 alone"):
        Authority.kept(tmp_path, "mock")


def test_the_certificate_of_an_authority_names_its_maker(tmp_path: Path) -> None:
    for authority in (Authority(), Authority.kept(tmp_path)):
        subject = x509.load_pem_x509_certificate(authority.certificate.encode()).subject
        assert subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)[0].value == MAKER


@pytest.mark.parametrize("make", [Authority, lambda: Authority.kept(Path("/nowhere"))])
def test_the_error_for_a_missing_library_names_the_way_out(
    make: Callable[[], Authority], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(LibraryMissing) as problem:
        make()
    assert str(problem.value) == "TLS needs the library trustme: pip install trustme"


def test_the_library_is_loaded_only_when_it_is_needed() -> None:
    seen = "print(*{'trustme', 'cryptography'} & set(sys.modules))"
    program = f"import sys, mockserver.serve.server, mockserver.tls.truststore; {seen}"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == "\n"


def test_an_authority_makes_a_server_context_although_the_class_was_replaced(
    client: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ForClients(ssl.SSLContext):
        """A context for clients alone that replaces its own base class, as the one of truststore does."""

        def load_cert_chain(self, *args: object, **options: object) -> None:
            raise AssertionError(args, options)

    monkeypatch.setattr(ssl, "SSLContext", ForClients)
    authority = Authority()
    authority.introduce(client)
    assert agreed(authority, client).version() == "TLSv1.3"


def test_the_class_of_the_standard_library_is_found_below_derived_classes() -> None:
    class Derived(ssl.SSLContext):
        pass

    assert standard(Derived, "ssl") is standard(ssl.SSLContext, "ssl") is ssl.SSLContext
    assert standard(dict, "ssl") is dict


def test_a_connection_is_listed_as_long_as_it_is_open(authority: Authority, client: ssl.SSLContext) -> None:
    authority.introduce(client)
    connections: set[asyncio.BaseProtocol] = set()

    async def come_and_go() -> None:
        loop, lost = asyncio.get_running_loop(), asyncio.Event()

        class Within(asyncio.Protocol):
            def connection_lost(self, exc: Exception | None) -> None:
                assert exc is None
                lost.set()

        async with await loop.create_server(
            lambda: TlsConnection(Within(), authority.context, connections, 60), "127.0.0.1", 0
        ) as server:
            host, port = server.sockets[0].getsockname()
            _, writer = await asyncio.open_connection(host, port, ssl=client, server_hostname="localhost")
            assert len(connections) == 1
            writer.close()
            await asyncio.wait_for(lost.wait(), 30)

    asyncio.run(come_and_go())
    assert connections == set()


def test_the_file_is_removed_with_the_process_that_made_it(tmp_path: Path) -> None:
    program = """
import os, sys
from mockserver.tls.authority import Authority
authority = Authority()
print(authority.file, flush=True)
if os.fork() == 0:
    sys.exit()
os.wait()
print(os.path.exists(authority.file))
"""
    command = [sys.executable, "-W", "ignore", "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env={"TMPDIR": str(tmp_path)})
    file, there = run.stdout.split()
    assert (Path(file).parent, there) == (tmp_path, "True")
    assert list(tmp_path.iterdir()) == []
