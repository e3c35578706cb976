"""A running server with hostile clients and files: its terminal and its log get only printable lines."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mockserver
from tests.support.foreign import HOSTILE

NAME = HOSTILE.replace("\0", "")

REQUESTS = (
    f"CONNECT {HOSTILE}:80 HTTP/1.1\r\n\r\n",
    "CONNECT \x1bc:80 HTTP/1.1\r\n\r\n",
    "CONNECT index.example:80 HTTP/1.1\r\n\r\n",
    "GET http://\x1bc/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET http://index.example/\x1b HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /%1b[2J%0a2026%c2%9b?%1b=%9b HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /w/%1b%0a/api/v1/auth/me HTTP/1.1\r\nHost: x\r\n\r\n",
    "\x1b[2J / HTTP/1.1\r\n\r\n",
    "GET /api/v1/generations/models HTTP/1.1\r\nHost: x\r\nX-\x1b: \x1b\r\n\r\n",
)


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def process(form: str, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A server with a scenario file and variables of hostile names."""
    rules = r"""faults: [{on: models, when: {"query.\e[2J": "\e\u2028"}, then: {status: 500, detail: "\e[2J"}}]"""
    (tmp_path / f"{NAME}.yaml").write_text(rules, "utf-8")
    others = {name: value for name, value in os.environ.items() if not name.startswith("IMAGINELAB_MOCK_")}
    own = {"PYTHONPATH": str(Path(mockserver.__file__).parents[1]), "PYTHONUTF8": "1", f"IMAGINELAB_MOCK_{NAME}": NAME}
    command = [sys.executable, "-m", "mockserver", "serve", f"./{NAME}.yaml", "--port", "0", "--log-format", form]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=tmp_path, env=others | own, encoding="utf-8", stdout=pipe, stderr=pipe
    ) as started:
        yield started
        started.kill()


def test_every_line_of_a_server_is_printable(process: "subprocess.Popen[str]", form: str, tmp_path: Path) -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    port = int(line.partition("http://127.0.0.1:")[2].partition(" ")[0])
    for request in REQUESTS:
        with socket.create_connection(("127.0.0.1", port), 30) as client:
            client.sendall(request.encode("latin-1", "replace"))
            client.settimeout(30)
            client.recv(1000)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert line.removesuffix("\n").isprintable()
    lines = err.removesuffix("\n").split("\n")
    assert all(map(str.isprintable, lines)), err
    if form == "json":
        events = [json.loads(each)["event"] for each in lines]
        assert events.count("refused") >= 1
        assert events.count("exchange") >= 2
    else:
        assert not [each for each in lines if each.startswith("2026-06-07T12:00:00Z default me 200")]
        assert any(each.startswith("refused index.example:80") for each in lines)
