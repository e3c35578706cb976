"""The environment of an application, made from its lock; the mock is installed into it later, as a user does it."""

import json
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
APPLICATION: Final = Path(__file__).parent / "application"

Versions = Mapping[str, str]
"""A version for each package; the names are in the normal form by which they are compared."""


def pinned(lock: str) -> Versions:
    """Return the versions that a lock pins."""
    pins = re.findall(r"^([\w.-]+)==([^\s\\]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pins)


def run(*command: str, folder: Path = ROOT) -> str:
    """Run a command and return its standard output; if the command fails, fail the test and show its output."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def wheel(folder: Path) -> Path:
    """Build the project's wheel in a folder, without a network."""
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", *offline, "--wheel-dir", str(folder), str(ROOT))
    [built] = folder.glob("*.whl")
    return built


class Environment:
    """An environment in a folder, without its own pip, and a copy of the application beside it."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "venv")
        self.application = folder / "application"
        # In the copy pytest finds no settings of this checkout.
        shutil.copytree(APPLICATION, self.application)
        self.constraints = folder / "constraints.txt"
        self.python = str(folder / "venv" / "bin" / "python")

    def pip(self, verb: str, *arguments: str) -> str:
        """Run a pip command on this environment."""
        options = ("--disable-pip-version-check", "--no-input", "--python", self.python)
        return run(sys.executable, "-m", "pip", *options, verb, *arguments)

    def sync(self, lock: str) -> None:
        """Install the packages that a lock pins, and check their hashes."""
        self.pip("install", "--quiet", "--no-deps", "--require-hashes", "--requirement", str(ROOT / lock))

    def add(self, requirement: str) -> None:
        """Install a requirement; pip may use the installed packages and the versions of the checkout's own lock."""
        present = self.versions()
        allowed = {name: version for name, version in pinned("requirements.lock").items() if name not in present}
        lines = [f"{name}=={version}\n" for name, version in allowed.items()]
        self.constraints.write_text("".join(lines), encoding="utf-8")
        self.pip("install", "--quiet", "--constraint", str(self.constraints), requirement)

    def versions(self) -> Versions:
        """Return the versions of the installed packages."""
        listed = json.loads(self.pip("list", "--format", "json"))
        return {re.sub(r"[-_.]+", "-", each["name"]).lower(): each["version"] for each in listed}

    def passed(self, *files: str) -> int:
        """Run tests of the application and return how many passed; fail the test if one of them fails."""
        told = run(self.python, "-m", "pytest", *files, folder=self.application)
        return sum(int(count) for count in re.findall(r"(\d+) passed", told.splitlines()[-1]))
