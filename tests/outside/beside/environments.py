"""The environment of an application, made from its lock, into which the mock is installed afterwards as a user does."""

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
"""Names of packages, as they are compared, to their versions."""


def pinned(lock: str) -> Versions:
    """Return what a lock pins."""
    pins = re.findall(r"^([\w.-]+)==([^\s\\]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pins)


def run(*command: str, folder: Path = ROOT) -> str:
    """Run a command and return what it printed; where it fails, the test fails with that."""
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
    """An environment in a folder, without a pip of its own, and a copy of the application beside it."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "venv")
        self.application = folder / "application"
        # A copy, so that pytest finds no settings of this checkout.
        shutil.copytree(APPLICATION, self.application)
        self.constraints = folder / "constraints.txt"
        self.python = str(folder / "venv" / "bin" / "python")

    def pip(self, verb: str, *arguments: str) -> str:
        """Have pip do something here."""
        options = ("--disable-pip-version-check", "--no-input", "--python", self.python)
        return run(sys.executable, "-m", "pip", *options, verb, *arguments)

    def sync(self, lock: str) -> None:
        """Install what a lock pins, held by its hashes."""
        self.pip("install", "--quiet", "--no-deps", "--require-hashes", "--requirement", str(ROOT / lock))

    def add(self, requirement: str) -> None:
        """Install a requirement; pip may take what is here already, or the versions of the checkout's own lock."""
        present = self.versions()
        allowed = {name: version for name, version in pinned("requirements.lock").items() if name not in present}
        lines = [f"{name}=={version}\n" for name, version in allowed.items()]
        self.constraints.write_text("".join(lines), encoding="utf-8")
        self.pip("install", "--quiet", "--constraint", str(self.constraints), requirement)

    def versions(self) -> Versions:
        """Return what is installed."""
        listed = json.loads(self.pip("list", "--format", "json"))
        return {re.sub(r"[-_.]+", "-", each["name"]).lower(): each["version"] for each in listed}

    def passed(self, *files: str) -> int:
        """Run tests of the application, and return how many passed; the test fails if one of them does not."""
        told = run(self.python, "-m", "pytest", *files, folder=self.application)
        return sum(int(count) for count in re.findall(r"(\d+) passed", told.splitlines()[-1]))
