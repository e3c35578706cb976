"""The scripts, run for real in a copy of the checkout with only a few tools and a pretended Python on the path.

The pretended Python notes its arguments and makes its own environments, so no test needs the network.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-test.lock", "requirements-outside.lock"]
TOOLS = ["bash", "cat", "chmod", "cksum", "cp", "dirname", "env", "mkdir", "mv", "rm", "sh", "timeout"]
SHELL = shutil.which("sh") or "sh"
BASH = shutil.which("bash") or "bash"
needs_bash = pytest.mark.skipif(not shutil.which("bash") or not shutil.which("timeout"), reason="CI has both")

# The output of Debian's Python where the package python3-venv is missing, in its own line breaks.
WITHOUT_VENV = "echo 'not created successfully because ensurepip is not'; echo 'available.'; exit 1"
MAKE_VENV = """
mkdir -p "$3/bin"; cp "$0" "$3/bin/python"
printf '#!/bin/sh\\nprintf "[%%s]" "$@"\\n' >"$3/bin/imaginelab-mock"; chmod +x "$3/bin/imaginelab-mock" """

# Ends the running script in a way that leaves it no time to clean up.
KILL = 'case "$*" in *install*) kill -s KILL "$PPID" ;; esac'


def pretended_python(version: str = "3.12.1", venv: str = MAKE_VENV, pip: str = "") -> str:
    """Write a program that answers as a Python of that version, whose venv and pip run these shell commands."""
    return f"""#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
