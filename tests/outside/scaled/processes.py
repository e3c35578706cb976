"""The programs under test: servers of the mock and the proxies before them, each in its own process.

The kernel chooses each port, and a proxy inherits the socket on which it listens.
"""

import os
import re
import select
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import mockserver

ROOT = Path(mockserver.__file__).parents[1]
FILES = ROOT / "docs" / "sidecar"

TOLD = ("192.0.2.11:8402", "192.0.2.12:8402")
"""The servers in nginx's file: addresses that belong to no machine (RFC 5737)."""

PATIENCE = 30
"""A program that prints nothing for so many seconds has failed."""


class Program:
    """A running program; `place` is its address."""

    def __init__(self, process: subprocess.Popen[bytes], place: str) -> None:
        assert process.stdout is not None
        self.place = place
        self._process = process
        self._says = process.stdout
        self._said = ""

    def until(self, pattern: str, times: int = 1) -> list[str]:
        """Read the output until the pattern has matched so many times; return the matches, and drop the output read."""
        while len(found := re.findall(pattern, self._said)) < times:
            ready, _, _ = select.select([self._says], [], [], PATIENCE)
            more = os.read(self._says.fileno(), 65536) if ready else b""
            assert more, f"{pattern} was not printed: {self._said}"
            self._said += more.decode()
        self._said = ""
        return found

    def stop(self) -> int:
        """Ask the program to end, and return its exit status."""
        self._process.terminate()
        return self._process.wait(PATIENCE)


@contextmanager
def program(command: list[str], listener: socket.socket | None = None, **variables: str) -> Iterator[Program]:
    """Run a command and capture its output; it inherits `listener`, and is stopped at the end of the `with` block."""
    inherited = () if listener is None else (listener.fileno(),)
    place = "" if listener is None else "{}:{}".format(*listener.getsockname())
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    with subprocess.Popen(
        command, pass_fds=inherited, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield Program(process, place)
        finally:
            process.terminate()


@contextmanager
def common_port() -> Iterator[int]:
    """Keep a port that is free on every address; servers that share addresses can listen on it during the block."""
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("", 0))
        yield keeper.getsockname()[1]


@contextmanager
def mock(host: str, port: int) -> Iterator[Program]:
    """Run a server of the mock on an address of this machine; the block begins once the server answers."""
    options = ["--host", host, "--port", str(port), "--clock", "poll", "--quiet"]
    with program([sys.executable, "-m", "mockserver", "serve", *options]) as running:
        [running.place] = running.until(r"listening on http://(\S+) ")
        yield running


@contextmanager
def haproxy(folder: Path, names: str, port: int) -> Iterator[Program]:
    """Run HAProxy with the documented file; only its socket and its name server are replaced."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        changes = {"bind :8402": f"bind fd@{listener.fileno()}", "parse-resolv-conf": f"nameserver test {names}"}
        file = folder / "haproxy.cfg"
        file.write_text(replaced("haproxy.cfg", changes), encoding="utf-8")
        command = ["haproxy", "-db", "-f", str(file)]
        with program(command, listener, MOCKS=f"each.test:{port}") as running:
            yield running


@contextmanager
def nginx(folder: Path, servers: Iterable[str]) -> Iterator[Program]:
    """Run nginx with the documented file; only its socket and the addresses of the servers are replaced."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        changes = {f"server {told}": f"server {real}" for told, real in zip(TOLD, servers, strict=True)}
        changes["listen 8402"] = "listen {}:{}".format(*listener.getsockname())
        file = folder / "nginx.conf"
        file.write_text(replaced("nginx.conf", changes), encoding="utf-8")
        settings = f"daemon off; user root; pid {folder}/pid; error_log stderr notice;"
        command = ["nginx", "-p", str(folder), "-c", str(file), "-g", settings]
        # By this variable one nginx hands its sockets to the next.
        with program(command, listener, NGINX=f"{listener.fileno()};") as running:
            running.until("start worker process ")
            yield running


def replaced(name: str, changes: Mapping[str, str]) -> str:
    """Return a documented file with each change made in exactly one place."""
    text = (FILES / name).read_text(encoding="utf-8")
    for before, after in changes.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text
