"""What the image is made of, and that it is not made where something is missing."""

import shutil
import tomllib
from pathlib import Path

import pytest

from . import journey
from .conftest import ROOT, Run
from .engine import IMAGE, Failed, build, docker, settings

MOST = 60_000_000
"""Bytes above the base, all told."""

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
BUILT_FROM = [
    line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
]


def base() -> str:
    default = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("ARG BASE_IMAGE"))
    return default.partition("=")[2]


def test_it_is_small(measured: list[str]) -> None:
    size = settings(IMAGE)["Size"] - settings(base())["Size"]
    measured.append(f"{size / 1e6:.1f} MB above the base")
    assert 20_000_000 < size < MOST


def test_it_says_what_it_is_and_how_it_is_run() -> None:
    told = settings(IMAGE)["Config"]
    assert told["Labels"]["org.opencontainers.image.version"] == VERSION
    assert (told["User"], told["WorkingDir"], told["StopSignal"]) == ("10001:10001", "/scenarios", "SIGTERM")
    assert (told["Entrypoint"], told["Cmd"]) == (["/opt/imaginelab-mock/bin/imaginelab-mock"], ["serve"])
    assert {*told["ExposedPorts"]} == {"8402/tcp", "8443/tcp"}
    assert told["Healthcheck"]["Test"][0] == "CMD"
    assert told["Healthcheck"].get("StartInterval", told["Healthcheck"]["Interval"]) == 250_000_000


def test_it_holds_what_is_locked_and_nothing_that_only_builds() -> None:
    found = docker("run", "--rm", "--entrypoint=python3", IMAGE, "-c", _DISTRIBUTIONS).split()
    assert {"imaginelab-mock", "starlette", "uvicorn", "trustme", "cryptography", "prometheus_client"} <= {*found}
    assert {"pip", "hatchling", "pytest"} & {*found} == set()


_DISTRIBUTIONS = "from importlib.metadata import distributions; print(*(one.name for one in distributions()))"


def test_nothing_of_this_machine_is_in_it() -> None:
    told = docker("history", "--no-trunc", IMAGE) + docker("image", "inspect", IMAGE)
    assert "PIP_" not in told


def test_nothing_is_compiled_when_it_runs(run: Run) -> None:
    # As root, and told to write, Python would leave what it had to compile.
    container = run("--user=0", "--env=PYTHONDONTWRITEBYTECODE=", command=("serve", "--tls", "--ca-dir=/dev/shm/ca"))
    container.ready()
    assert journey.plain(container.address).file
    with container.mock() as mock:
        assert mock.health().version == VERSION
    changed = docker("diff", container.number)
    assert [line for line in changed.splitlines() if line.endswith(".pyc")] == []


def test_what_had_to_be_compiled_would_be_seen(run: Run) -> None:
    container = run("--user=0", "--env=PYTHONDONTWRITEBYTECODE=")
    container.inside("python3", "-c", "import this")
    assert "this.cpython-" in docker("diff", container.number)


@pytest.mark.parametrize("missing", BUILT_FROM)
def test_it_is_not_built_without_a_file_that_it_is_built_from(missing: str, dockerfile: Path, tmp_path: Path) -> None:
    context = tmp_path / "context"
    shutil.copytree(ROOT, context, ignore=lambda folder, names: _others(Path(folder), names, missing))
    with pytest.raises(Failed):
        build(context, dockerfile, tag="incomplete")


def _others(folder: Path, names: list[str], missing: str) -> set[str]:
    """Return what does not belong into a context: whatever is not on the list, and what is to be missing."""
    within = folder.relative_to(ROOT)
    paths = {name: (within / name).as_posix() for name in names}
    return {name for name, path in paths.items() if path == missing or not any(_meets(path, one) for one in BUILT_FROM)}


def _meets(path: str, listed: str) -> bool:
    return f"{path}/".startswith(f"{listed}/") or f"{listed}/".startswith(f"{path}/")
