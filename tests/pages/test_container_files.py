"""Checks of the container's files that need no engine; `scripts/container-check` checks them with an engine."""

import ast
import json
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.core.scenario import Scenario
from mockserver.http.app import BASE, application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.options.server import unknown_variables
from mockserver.serve.server import ServerThread
from mockserver.tls.authority import API_HOST
from mockserver.world.worlds import Worlds

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SHELL = shutil.which("sh") or "sh"

# ---- the Dockerfile


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, with their arguments on one line."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ").splitlines()
    instructions = [(word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in whole) if word]
    starts = [i for i, (word, _) in enumerate(instructions) if word == "FROM"]
    return [instructions[first:last] for first, last in zip(starts, [*starts[1:], None], strict=True)]


BUILD, FINAL = stages()


def given(word: str, stage: list[tuple[str, str]] = FINAL) -> list[str]:
    return [rest for each, rest in stage if each == word]


def settings(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in re.findall(r'([A-Za-z_.]+)=("[^"]*"|\S+)', text)}


def test_build_tools_stay_in_the_build_stage() -> None:
    assert [stage[0][1] for stage in (BUILD, FINAL)] == ["${BASE_IMAGE} AS build", "${BASE_IMAGE}"]
    assert [copied for copied in given("COPY") if not copied.startswith("--from=build ")] == []
    assert given("ARG") == []
    assert [run for run in given("RUN") if "pip" in run] == []


def test_each_pip_call_checks_hashes_or_has_no_network() -> None:
    calls = [call for run in given("RUN", BUILD) for call in run.split("&&") if " -m pip " in call]
    assert len(calls) == 2
    assert [call for call in calls if ("--require-hashes" in call) == ("--no-index" in call)] == []


def test_the_labels_of_the_image_match_the_project() -> None:
    [labels] = map(settings, given("LABEL"))
    prefix = "org.opencontainers.image."
    said = {name.removeprefix(prefix): value for name, value in labels.items() if name.startswith(prefix)}
    assert said == {
        "title": PROJECT["name"],
        "description": PROJECT["description"],
        "version": PROJECT["version"],
        "licenses": PROJECT["license"],
    }


def test_the_variables_of_the_image_are_options() -> None:
    [variables] = map(settings, given("ENV"))
    assert variables["IMAGINELAB_MOCK_DEFAULT_CLOCK"] == "poll"
    assert [*unknown_variables(variables)] == []


def test_no_command_in_the_image_needs_a_shell_or_root() -> None:
    assert given("USER") == ["10001:10001"]
    [health] = given("HEALTHCHECK")
    options, _, command = health.partition(" CMD ")
    assert "--start-interval=250ms" in options.split()
    for words in (command, *given("ENTRYPOINT"), *given("CMD")):
        assert all(isinstance(word, str) for word in json.loads(words))


def test_the_build_context_is_exactly_the_copied_files() -> None:
    listed = (ROOT / ".dockerignore").read_text().splitlines()
    assert listed[1] == "*"
    allowed = {line.removeprefix("!") for line in listed if line.startswith("!")}
    copied = {source for rest in given("COPY", BUILD) for source in rest.split()[:-1]}
    assert allowed == copied
    assert [name for name in sorted(copied) if not (ROOT / name).exists()] == []


# ---- the compose file


@pytest.fixture(scope="module")
def services() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def test_the_emulator_has_the_published_name_and_few_rights(services: Any) -> None:
    mock = services["imaginelab-mock"]
    assert mock["networks"]["default"]["aliases"] == [API_HOST]
    assert (mock["read_only"], mock["cap_drop"], mock["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])


def test_the_client_keeps_the_published_address_and_waits_for_the_emulator(services: Any) -> None:
    client = services["client"]
    assert client["depends_on"] == {"imaginelab-mock": {"condition": "service_healthy"}}
    *python, program = client["command"]
    assert python == ["python3", "-c"]
    constants = {node.value for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Constant)}
    assert f"https://{API_HOST}{BASE}" in constants


# ---- the check of its health


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b""})


