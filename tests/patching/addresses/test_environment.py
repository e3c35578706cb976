"""The environment variables during an interception; at its end they are as before."""

import os
from pathlib import Path

import pytest

from mockserver.patching.addresses.environment import BUNDLES, EXCEPT, PROXIES, bypass_proxies, prepared

HOST = "api.imagineview.art"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", HOST),
        ("localhost, 10.0.0.1 ,", f"localhost,10.0.0.1,{HOST}"),
        (f"localhost, {HOST}", f"localhost, {HOST}"),
        ("*", "*"),
    ],
)
def test_the_host_is_added_to_the_hosts_without_a_proxy(before: str, after: str) -> None:
    variables = {"no_proxy": before, "NO_PROXY": before}
    bypass_proxies(HOST, variables)
    assert variables == {"no_proxy": after, "NO_PROXY": after}


def test_proxies_are_gone_and_one_authority_is_trusted_until_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, "http://proxy.example:3128")
    monkeypatch.setenv("SSL_CERT_FILE", "own.pem")
    before = dict(os.environ)
    with prepared(HOST, "ca.pem") as said:
        assert said == {name: before[name] for name in (*PROXIES, *EXCEPT, *BUNDLES) if name in before}
        assert not set(PROXIES) & set(os.environ)
        assert [os.environ[name] for name in (*BUNDLES, "NO_PROXY", "no_proxy")] == ["ca.pem", "ca.pem", HOST, HOST]
    assert dict(os.environ) == before


def test_a_variable_that_is_set_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("SSL_CERT_FILE", "own.pem")
    with prepared(HOST, "ca.pem"):
        monkeypatch.setenv("HTTPS_PROXY", "http://another.example:3128")
        monkeypatch.setenv("SSL_CERT_FILE", "another.pem")
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert os.environ["HTTPS_PROXY"] == "http://another.example:3128"
    assert os.environ["SSL_CERT_FILE"] == "another.pem"
    assert "REQUESTS_CA_BUNDLE" not in os.environ


def test_it_is_as_before_also_after_an_error() -> None:
    before = dict(os.environ)
    with pytest.raises(LookupError), prepared(HOST, "ca.pem"):
        raise LookupError
    assert dict(os.environ) == before
