"""scripts/languages, run for real with only a few tools on the path and with programs that pretend to install."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHELL = shutil.which("sh") or "sh"
TOOLS = ["dirname", "grep", "sh", "timeout"]
PROGRAMS = ["curl", "wget", "node", "npm", "java", "go", "ruby"]

pytestmark = pytest.mark.skipif(not shutil.which("timeout"), reason="CI has it")

PHP = "echo curl"
NOTE = 'echo "$(basename "$0") $*" >>"$CALLS"'
# The last argument is a package, and here also the name of the program in it.
INSTALL = 'for last; do :; done; case $1 in install) ln -s "$NOTHING" "$PROGRAMS/${last%lang-go}" ;; esac'

Program = Callable[[str, str], None]
Run = Callable[[], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The folder of all programs on the script's path: everything that it would install."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for tool in (*TOOLS, "basename", "ln"):
        (folder / tool).symlink_to(shutil.which(tool) or tool)
    return folder


@pytest.fixture
def program(programs: Path) -> Program:
    """Make or replace a program of one line of shell, which notes its arguments."""

    def make(name: str, line: str = "") -> None:
        (programs / name).unlink(missing_ok=True)
        (programs / name).write_text(f"#!/bin/sh\n{NOTE}\n{line}\n")
        (programs / name).chmod(0o755)

    for name in PROGRAMS:
        make(name)
    make("php", PHP)
    make("apt-get", INSTALL)
    make("id", "echo 0")
    return make


@pytest.fixture
def run(tmp_path: Path, programs: Path, program: Program) -> Run:
    """Run the script in a copy of the checkout that has no other file."""
    script = tmp_path / "checkout" / "scripts" / "languages"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "languages", script)
    places = {"PATH": str(programs), "PROGRAMS": str(programs), "NOTHING": str(programs / "curl")}
    environment = {**places, "CALLS": str(tmp_path / "calls")}
    command = [SHELL, str(script)]
    return lambda: subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
    )


def calls(folder: Path, program: str) -> list[str]:
    """The noted calls of a program, without the options."""
    lines = (folder / "calls").read_text().splitlines()
    words = [line.split() for line in lines if line.startswith(f"{program} ")]
    return [" ".join(word for word in each[1:] if not word.startswith("-")) for each in words]


def test_it_is_in_the_language_of_sh() -> None:
    assert subprocess.run([SHELL, "-n", str(ROOT / "scripts" / "languages")], check=False).returncode == 0


def test_with_every_program_present_only_npm_installs(run: Run, tmp_path: Path) -> None:
    ended = run()
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert calls(tmp_path, "apt-get") == []
    assert calls(tmp_path, "npm") == ["ci tests/outside/languages/clients"]


def test_a_missing_program_is_installed_and_named(run: Run, programs: Path, tmp_path: Path) -> None:
    for name in ("go", "ruby"):
        (programs / name).unlink()
    ended = run()
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr == "imaginelab-mock: installed: go\nimaginelab-mock: installed: ruby\n"
    assert [call.rpartition(" ")[2] for call in calls(tmp_path, "apt-get")] == ["update", "golang-go", "ruby"]


def test_an_extension_of_php_is_a_package_of_its_own(run: Run, program: Program, tmp_path: Path) -> None:
    program("php", '[ -e "$PROGRAMS/php-curl" ] && echo curl')
    assert run().stderr == "imaginelab-mock: installed: php-curl\n"


def test_a_program_that_cannot_be_installed_is_named_with_the_reason_and_is_no_error(
    run: Run, programs: Path, program: Program
) -> None:
    (programs / "go").unlink()
    program("apt-get", "echo no such package >&2; exit 100")
    ended = run()
    assert ended.returncode == 0
    assert ended.stderr.splitlines()[-2:] == [
        "no such package",
        "imaginelab-mock: skipped: go (apt-get could not install the package golang-go)",
    ]


def test_a_package_without_its_program_counts_as_not_installed(run: Run, programs: Path, program: Program) -> None:
    (programs / "ruby").unlink()
    program("apt-get", "")
    assert run().stderr == "imaginelab-mock: skipped: ruby (apt-get could not install the package ruby)\n"


def test_a_user_without_root_gets_the_names_of_the_packages_to_install(
    run: Run, programs: Path, program: Program, tmp_path: Path
) -> None:
    (programs / "wget").unlink()
    program("id", "echo 1000")
    ended = run()
    sentence = "skipped: wget (not installed, and only root can install the package wget, on a Debian)"
    assert (ended.returncode, ended.stderr) == (0, f"imaginelab-mock: {sentence}\n")
    assert calls(tmp_path, "apt-get") == []


def test_the_reason_is_shown_where_npm_fails(run: Run, program: Program) -> None:
    program("npm", "echo no registry >&2; exit 1")
    ended = run()
    assert ended.returncode == 0
    assert ended.stderr == "no registry\nimaginelab-mock: skipped: what npm brings (it could not install that)\n"
