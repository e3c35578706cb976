"""The trust stores for clients of any language: they hold the public roots of the system and the mock's authority."""

import os
import shlex
import ssl
import stat
import subprocess
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from trustme import CA

from mockserver.tls.authority import Authority
from mockserver.tls.folder import CannotKeep
from mockserver.tls.truststore import publish

FILES: Final = ("bundle.pem", "ca.pem", "env", "php", "truststore.p12", "wgetrc")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[CA]:
    """Two public roots, the only ones of this system: one in the system's file and one in its folder."""
    in_file, in_folder = CA(organization_name="In a file"), CA(organization_name="In a folder")
    in_file.cert_pem.write_to_path(tmp_path / "roots.pem")
    (tmp_path / "roots").mkdir()
    in_folder.cert_pem.write_to_path(tmp_path / "roots" / "0123abcd.0")
    CA(organization_name="Not found").cert_pem.write_to_path(tmp_path / "roots" / "another.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'missing'}:{tmp_path / 'roots'}")
    return [in_file, in_folder]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ca"


def organizations(certificates: list[x509.Certificate]) -> list[object]:
    return [each.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)[0].value for each in certificates]


def bundled(folder: Path) -> list[object]:
    return organizations(x509.load_pem_x509_certificates((folder / "bundle.pem").read_bytes()))


def in_java(folder: Path) -> list[object]:
    store = load_pkcs12((folder / "truststore.p12").read_bytes(), None)
    return organizations([each.certificate for each in store.additional_certs])


def test_the_variables_lead_to_the_files(authority: Authority, folder: Path) -> None:
    assert publish(authority, folder) == {
        "SSL_CERT_FILE": f"{folder}/bundle.pem",
        "REQUESTS_CA_BUNDLE": f"{folder}/bundle.pem",
        "CURL_CA_BUNDLE": f"{folder}/bundle.pem",
        "NODE_EXTRA_CA_CERTS": f"{folder}/ca.pem",
        "DENO_CERT": f"{folder}/ca.pem",
        "JAVA_TOOL_OPTIONS": f"-Djavax.net.ssl.trustStore={folder}/truststore.p12",
        "PHP_INI_SCAN_DIR": f":{folder}/php",
        "WGETRC": f"{folder}/wgetrc",
    }
    assert sorted(file.name for file in folder.iterdir()) == sorted(FILES)
    assert (folder / "ca.pem").read_text() == authority.certificate
    assert (folder / "wgetrc").read_text() == f"ca_certificate = {folder}/bundle.pem\n"
    (ini,) = (folder / "php").iterdir()
    assert ini.name.endswith(".ini")
    assert ini.read_text() == f"curl.cainfo = {folder}/bundle.pem\nopenssl.cafile = {folder}/bundle.pem\n"


def test_the_variables_name_a_folder_by_its_absolute_path(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert publish(authority, Path("here"))["WGETRC"] == f"{tmp_path}/here/wgetrc"


def test_all_users_may_read_the_published_files(authority: Authority, folder: Path) -> None:
    publish(authority, folder)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.rglob("*") if file.is_file()}
    assert modes == {0o644}


def test_public_roots_and_the_authority_are_trusted_together(
    authority: Authority, public: list[CA], folder: Path
) -> None:
    publish(authority, folder)
    known = ["In a file", "In a folder", "imaginelab-mock"]
    assert sorted(map(str, bundled(folder))) == sorted(map(str, in_java(folder))) == known
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(folder / "bundle.pem")
    assert ssl.PEM_cert_to_DER_cert(authority.certificate) in context.get_ca_certs(binary_form=True)


@pytest.mark.parametrize("name", ["bundle.pem", "ca.pem"])
def test_an_authority_of_the_mock_does_not_count_as_a_public_root(
    name: str, public: list[CA], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(Authority(), tmp_path / "another")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "another" / name))
    last = Authority()
    publish(last, folder)
    assert bundled(folder).count("imaginelab-mock") == 1
    assert "In a folder" in bundled(folder)
    assert last.certificate in (folder / "bundle.pem").read_text()


def test_without_public_roots_the_stores_hold_the_authority_alone(
    authority: Authority, public: list[CA], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "missing"))
    publish(authority, folder)
    assert (folder / "bundle.pem").read_text() == authority.certificate
    assert in_java(folder) == ["imaginelab-mock"]


def test_a_file_without_a_certificate_is_skipped(
    authority: Authority, public: list[CA], folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "roots" / "89abcdef.0").write_text("nothing\n")
    (tmp_path / "roots" / "89abcdef.1").symlink_to(tmp_path / "missing")
    publish(authority, folder)
    assert len(bundled(folder)) == 3


