"""As the first process of a container it can be ended before it serves, although Linux spares such a one."""

import subprocess
import sys
from pathlib import Path

import pytest

import mockserver

# In the place of the command line, one that is told to end while it still begins, and goes on where it is not heard.
BEGINNING = """
import os, signal, sys, types
def main():
    os.kill(os.getpid(), signal.SIGTERM)
    return 7
sys.modules["mockserver.commands.main"] = types.SimpleNamespace(main=main)
from mockserver.__main__ import run
run()
"""
UNSHARE = ("unshare", "--pid", "--fork")


def test_it_ends_at_once_also_before_it_serves() -> None:
    try:
        subprocess.run([*UNSHARE, "true"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("for want of the right to be a first process")
    command = [*UNSHARE, sys.executable, "-c", BEGINNING]
    home = Path(mockserver.__file__).parents[2]
    assert subprocess.run(command, cwd=home, timeout=60, check=False).returncode == 0
