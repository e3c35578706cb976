"""Run `imaginelab-mock run` as a process, with a Python program as its command."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import mockserver

HOME = Path(mockserver.__file__).parents[1]

ASKING = """
import json, ssl, sys, urllib.request
BASE = "https://api.imagineview.art/api/v1"

def ask(path, body=None, token=None, kind="application/json"):
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(BASE + path, body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)

def login(name="you%40example.com"):
    form = f"username={name}&password=YOUR_PASSWORD".encode()
    return ask("/auth/login", form, kind="application/x-www-form-urlencoded")["access_token"]
"""
"""The beginning of a command that calls the API by its published address."""


def environment() -> dict[str, str]:
    """Return the environment of this process, without variables that other tests may have set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IMAGINELAB_")}
    return {**kept, "PYTHONPATH": str(HOME)}


def running(*options: str, program: str, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command line that runs a Python program under `run`."""
    own = [sys.executable, "-W", "error", "-c", program, *arguments]
    return [sys.executable, "-W", "error", "-m", "mockserver", "run", *options, "--", *own]


def ran(
    *options: str, program: str, cwd: Path | None = None, also: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a Python program under `run`, and return the finished process."""
    command = running(*options, program=program)
    variables = {**environment(), **(also or {})}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        env=variables,
        check=False,
        stdin=subprocess.DEVNULL,
    )
