"""The content of the image; a build fails if one of its files is missing."""

import shutil
import tomllib
from pathlib import Path

import pytest

from . import journey
from .conftest import ROOT, Run
from .engine import IMAGE, Failed, build, docker, settings

MOST = 60_000_000
"""The most bytes that the image may add to its base."""

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
BUILT_FROM = [
    line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
]


def base() -> str:
    default = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("ARG BASE_IMAGE"))
    return default.partition("=")[2]


def test_the_image_is_small(measured: list[str]) -> None:
    size = settings(IMAGE)["Size"] - settings(base())["Size"]
    measured.append(f"{size / 1e6:.1f} MB above the base")
    assert 20_000_000 < size < MOST


def test_the_image_states_its_version_user_command_and_ports() -> None:
    told = settings(IMAGE)["Config"]
    assert told["Labels"]["org.opencontainers.image.version"] == VERSION
    assert (told["User"], told["WorkingDir"], told["StopSignal"]) == ("10001:10001", "/scenarios", "SIGTERM")
    assert (told["Entrypoint"], told["Cmd"]) == (["/opt/imaginelab-mock/bin/imaginelab-mock"], ["serve"])
    assert {*told["ExposedPorts"]} == {"8402/tcp", "8443/tcp"}
    assert told["Healthcheck"]["Test"][0] == "CMD"
    assert told["Healthcheck"].get("StartInterval", told["Healthcheck"]["Interval"]) == 250_000_000


def test_the_image_holds_the_locked_packages_and_no_build_tools() -> None:
    found = docker("run", "--rm", "--entrypoint=python3", IMAGE, "-c", _DISTRIBUTIONS).split()
    assert {"imaginelab-mock", "starlette", "uvicorn", "trustme", "cryptography", "prometheus_client"} <= {*found}
    assert {"pip", "hatchling", "pytest"} & {*found} == set()


_DISTRIBUTIONS = "from importlib.metadata import distributions; print(*(one.name for one in distributions()))"


def test_the_image_holds_no_settings_of_this_machine() -> None:
    told = docker("history", "--no-trunc", IMAGE) + docker("image", "inspect", IMAGE)
    assert "PIP_" not in told


def test_a_running_container_compiles_nothing(run: Run) -> None:
    # Root may write everywhere, and the variable allows Python to write: a compiled file would stay in the container.
    container = run("--user=0", "--env=PYTHONDONTWRITEBYTECODE=", command=("serve", "--tls", "--ca-dir=/dev/shm/ca"))
    container.ready()
    assert journey.plain(container.address).file
    with container.mock() as mock:
        assert mock.health().version == VERSION
    changed = docker("diff", container.number)
    assert [line for line in changed.splitlines() if line.endswith(".pyc")] == []


def test_the_engine_shows_a_file_that_a_container_compiled(run: Run) -> None:
    container = run("--user=0", "--env=PYTHONDONTWRITEBYTECODE=")
    container.inside("python3", "-c", "import this")
    assert "this.cpython-" in docker("diff", container.number)


@pytest.mark.parametrize("missing", BUILT_FROM)
def test_a_build_without_one_of_its_files_fails(missing: str, dockerfile: Path, tmp_path: Path) -> None:
    context = tmp_path / "context"
    shutil.copytree(ROOT, context, ignore=lambda folder, names: _others(Path(folder), names, missing))
    with pytest.raises(Failed):
        build(context, dockerfile, tag="incomplete")


def _others(folder: Path, names: list[str], missing: str) -> set[str]:
    """Return the names to leave out of a build context: those that are not listed, and the missing one."""
    within = folder.relative_to(ROOT)
    paths = {name: (within / name).as_posix() for name in names}
    return {name for name, path in paths.items() if path == missing or not any(_meets(path, one) for one in BUILT_FROM)}


def _meets(path: str, listed: str) -> bool:
    return f"{path}/".startswith(f"{listed}/") or f"{listed}/".startswith(f"{path}/")
