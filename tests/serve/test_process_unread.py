"""`serve` with a standard error that is not read, or cannot be written: it answers, and reports missing lines later."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

import mockserver

# The end of each answer.
ANSWER_END = b'bearer token"}'
REQUEST = b"GET /api/v1/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

# Requests that are sent in one go; their answers fit into the buffers of the connection.
AT_ONCE = 50


class Server:
    """A running `serve`, once it has printed its address, and one connection to it."""

    def __init__(self, process: "subprocess.Popen[str]", connection: socket.socket) -> None:
        self.process = process
        self._connection = connection

    def ask(self, count: int) -> None:
        """Make so many requests and wait until each is answered."""
        for _ in range(count // AT_ONCE):
            self._connection.sendall(REQUEST * AT_ONCE)
            received = b""
            while received.count(ANSWER_END) < AT_ONCE:
                received += self._connection.recv(1 << 18)

    def told(self) -> Iterator[str]:
        """Read standard error line by line."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            yield line.rstrip("\n")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(*arguments: str, stderr: int = subprocess.PIPE) -> Server:
            others = {name: value for name, value in os.environ.items() if not name.startswith("IMAGINELAB_MOCK_")}
            process: subprocess.Popen[str] = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-W", "error", "-m", "mockserver", "serve", "--port", "0", *arguments],
                    cwd=tmp_path,
                    env={**others, "PYTHONPATH": str(Path(mockserver.__file__).parents[1])},
                    text=True,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            port = process.stdout.readline().partition("http://127.0.0.1:")[2].partition(" ")[0]
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", int(port)), timeout=60))
            return Server(process, connection)

        yield start


def test_a_server_answers_while_its_log_is_not_read_and_later_counts_the_missing_lines(serve: Serve) -> None:
    server = serve()
    server.ask(20_000)
    written, left_out = 0, None
    for line in server.told():
        if left_out := re.fullmatch(
            r"(\d+) lines of the log were left out, as standard error was not read", line, re.ASCII
        ):
            break
        assert line.endswith(" default me 401")
        written += 1
    assert left_out is not None
    assert int(left_out[1]) > 0
    assert written + int(left_out[1]) == 20_000
    server.ask(AT_ONCE)
    assert server.end() == 0
    assert len(list(server.told())) == AT_ONCE


def test_a_log_of_objects_counts_the_missing_lines_in_an_object(serve: Serve) -> None:
    server = serve("--log-format", "json")
    server.ask(8_000)
    written = 0
    for line in map(json.loads, server.told()):
        if line["event"] == "left_out":
            break
        written += 1
    assert (line["level"], line["reason"]) == ("warning", "was not read")
    assert written + line["count"] == 8_000
    assert server.end() == 0


def test_a_server_ends_although_its_log_is_not_read(serve: Serve) -> None:
    server = serve()
    server.ask(4_000)
    assert server.end() == 0


def test_a_server_goes_on_when_the_disk_of_its_log_is_full(serve: Serve) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    server = serve(stderr=full)
    os.close(full)
    server.ask(100)
    assert server.end() == 0


def test_a_server_goes_on_when_its_terminal_is_gone(serve: Serve) -> None:
    master, slave = os.openpty()
    server = serve(stderr=slave)
    os.close(slave)
    os.close(master)
    server.ask(100)
    assert server.end() == 0


def test_a_server_waits_for_a_pipe_that_another_process_made_non_blocking(serve: Serve) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    server = serve(stderr=writer)
    os.close(writer)
    server.ask(4_000)
    with closing(os.fdopen(reader)) as told:
        lines = [next(told) for _ in range(4_000)]
        assert {line.rpartition(" default ")[2] for line in lines} == {"me 401\n"}
        assert server.end() == 0
        assert told.read() == ""