-c*version_info*) echo {version}; case {version} in 3.1[1-9].*) ;; *) exit 1 ;; esac ;;
-c*) echo {version} ;;
'-m venv '*) {venv} ;;
'-m pip '*) {pip} ;;
esac
"""


def write_program(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@dataclass
class Checkout:
    """A copy of the checkout, and the folder of all the programs that its scripts can find."""

    root: Path
    programs: Path

    def program(self, name: str, text: str) -> None:
        """Make or replace a program that the scripts find by that name."""
        write_program(self.programs / name, text)

    def run(
        self, script: str, *arguments: str, shell: str = SHELL, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a script from another directory; clear the notes of the pretended Python first."""
        self.calls_file.unlink(missing_ok=True)
        environ = {"PATH": str(self.programs), "CALLS": str(self.calls_file), **variables}
        command = [shell, str(self.root / script), *arguments]
        return subprocess.run(
            command, env=environ, cwd=self.programs, capture_output=True, text=True, timeout=30, check=False
        )

    @property
    def calls_file(self) -> Path:
        """The file in which the pretended Python notes its arguments, one line a call."""
        return self.programs.parent / "calls"

    @property
    def calls(self) -> list[str]:
        """The calls of Python in the last run."""
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    @property
    def installed(self) -> list[str]:
        """The packages that the last run gave to pip: the last part of each call."""
        return [call.rpartition("/")[2] for call in self.calls if call.startswith("-m pip install")]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root, programs = tmp_path / "a checkout", tmp_path / "programs"
    programs.mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (programs / tool).symlink_to(found)
    for folder in ("scripts", ".ci"):
        shutil.copytree(ROOT / folder, root / folder)
    for name in (*LOCKS, "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    made = Checkout(root, programs)
    made.program("python3", pretended_python())
    return made


# ---- each shell can parse them


@pytest.mark.parametrize("script", ["environment", "lock", "serve", "site", "test"])
def test_a_script_is_in_the_language_of_sh(script: str) -> None:
    assert subprocess.run([SHELL, "-n", str(ROOT / "scripts" / script)], check=False).returncode == 0


@needs_bash
def test_the_ci_script_is_in_the_language_of_bash() -> None:
    assert subprocess.run([BASH, "-n", str(ROOT / ".ci" / "run")], check=False).returncode == 0


# ---- setting up


def test_the_first_start_installs_the_lock_then_the_project_and_says_so_in_one_line(checkout: Checkout) -> None:
    run = checkout.run("scripts/serve")
    assert (run.returncode, run.stdout) == (0, "[serve]")
    assert run.stderr.startswith("imaginelab-mock: setting up .venv from requirements.lock with Python 3.12.1")
    assert run.stderr.count("\n") == 1
    assert checkout.installed == ["requirements.lock", "a checkout"]


def test_each_installed_package_is_held_by_its_hash_or_comes_from_the_checkout(checkout: Checkout) -> None:
    checkout.run("scripts/serve")
    locked, project = [call.split() for call in checkout.calls if call.startswith("-m pip install")]
    assert {"--require-hashes", "--no-deps"} <= {*locked}
    assert {"--no-index", "--no-deps", "--no-build-isolation", "--editable"} <= {*project}


def test_a_later_start_installs_nothing_and_prints_nothing(checkout: Checkout) -> None:
    checkout.run("scripts/serve")
    run = checkout.run("scripts/serve")
    assert (run.returncode, run.stdout, run.stderr, checkout.installed) == (0, "[serve]", "", [])


def test_arguments_reach_the_program_as_they_are(checkout: Checkout) -> None:
    assert checkout.run("scripts/serve", "my scenario.yaml", "--port", "0", "").stdout == (
        "[serve][my scenario.yaml][--port][0][]"
    )


def test_an_interrupted_environment_is_made_again(checkout: Checkout) -> None:
    checkout.program("python3", pretended_python(pip=KILL))
    assert checkout.run("scripts/serve").returncode == 128 + 9
    leftover = checkout.root / ".venv" / "leftover"
    leftover.touch()
    checkout.program("python3", pretended_python())
    assert checkout.run("scripts/serve").stdout == "[serve]"
    assert checkout.installed == ["requirements.lock", "a checkout"]
    assert not leftover.exists()


def test_an_interrupted_addition_makes_the_next_start_set_up_again(checkout: Checkout) -> None:
    checkout.run("scripts/serve")
    write_program(checkout.root / ".venv/bin/python", pretended_python(pip=KILL))
    assert checkout.run("scripts/test").returncode == 128 + 9
    assert checkout.run("scripts/serve").stdout == "[serve]"
    assert checkout.installed == ["requirements.lock", "a checkout"]


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_a_source_makes_the_environment_again(checkout: Checkout, changed: str) -> None:
    checkout.run("scripts/serve")
    with (checkout.root / changed).open("a") as file:
        file.write("# changed\n")
    checkout.run("scripts/serve")
    assert checkout.installed == ["requirements.lock", "a checkout"]


def test_a_moved_checkout_is_set_up_again(checkout: Checkout) -> None:
    checkout.run("scripts/serve")
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    checkout.run("scripts/serve")
    assert checkout.installed == ["requirements.lock", "moved"]


def test_another_requested_python_makes_the_environment_again(checkout: Checkout) -> None:
    checkout.run("scripts/serve")
    checkout.program("another", pretended_python("3.13.0"))
    assert "with Python 3.13.0" in checkout.run("scripts/serve", PYTHON="another").stderr
    assert checkout.run("scripts/serve").stderr == ""


def test_testing_adds_to_the_served_environment_and_serving_still_works(checkout: Checkout) -> None:
    checkout.run("scripts/serve")
    run = checkout.run("scripts/test", "-k", "a name")
    assert run.stderr.startswith("imaginelab-mock: adding to .venv from requirements-test.lock")
    assert checkout.installed == ["requirements-test.lock", "a checkout"]
    assert checkout.calls[-1] == "-m pytest -n auto --maxprocesses 8 -k a name"
    assert checkout.run("scripts/serve").stderr == ""
    assert checkout.run("scripts/test").stderr == ""


# ---- refusing: one sentence, exit status 2


def test_a_machine_without_python_is_refused(checkout: Checkout) -> None:
    (checkout.programs / "python3").unlink()
    run = checkout.run("scripts/serve")
    assert run.returncode == 2
    assert run.stderr.startswith("imaginelab-mock: Python 3.11 or newer is needed and was not found: install it")


@pytest.mark.parametrize("version", ["2.7.18", "3.9.18", "3.10.13"])
def test_a_python_too_old_is_refused_with_its_version(checkout: Checkout, version: str) -> None:
    checkout.program("python3", pretended_python(version))
    run = checkout.run("scripts/serve")
    assert run.returncode == 2
    assert f"Python 3.11 or newer is needed and was not found, only python3 {version}:" in run.stderr
    assert not (checkout.root / ".venv").exists()


def test_a_newer_python_is_taken_where_the_first_is_too_old(checkout: Checkout) -> None:
    checkout.program("python3", pretended_python("3.9.18"))
    checkout.program("python3.13", pretended_python("3.13.0"))
    assert "with Python 3.13.0" in checkout.run("scripts/serve").stderr


@pytest.mark.parametrize(
    "python",
    [
        pretended_python(venv=WITHOUT_VENV),
        pretended_python(venv="echo No module named venv >&2; exit 1"),
        pretended_python(pip="exit 1"),
    ],
    ids=["without ensurepip", "without venv", "without pip"],
)
def test_a_python_that_makes_no_environment_names_the_missing_package(checkout: Checkout, python: str) -> None:
    checkout.program("python3", python)
    run = checkout.run("scripts/serve")
    assert run.returncode == 2
    assert "the package python3-venv or python3.12-venv)" in run.stderr.splitlines()[-1]
    assert "ensurepip" not in run.stderr


def test_any_other_failure_of_venv_is_shown(checkout: Checkout) -> None:
    checkout.program("python3", pretended_python(venv="echo No space left on device >&2; exit 1"))
    run = checkout.run("scripts/serve")
    assert run.returncode == 2
    assert run.stderr.endswith(".venv: No space left on device\n")


def test_a_folder_that_cannot_be_written_is_refused(checkout: Checkout) -> None:
    checkout.program("mkdir", "#!/bin/sh\necho Read-only file system >&2; exit 1\n")
    run = checkout.run("scripts/serve")
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith(f"imaginelab-mock: cannot write {checkout.root}/.venv: ")


def test_a_failed_installation_ends_with_a_sentence_and_is_tried_again(checkout: Checkout) -> None:
    checkout.program("python3", pretended_python(pip='case "$*" in *--requirement*) echo noise >&2; exit 1 ;; esac'))
    for _ in range(2):
        run = checkout.run("scripts/serve")
        assert run.returncode == 2
        assert run.stderr.splitlines()[-1].startswith("imaginelab-mock: could not install what requirements.lock lists")
        assert checkout.installed == ["requirements.lock"]


@needs_bash
def test_ci_stops_at_the_first_step_that_fails_and_names_it(checkout: Checkout) -> None:
    run = checkout.run(".ci/run", shell=BASH)
    assert run.returncode == 1
    assert [line for line in run.stdout.splitlines() if line.startswith("===")][:2] == ["=== environment", "=== format"]
    assert run.stdout.splitlines()[-1].startswith("=== CI failed at: format (status 127")