Healthy = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def healthy(tmp_path: Path) -> Healthy:
    """Run the image's health check for a process with this command line."""

    def ask(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        (tmp_path / "cmdline").write_bytes(b"".join(f"{word}\0".encode() for word in words))
        command = [sys.executable, "-I", "-S", str(ROOT / "scripts" / "healthy"), str(tmp_path / "cmdline")]
        named = {f"IMAGINELAB_MOCK_{name}": value for name, value in variables.items()}
        return subprocess.run(command, env=named, capture_output=True, text=True, timeout=30, check=False)

    return ask


def served(app: ASGIApp) -> Iterator[str]:
    with ServerThread(app) as server:
        yield server.url.rpartition(":")[2]


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    yield from served(application(Worlds(FixedSource(LoadedScenario(Scenario())))))


@pytest.fixture(scope="module")
def broken_port() -> Iterator[str]:
    yield from served(broken)


def test_a_server_that_answers_is_healthy_at_any_address_of_its_options(healthy: Healthy, port: str) -> None:
    asked = [
        healthy("imaginelab-mock", "serve", PORT=port),
        healthy("imaginelab-mock", "serve", PORT=port, HOST="0.0.0.0"),
        healthy("imaginelab-mock", "serve", "--port", port, PORT="1"),
        healthy("imaginelab-mock", "serve", "--quiet", f"--port={port}", "rough.yaml", PORT="1"),
        healthy("an-init", "--", "imaginelab-mock", "serve", "--port=1", "--port", port),
    ]
    assert [(run.returncode, run.stdout) for run in asked] == [(0, "HTTP/1.1 200 OK\n")] * len(asked)


def test_a_server_in_trouble_is_not_healthy(healthy: Healthy, broken_port: str) -> None:
    run = healthy(PORT=broken_port)
    assert (run.returncode, run.stdout) == (1, "HTTP/1.1 503 Service Unavailable\n")


def test_without_a_listener_the_check_fails(healthy: Healthy) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        run = healthy(PORT=str(bound.getsockname()[1]))
    assert (run.returncode, run.stderr) == (1, "")
    assert "refused" in run.stdout


# ---- the check of the image, without an engine

TOOLS = ["cksum", "cut", "dirname", "grep", "head", "mktemp", "mv", "rm", "sed", "sh", "sleep", "sort", "tail", "xargs"]
ENGINE = {"docker": "exit 1", "docker-compose": "", "dockerd": "echo no cgroups >&2; exit 1"}
BASE_IMAGE = 'for last; do :; done; : >"$last"'


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        ({"id": "echo 1000"}, "that takes root."),
        ({"id": "echo 0"}, "that takes Debian."),
        ({"id": "echo 0", "apt-get": "exit 100", "apt-cache": ""}, "apt-get says above why."),
        ({"id": "echo 0", "apt-get": "", **ENGINE, "mmdebstrap": "exit 1"}, "mmdebstrap says above why."),
        ({"id": "echo 0", "apt-get": "", **ENGINE, "mmdebstrap": BASE_IMAGE}, "it ended at once: no cgroups"),
    ],
)
def test_without_an_engine_the_check_says_so_and_fails(programs: dict[str, str], said: str, tmp_path: Path) -> None:
    checkout, found = tmp_path / "checkout", tmp_path / "programs"
    (checkout / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "container-check", checkout / "scripts")
    (tmp_path / "certificates").touch()
    pip = f"echo \"global.cert='{tmp_path / 'certificates'}'\""
    write(found, **programs)
    write(checkout / "scripts", environment="")
    write(checkout / ".venv" / "bin", python=pip)
    for tool in TOOLS:
        (found / tool).symlink_to(shutil.which(tool) or tool)
    run = subprocess.run(
        [SHELL, str(checkout / "scripts" / "container-check")],
        env={"PATH": str(found), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    last = f"imaginelab-mock: no container engine can be had here, so the image is not judged: {said}"
    assert (run.returncode, run.stderr.splitlines()[-1]) == (1, last)
    assert [*tmp_path.glob("imaginelab-mock-engine.*")] == []


def write(folder: Path, **programs: str) -> None:
    """Make programs that run these shell commands."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in programs.items():
        (folder / name).write_text(f"#!{SHELL}\n{text}\n")
        (folder / name).chmod(0o755)
