"""The page about `run`: each of its examples runs and prints the text of the page; an ellipsis stands for any text."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.core.operation import Operation
from mockserver.options.server import RUN

from .commands import HOME, environment

PAGE = (HOME / "docs" / "run.md").read_text(encoding="utf-8")
PROGRAM = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = re.findall(r"```console\n\$ (.*?)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the client of the page, where `imaginelab-mock` and `python` are those of this environment."""
    (tmp_path / "picture.py").write_text(*PROGRAM)
    for name, arguments in (("python", ""), ("imaginelab-mock", " -m mockserver")):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{arguments} "$@"\n')
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(("command", "said"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_prints_the_text_of_the_page(folder: Path, command: str, said: str) -> None:
    variables = environment()
    variables["PATH"] = f"{folder}:{variables['PATH']}"
    shell = shutil.which("sh")
    assert shell is not None
    ended = subprocess.run(
        [shell, "-c", command], cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False
    )
    pattern = ".*".join(map(re.escape, said.split("…")))
    assert re.fullmatch(pattern, ended.stdout + ended.stderr, re.DOTALL)


def test_each_option_is_on_the_page() -> None:
    table = PAGE.partition("## Options")[2].partition("## ")[0]
    named = set(re.findall(r"`--([a-z-]+)", table))
    wanted = {name.replace("_", "-") for name in RUN} | {"speed", "report", "no-proxy-for"}
    assert wanted <= named
    assert named - wanted == set()


def test_the_table_of_an_example_names_operations_of_the_api() -> None:
    named = set(re.findall(r"^  ([a-z_]+) +[0-9…]", PAGE, re.MULTILINE))
    assert named == {Operation.LOGIN, Operation.CREATE, Operation.STATUS, Operation.RESULT}
