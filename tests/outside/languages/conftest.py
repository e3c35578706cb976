"""Each client as a program to run, in an environment without this machine's proxies and authorities."""

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from .journey import Played
from .rows import ROWS, RUNNERS, Row


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the clients that were not tried, because they are easy to miss among the skipped tests."""
    lacking = {name: row.lacks for name, row in ROWS.items() if row.lacks}
    for name, lacks in lacking.items():
        terminalreporter.write_line(f"client not tried: {name}, for want of {lacks}")


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """An environment without variables for proxies and trusted authorities."""
    home = str(tmp_path_factory.mktemp("home"))
    return {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8"}


Compile = Callable[[Path], str]
"""Compile a file to a program, and return the program's path."""


@pytest.fixture(scope="session")
def compiled(clean: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Compile:
    folder = tmp_path_factory.mktemp("compiled")
    environment = {**clean, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOCACHE": str(folder / "cache")}

    def compile_once(file: Path) -> str:
        program = folder / file.stem
        if not program.exists():
            build = ["go", "build", "-o", str(program), str(file)]
            subprocess.run(build, cwd=folder, env=environment, timeout=300, check=True)
        return str(program)

    return compile_once


class Client:
    """A client with its name, ready to run."""

    def __init__(self, name: str, row: Row, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name, self.row = name, row
        self._command, self._environment, self._picture = command, environment, folder / "picture"

    def played(self, within: Callable[[list[str]], list[str]], world: str | None = None) -> Played:
        """Run the command that `within` makes from the client's own; the login with a `+` chooses a world."""
        user = "you@example.com" if world is None else f"you+{world}@example.com"
        told = {"IMAGINELAB_USERNAME": user, "IMAGINELAB_PASSWORD": "YOUR_PASSWORD", "POLL_SECONDS": "0.01"}
        command = within([*self._command, str(self._picture)])
        ended = subprocess.run(
            command, env={**self._environment, **told}, capture_output=True, text=True, timeout=60, check=False
        )
        return Played(ended.returncode, ended.stdout, ended.stderr, self._picture)


@pytest.fixture(params=ROWS)
def client(request: pytest.FixtureRequest, clean: Mapping[str, str], compiled: Compile, tmp_path: Path) -> Client:
    row = ROWS[request.param]
    if row.lacks:
        pytest.skip(f"for want of {row.lacks}")
    runner = RUNNERS.get(row.path.suffix)
    command = [compiled(row.path)] if runner is None else [runner, str(row.path)]
    return Client(request.param, row, command, clean, tmp_path)
