"""The tools that make clients, each as its users call it; what they complain of is what somebody has to mend."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

LIMIT: Final = 120
"""Real seconds that a tool, or a program, may take."""

Maker = Callable[[str, Path], list[str]]
"""Make a client of the document at a URL, or in a file, in a folder that is not there yet; return the complaints."""


def environment(**more: str) -> Mapping[str, str]:
    """Return an environment with the tools of this one, in which no proxy stands before this machine."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, "LANG": "C.UTF-8", **more}


def openapi_python_client(document: str, folder: Path) -> list[str]:
    """Make a Python package of httpx and attrs."""
    source = "--url" if "://" in document else "--path"
    command = ["openapi-python-client", "generate", source, document, "--meta", "none", "--output-path", str(folder)]
    return [line for line in _said(command, folder) if line != f"Generating {folder}"]


def openapi_generator(language: str, **properties: str) -> Maker:
    """Return what makes a client in a language of this generator."""
    more = ",".join(f"{name}={value}" for name, value in properties.items())

    def make(document: str, folder: Path) -> list[str]:
        command = ["openapi-generator-cli", "generate", "-g", language, "-i", document, "-o", str(folder)]
        said = _said([*command, f"--additional-properties={more}"], folder)
        return [line for line in said if " WARN " in line or " ERROR " in line]

    return make


def _said(command: list[str], folder: Path) -> list[str]:
    """Run a tool, and return each line that it says."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(
        command, cwd=folder.parent, env=environment(), capture_output=True, text=True, timeout=LIMIT, check=False
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    return [line for line in said.splitlines() if line.strip()]


MAKERS: Final[Mapping[str, Maker]] = {
    "attrs_client": openapi_python_client,
    "pydantic_client": openapi_generator("python", packageName="pydantic_client"),
    "fetch_client": openapi_generator("typescript-fetch", importFileExtension=".ts"),
}
"""By the name of what they make."""
