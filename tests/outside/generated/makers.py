"""The tools that make clients, called as their users call them; a user has to mend each complaint of a tool."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

LIMIT: Final = 120
"""The most real seconds that a tool or a program may take."""

Maker = Callable[[str, Path], list[str]]
"""Make a client from the document at a URL or in a file; return the complaints. The folder must not exist yet."""


def environment(**more: str) -> Mapping[str, str]:
    """Return an environment with the programs of this one and without a proxy."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, "LANG": "C.UTF-8", **more}


def openapi_python_client(document: str, folder: Path) -> list[str]:
    """Make a Python package that uses httpx and attrs."""
    source = "--url" if "://" in document else "--path"
    command = ["openapi-python-client", "generate", source, document, "--meta", "none", "--output-path", str(folder)]
    return [line for line in _said(command, folder) if line != f"Generating {folder}"]


def openapi_generator(language: str, **properties: str) -> Maker:
    """Return the maker for one language of this generator."""
    more = ",".join(f"{name}={value}" for name, value in properties.items())

    def make(document: str, folder: Path) -> list[str]:
        command = ["openapi-generator-cli", "generate", "-g", language, "-i", document, "-o", str(folder)]
        said = _said([*command, f"--additional-properties={more}"], folder)
        return [line for line in said if " WARN " in line or " ERROR " in line]

    return make


def _said(command: list[str], folder: Path) -> list[str]:
    """Run a tool and return the lines of its output."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(
        command, cwd=folder.parent, env=environment(), capture_output=True, text=True, timeout=LIMIT, check=False
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    # Once each: how often a tool repeats a line varies from run to run.
    return [line for line in dict.fromkeys(said.splitlines()) if line.strip()]


MAKERS: Final[Mapping[str, Maker]] = {
    "attrs_client": openapi_python_client,
    "pydantic_client": openapi_generator("python", packageName="pydantic_client"),
    "fetch_client": openapi_generator("typescript-fetch", importFileExtension=".ts"),
}
"""Each maker by the name of its client."""
