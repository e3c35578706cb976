"""A signal ends the first process of a container also before it serves, although Linux ignores signals for it."""

import subprocess
import sys
from pathlib import Path

import pytest

import mockserver

# Instead of the command line: a start that sends itself the signal to end, and returns 7 if the signal is ignored.
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


def test_a_signal_before_it_serves_ends_the_first_process_at_once() -> None:
    try:
        subprocess.run([*UNSHARE, "true"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("for want of the right to start a first process")
    command = [*UNSHARE, sys.executable, "-c", BEGINNING]
    home = Path(mockserver.__file__).parents[2]
    assert subprocess.run(command, cwd=home, timeout=60, check=False).returncode == 0
