"""The page on the client runs unchanged, except for the server's address: in order, in one Python, on one server."""

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from msgspec import Struct

from mockserver import client
from mockserver.client import MockServer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8402"


class Block(Struct, frozen=True):
    """A block of code, and the line of the page at which it begins."""

    kind: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The name of the block's file, if the first line of the block is a comment with that name."""
        named = re.match(r"# (\S+\.py)\n", self.text)
        return named[1] if named else None


def blocks() -> Iterator[Block]:
    for fence in re.finditer(r"^```([a-z]+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        yield Block(fence[1], fence[2], PAGE.count("\n", 0, fence.start()) + 1)


BLOCKS = tuple(blocks())
FILES = {block.file: block.text for block in BLOCKS if block.file is not None}
PROGRAMS = [block for block in BLOCKS if block.kind == "python" and block.file is None]
SESSIONS = [block for block in BLOCKS if block.kind == "pycon"]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda block: f"line-{block.line}")
def test_each_program_runs(program: Block, server: MockServer) -> None:
    exec(program.text.replace(ADDRESS, server.url), {})  # noqa: S102 - our own page


def test_each_command_of_the_page_prints_the_text_of_the_page(
    server: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    studio = ModuleType("studio")
    exec(FILES["studio.py"], vars(studio))  # noqa: S102 - our own page
    names: dict[str, object] = {"mock": server, "Studio": vars(studio)["Studio"]}
    told: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for block in SESSIONS:
        text = block.text.replace(ADDRESS, server.url)
        session = doctest.DocTestParser().get_doctest(text, names, "docs/python.md", "docs/python.md", block.line)
        runner.run(session, out=told.append, clear_globs=False)
        names = session.globs
    assert not told, "".join(told)
    assert runner.summarize(verbose=False).attempted > 60


def test_the_tests_on_the_page_pass(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    run = subprocess.run(
        program,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout
    assert "2 passed" in run.stdout


KINDS = (
    client.Account,
    client.Accounts,
    client.Clock,
    client.Events,
    client.Faults,
    client.Generation,
    client.Generations,
    client.Journal,
    client.MockServer,
    client.World,
    client.Worlds,
)
# Only the fixtures of the plugin use this name, to make their worlds.
UNTOLD = {"control"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_verb_is_on_the_page(kind: type) -> None:
    verbs = {name for name in vars(kind) if not name.startswith("_")} - UNTOLD
    assert {verb for verb in verbs if re.search(rf"\b{verb}\b", PAGE)} == verbs


def test_every_error_is_on_the_page() -> None:
    errors = {name for name, each in vars(client).items() if isinstance(each, type) and issubclass(each, Exception)}
    assert {name for name in errors if f"`{name}`" in PAGE} == errors
