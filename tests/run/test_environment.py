"""The environment of a command: its variables for the mock, and those of its parent."""

import os
from pathlib import Path

import pytest

from mockserver.run.environment import MockAddresses, child_environment

MOCK = MockAddresses("http://127.0.0.1:1234", ("127.0.0.1", 5678))
TRUST = {
    "SSL_CERT_FILE": "/t/bundle.pem",
    "NODE_EXTRA_CA_CERTS": "/t/ca.pem",
    "JAVA_TOOL_OPTIONS": "-Dtrust=/t/store",
    "PHP_INI_SCAN_DIR": f"{os.pathsep}/t/php",
}
SHIMS = Path(__file__).parents[2] / "mockserver" / "run" / "shims"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "IMAGINELAB_MOCK_URL"])
def test_the_mock_replaces_the_proxy_of_the_parent(name: str, folder: Path) -> None:
    assert child_environment({name: "http://company.example"}, MOCK, folder, TRUST)[name] == MOCK.url


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "SSL_CERT_DIR"])
def test_variables_that_lead_elsewhere_are_dropped(name: str, folder: Path) -> None:
    assert name not in child_environment({name: "elsewhere"}, MOCK, folder, TRUST)


def test_unrelated_variables_are_kept(folder: Path) -> None:
    parent = {"HOME": "/home/you", "IMAGINELAB_MOCK_PORT": "1"}
    assert parent.items() <= child_environment(parent, MOCK, folder, TRUST).items()


def test_the_trust_store_of_the_parent_is_replaced(folder: Path) -> None:
    assert (
        child_environment({"SSL_CERT_FILE": "/etc/company.pem"}, MOCK, folder, TRUST)["SSL_CERT_FILE"]
        == "/t/bundle.pem"
    )


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_this_machine_and_the_spared_hosts_are_reached_without_the_mock(name: str, folder: Path) -> None:
    assert (
        child_environment({name: "*"}, MOCK, folder, TRUST, ["db.example", ".local"])[name]
        == "localhost,127.0.0.1,::1,db.example,.local"
    )


def test_java_keeps_its_options_and_gets_trust_and_proxy(folder: Path) -> None:
    options = child_environment({"JAVA_TOOL_OPTIONS": "-Xmx1g"}, MOCK, folder, TRUST, [".local"])["JAVA_TOOL_OPTIONS"]
    assert options.split() == [
        "-Xmx1g",
        "-Dtrust=/t/store",
        "-Dhttps.proxyHost=127.0.0.1",
        "-Dhttps.proxyPort=1234",
        "-Dhttp.nonProxyHosts=localhost|127.0.0.1|[::1]|*.local",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, []), ({"NODE_OPTIONS": ""}, []), ({"NODE_OPTIONS": "--no-warnings"}, ["--no-warnings"])],
)
def test_node_keeps_its_options_and_begins_with_the_shim(
    before: dict[str, str], after: list[str], folder: Path
) -> None:
    told = child_environment(before, MOCK, folder, TRUST)
    assert told["NODE_OPTIONS"] == " ".join([*after, f'--require "{SHIMS / "node.cjs"}"'])
    assert told["NODE_USE_ENV_PROXY"] == "1"


@pytest.mark.parametrize(("before", "after"), [({}, []), ({"PYTHONPATH": ""}, []), ({"PYTHONPATH": "a:b"}, ["a", "b"])])
def test_python_looks_for_modules_beside_the_shim_first(before: dict[str, str], after: list[str], folder: Path) -> None:
    told = child_environment(before, MOCK, folder, TRUST)["PYTHONPATH"]
    assert told.split(os.pathsep) == [str(SHIMS / "python"), *after]


@pytest.mark.parametrize("before", ["", "/etc/php/company"])
def test_php_reads_the_trust_store_and_the_shim_after_its_own_settings(before: str, folder: Path) -> None:
    told = child_environment({"PHP_INI_SCAN_DIR": before}, MOCK, folder, TRUST)["PHP_INI_SCAN_DIR"]
    first, trust, ours = told.split(os.pathsep)
    assert (first, trust) == (before, "/t/php")
    [file] = Path(ours).iterdir()
    assert file.is_relative_to(folder)
    assert file.read_text("utf-8") == f"auto_prepend_file = {SHIMS / 'php' / 'prepend.php'}\n"


def test_the_shims_get_the_tls_address_and_the_authority(folder: Path) -> None:
    told = child_environment({}, MOCK, folder, TRUST)
    assert (told["IMAGINELAB_RUN_ADDRESS"], told["IMAGINELAB_RUN_CA"]) == ("127.0.0.1:5678", "/t/ca.pem")


@pytest.mark.parametrize("name", ["node.cjs", "php/prepend.php", "python/sitecustomize.py"])
def test_the_shims_are_there(name: str) -> None:
    assert (SHIMS / name).is_file()
