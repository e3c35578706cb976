"""Programs written by others read the published trust stores, and trust an authority for its own names alone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from trustme import CA

from mockserver.serve.server import ServerThread
from mockserver.tls.authority import API_HOST, Authority
from mockserver.tls.truststore import publish

JAVA = """
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

public class Ask {
    public static void main(String[] urls) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(urls[0])).build();
        System.out.println(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body());
    }
}
"""
PYTHON = """
import ssl, sys, urllib.request
context = ssl.create_default_context()
context.verify_flags |= ssl.VERIFY_X509_STRICT
print(urllib.request.urlopen(sys.argv[1], context=context).read().decode())
"""
CLIENTS = {
    "curl": ("curl", "--silent", "--show-error"),
    "wget": ("wget", "--quiet", "--output-document=-"),
    "python": (sys.executable, "-c", PYTHON),
    "node": ("node", "--eval", "fetch(process.argv[1]).then(answer => answer.text()).then(console.log)"),
    "java": ("java", "Ask.java"),
    "ruby": ("ruby", "-ropen-uri", "-e", "puts URI.open(ARGV[0]).read"),
    "php": ("php", "-r", "echo file_get_contents($argv[1]) ?: exit(1);"),
    "php's curl": ("php", "-r", "exit(curl_exec(curl_init($argv[1])) ? 0 : 1);"),
}
"""Commands that fetch the URL given as their last word; each succeeds only if it trusts the server."""


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    if shutil.which(CLIENTS[request.param][0]) is None:
        pytest.skip(f"for want of {CLIENTS[request.param][0]}")
    if request.param == "php's curl" and b"curl" not in subprocess.check_output([CLIENTS["php"][0], "-m"]).split():
        pytest.skip("for want of PHP's extension curl")
    return request.param


@pytest.fixture(scope="module")
def company() -> CA:
    """An authority that this machine already trusts."""
    return CA(organization_name="A company")


@pytest.fixture
def workshop(tmp_path: Path, company: CA, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run clients in, on a machine that trusts only the company's authority."""
    (tmp_path / "Ask.java").write_text(JAVA, "utf-8")
    company.cert_pem.write_to_path(tmp_path / "company.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "company.pem"))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return tmp_path


@pytest.fixture
def authority(workshop: Path) -> Authority:
    return Authority.kept(workshop / "kept")


def asked(client: str, variables: Mapping[str, str], authority: Authority, workshop: Path) -> str | None:
    """Return the text that a client reads from a server with the authority's certificate; None if the client fails."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(workshop), "LANG": "C.UTF-8", **variables}
    with ServerThread(PlainTextResponse("trusted"), tls=authority.context) as server:
        command = [*CLIENTS[client], f"https://localhost:{server.tls_address[1]}/"]
        ended = subprocess.run(
            command, cwd=workshop, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    return ended.stdout.strip() if ended.returncode == 0 else None


@pytest.mark.parametrize("name", ["plain", 'it\'s "the" $HOME; ${HOME} # \\b é'])
def test_a_client_trusts_the_authority_in_any_folder(
    client: str, name: str, authority: Authority, workshop: Path
) -> None:
    variables = publish(authority, workshop / name)
    assert asked(client, variables, authority, workshop) == "trusted"


def test_a_client_without_the_variables_does_not_trust_the_authority(
    client: str, authority: Authority, workshop: Path
) -> None:
    assert asked(client, {}, authority, workshop) is None


def test_a_client_still_trusts_the_authorities_of_the_machine(
    client: str, authority: Authority, company: CA, workshop: Path
) -> None:
    if client == "node":
        pytest.skip("Node has its own public roots, and reads no others")
    variables = publish(authority, workshop / "plain")
    assert asked(client, variables, Authority(issues=company), workshop) == "trusted"


def test_a_leaked_key_vouches_for_no_other_name(client: str, authority: Authority, workshop: Path) -> None:
    if client == "java":
        pytest.skip("Java does not check the names for which an authority in its own store is trusted")
    variables = publish(authority, workshop / "plain")
    leaked = (workshop / "kept" / "ca.key").read_bytes()
    issuer = CA.from_pem(leaked, leaked)
    assert asked(client, variables, Authority(API_HOST, "localhost", issues=issuer), workshop) == "trusted"
    assert asked(client, variables, Authority("bank.example", "localhost", issues=issuer), workshop) is None
