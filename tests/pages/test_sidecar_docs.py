"""The page on the sidecar is true: its requests are answered, its files are as shown, and they fit the program."""

import http.client
import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from mockserver.http.app import application
from mockserver.http.guard import HEALTH
from mockserver.language.loaded import HAPPY_PATH, FixedSource
from mockserver.options import server as options
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import API_HOST, Authority
from mockserver.tls.truststore import publish
from mockserver.world import file_cache
from mockserver.world.worlds import Worlds
from tests.support.routes import world_of

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "sidecar.md").read_text(encoding="utf-8")
FOLDER: Final = ROOT / "docs" / "sidecar"
FILES: Final = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())}
DEPLOYED: Final = [each for each in yaml.safe_load_all(FILES["kubernetes.yaml"]) if each]

ADDRESS: Final = "http://localhost:8402"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


# Its files


def test_each_link_leads_to_a_section() -> None:
    titles = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    anchors = [re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles]
    listed = PAGE.partition("\n## ")[0]
    assert re.findall(r"\]\(#([^)]*)\)", listed) == anchors
    assert {*re.findall(r"\]\(#([^)]*)\)", PAGE)} == {*anchors}


def test_each_file_of_the_folder_is_linked() -> None:
    linked = {link.partition("#")[0] for link in re.findall(r"\]\(([^#)][^)]*)\)", PAGE)}
    assert {f"sidecar/{name}" for name in FILES} <= linked


@pytest.mark.parametrize("block", [text for kind in ("yaml", "haproxy", "nginx") for text in blocks(kind)])
def test_each_piece_of_a_file_stands_in_it(block: str) -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert [text for text in (compose, *FILES.values()) if block in text] != []


# Its requests


class Command(Struct, frozen=True):
    """A request as the arguments of curl describe it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str | None


FORM: Final = "application/x-www-form-urlencoded"


def commands() -> Iterator[Command]:
    """Yield each request that the page sends to the address at its beginning."""
    for line in "".join(blocks("sh")).replace("\\\n", "").splitlines():
        words = shlex.split(line)
        if words[:1] == ["curl"]:
            [url] = [word for word in words if word.startswith(ADDRESS)]
            given = dict(pairwise(words))
            body = given.get("--data")
            headers = dict([given.get("--header", f"Content-Type: {FORM}").split(": ")])
            method = given.get("--request", "GET" if body is None else "POST")
            yield Command(method, url.removeprefix(ADDRESS), headers if body else {}, body)


def test_each_request_is_answered() -> None:
    with ServerThread(application(Worlds(FixedSource(HAPPY_PATH)))) as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        refused, asked = [], [*commands()]
        for each in asked:
            connection.request(each.method, each.path, each.body, dict(each.headers))
            answer = connection.getresponse()
            content = answer.read()
            if answer.status not in (200, 201):
                refused.append((each, content))
        connection.close()
    assert refused == []
    assert len(asked) == 8


# Its claims about the program


@pytest.mark.parametrize("text", [PAGE, *FILES.values()], ids=["page", *FILES])
def test_each_variable_belongs_to_the_program(text: str) -> None:
    named = re.findall(rf"{options.PREFIX}[A-Z_]+", text)
    assert [*options.unknown_variables(dict.fromkeys(named, ""))] == []


def test_each_variable_of_a_client_is_set_by_the_files_for_it(tmp_path: Path) -> None:
    told = re.findall(r"^\| [^|]+ \| `([A-Z_]+)` \|$", section("Certificates for clients"), re.MULTILINE)
    assert {*told} == {*publish(Authority(), tmp_path)}


def test_the_page_names_each_file_for_clients(tmp_path: Path) -> None:
    publish(Authority.kept(tmp_path), tmp_path)
    told = re.findall(
        r"`([a-z0-9./]+)`", "".join(re.findall(r"^\| (`[^|]*) \|", section("Certificates for clients"), re.MULTILINE))
    )
    assert {name.strip("/") for name in told} == {path.name for path in tmp_path.iterdir()}


def test_each_figure_is_the_one_in_force() -> None:
    unset = options.Options()
    assert f"One container holds {unset.max_worlds} (" in PAGE
    assert f"at most {unset.journal_bytes // 1024**2} MiB (`{options.PREFIX}JOURNAL_BYTES`)" in PAGE
    assert f"kept ready | at most {file_cache.LIMIT // 1024**2} MiB |" in PAGE
    assert f"at port {unset.port} and, if asked to, at {options.HTTPS_PORT} for TLS" in PAGE.replace("\n", " ")


# The contents of the files


@pytest.mark.parametrize("name", ["haproxy.cfg", "nginx.conf"])
@given(path=st.lists(st.sampled_from(["/w/", "/", "w", ".", "..", "gw3", "a_b-c", "é", "a" * 64])).map("".join))
def test_a_proxy_finds_the_world_in_a_path_as_the_mock_does(name: str, path: str) -> None:
    [pattern] = re.findall(r"[\"' ~](\^/w/[^\s\"']+)", FILES[name])
    found = re.match(pattern.replace("(?<prefix>", "("), path)
    world = world_of(path)
    assert (found is None) == (world is None)
    assert world is None or path.split("/")[2] == world


def of_kind(kind: str) -> dict[str, Any]:
    return {each["metadata"]["name"]: each for each in DEPLOYED if each["kind"] == kind}


def test_the_configuration_in_kubernetes_is_the_tested_one() -> None:
    assert of_kind("ConfigMap")["imaginelab-mock-haproxy"]["data"] == {"haproxy.cfg": FILES["haproxy.cfg"]}


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget"])
def test_a_selector_of_pods_selects_those_of_one_deployment(kind: str) -> None:
    pods = [each["spec"]["template"]["metadata"]["labels"] for each in of_kind("Deployment").values()]
    for each in of_kind(kind).values():
        selector = each["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        assert [labels.items() >= wanted.items() for labels in pods].count(True) == 1


def containers() -> Iterator[dict[str, Any]]:
    """Yield each container of the mock in Kubernetes."""
    pods = [each["spec"]["template"]["spec"] for each in DEPLOYED if each["kind"] == "Deployment"]
    pods.append(yaml.safe_load(FILES["kubernetes-sidecar.yaml"])["spec"]["template"]["spec"])
    for pod in pods:
        for each in (*pod["containers"], *pod.get("initContainers", ())):
            if each["name"] == "imaginelab-mock":
                yield each


def test_each_container_has_a_health_probe_and_few_rights() -> None:
    assert len([*containers()]) == 2
    for each in containers():
        probes = [each[name] for name in each if name.endswith("Probe")]
        assert {probe["httpGet"]["path"] for probe in probes} == {HEALTH}
        allowed = each["securityContext"]
        assert allowed["readOnlyRootFilesystem"]
        assert not allowed["allowPrivilegeEscalation"]
        assert allowed["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", ["github-container.yml", "gitlab-ci.yml", "kubernetes-sidecar.yaml"])
def test_the_mock_under_the_name_of_the_api_speaks_tls_at_the_port_of_the_api(name: str) -> None:
    assert API_HOST in FILES[name]
    assert re.search(rf"{options.PREFIX}HTTPS_PORT(:|, value:) \"?443\"?", FILES[name])