def test_an_empty_variable_does_not_mean_the_current_folder(
    authority: Authority, public: list[CA], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "roots")
    monkeypatch.setenv("SSL_CERT_DIR", "")
    publish(authority, folder)
    assert bundled(folder) == ["In a file", "imaginelab-mock"]


def odd(certificate: CA, offset: int, byte: int) -> str:
    """Return the certificate with one byte changed; `offset` counts from the start of its version and serial number."""
    whole = bytearray(ssl.PEM_cert_to_DER_cert(certificate.cert_pem.bytes().decode()))
    whole[whole.index(bytes.fromhex("a003020102")) + offset] = byte
    return ssl.DER_cert_to_PEM_cert(bytes(whole))


@pytest.mark.parametrize(
    ("offset", "byte", "java"),
    [
        pytest.param(7, 0x81, 3, id="a negative serial number"),
        pytest.param(4, 0x07, 2, id="an unknown version"),
    ],
)
@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")
@pytest.mark.usefixtures("public")
def test_roots_that_break_a_rule_do_not_stop_the_publication(
    offset: int, byte: int, java: int, authority: Authority, folder: Path
) -> None:
    Path(os.environ["SSL_CERT_FILE"]).write_text(odd(CA(), offset, byte))
    with warnings.catch_warnings(action="error"):
        publish(authority, folder)
    assert (folder / "bundle.pem").read_text().count("BEGIN") == 3
    assert len(in_java(folder)) == java


def test_servers_that_start_at_the_same_moment_publish_consistent_files(public: list[CA], folder: Path) -> None:
    many = 6
    start = Barrier(many)

    def serve(_: int) -> str:
        start.wait(30)
        authority = Authority.kept(folder)
        publish(authority, folder)
        return authority.certificate

    with ThreadPoolExecutor(many) as pool:
        (certificate,) = set(pool.map(serve, range(many)))
    assert (folder / "ca.pem").read_text() == certificate
    assert certificate in (folder / "bundle.pem").read_text()
    assert sorted(file.name for file in folder.iterdir()) == sorted((*FILES, "ca.key"))


def test_a_truncated_file_is_written_again_at_the_next_start(public: list[CA], folder: Path) -> None:
    authority = Authority.kept(folder)
    publish(authority, folder)
    whole = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name != "ca.key"}
    for file, content in whole.items():
        file.write_bytes(content[: len(content) // 2])
    publish(Authority.kept(folder), folder)
    # Each store for Java has other bytes.
    assert {file.name for file, content in whole.items() if file.read_bytes() != content} == {"truststore.p12"}
    assert len(in_java(folder)) == 3


def test_a_kept_folder_without_its_key_refuses_each_published_file(public: list[CA], folder: Path) -> None:
    publish(Authority.kept(folder), folder)
    (folder / "ca.key").unlink()
    for file in (*folder.glob("php/*"), folder / "php", *(folder / name for name in FILES if name != "php")):
        with pytest.raises(CannotKeep, match=r"has no ca\.key, so its .* may be anybody's"):
            Authority.kept(folder)
        file.rmdir() if file.is_dir() else file.unlink()
    Authority.kept(folder)


def test_a_file_in_place_of_the_folder_is_an_error(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotKeep, match=r"file cannot keep a certificate authority: \S+: Not a directory; mend that"):
        publish(authority, tmp_path / "file")


AWKWARD: Final = ("plain", "with spaces", "it's", 'say "hi"', "$HOME and ${HOME}", "`true`", "a;b#c&d\\e", "é")


@pytest.mark.parametrize("name", AWKWARD)
def test_a_shell_reads_the_variables_unchanged(name: str, authority: Authority, tmp_path: Path) -> None:
    variables = publish(authority, tmp_path / name)
    shown = subprocess.run(
        ["/bin/sh", "-c", f"set -a; . {shlex.quote(str(tmp_path / name / 'env'))}; env -0"],
        capture_output=True,
        env={"PATH": os.defpath},
        check=True,
    ).stdout
    read = dict(line.split("=", 1) for line in os.fsdecode(shown).split("\0") if line)
    assert {key: read.get(key) for key in variables} == variables


def test_the_variables_of_a_plain_path_need_no_quotes(authority: Authority, folder: Path) -> None:
    variables = publish(authority, folder)
    assert (folder / "env").read_text() == "".join(f"{name}={value}\n" for name, value in variables.items())
