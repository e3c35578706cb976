"""The server only answers: it opens no connection, runs no program, writes no file, and reads only its own files."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.core.generation import MODELS, GenerationType
from tests.support.client import Client

PROGRAM = Path(__file__).with_name("watched.py")
HOME = PROGRAM.parents[2]
NAMED = "named-on-the-wire.yaml"


def live(client: Client) -> None:
    """Use all of the API, files included."""
    you = client.login()
    for model in MODELS:
        [output, *_] = you.outputs(generation_type=model.generation_type, model_name=model.name)
        assert model.generation_type is GenerationType.TEXT or you.read(output).status == 200
    assert you.send("/auth/forgot-password", {"email": "you@example.com"}).status == 200


def steer(client: Client) -> None:
    """Use the control plane, and put names of files and addresses into every text."""
    anyone = client.other(base="/__mock")
    assert anyone.read("/openapi.json").status == 200
    texts = [NAMED, f"./{NAMED}", f"extends: {NAMED}", f"extends: ./{NAMED}", f"extends: http://127.0.0.1:9/{NAMED}"]
    for text in (*texts, f"accounts: !include {NAMED}", f"accounts: !!python/object/apply:os.system [cat {NAMED}]"):
        assert anyone.send("/reset", {"scenario": text}).status == 400
    assert anyone.send("/reset", {"scenario": "lost-create"}).status == 200
    assert anyone.read(f"/../../{NAMED}").status == 404


@pytest.mark.parametrize("use", [live, steer])
def test_no_effect_leaves_the_process(use: Callable[[Client], None]) -> None:
    command, environment = [sys.executable, "-B", str(PROGRAM)], os.environ | {"PYTHONPATH": str(HOME)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        with Client(process.stdout.readline().strip()) as client:
            use(client)
        seen = process.communicate()[0].splitlines()
    assert [event for event in seen if not event.startswith("read ")] == []
    # It does open files of the program itself and of its libraries, at their first use.
    assert seen != []
    assert [event for event in seen if NAMED in event] == []
