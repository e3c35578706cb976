"""The compose file, run: its client calls the published address and does not know of the emulator."""

import shutil
import subprocess
from pathlib import Path

from .conftest import ROOT

COMPOSE = shutil.which("docker-compose") or "docker-compose"
FILE = ROOT / "compose.yaml"


def lived(file: Path) -> "subprocess.CompletedProcess[str]":
    """Start all services, wait until the client ends, and remove them; standard output includes standard error."""
    words = [COMPOSE, "--project-name=judged", f"--project-directory={ROOT}", f"--file={file}"]
    until = ["--no-build", "--abort-on-container-exit", "--exit-code-from=client"]
    try:
        return subprocess.run(
            [*words, "up", *until], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False
        )
    finally:
        subprocess.run([*words, "down", "--volumes"], capture_output=True, timeout=60, check=True)


def test_a_client_with_the_published_address_makes_a_picture() -> None:
    run = lived(FILE)
    assert run.returncode == 0, run.stdout
    assert "bytes from https://api.imagineview.art/" in run.stdout


def test_a_client_without_the_published_variables_refuses_the_certificate(tmp_path: Path) -> None:
    text, variables = FILE.read_text(), "set -a; . /ca/env; "
    assert text.count(variables) == 1
    altered = tmp_path / "compose.yaml"
    altered.write_text(text.replace(variables, ""))
    run = lived(altered)
    assert run.returncode != 0
    assert "CERTIFICATE_VERIFY_FAILED" in run.stdout
