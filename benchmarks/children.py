"""Servers under measurement: each is a child process on a free loopback port, and is always ended by its own id."""

import os
import re
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from benchmarks.errors import BenchmarkError

ROOT = Path(__file__).resolve().parent.parent
READY_LIMIT = 20.0  # real seconds until a server prints the line with its address
STOP_LIMIT = 5.0  # real seconds between the signal to terminate and the signal to kill


@dataclass(frozen=True)
class Server:
    """A running server: its address, its address over TLS if it has one, and its process."""

    url: str
    tls_url: str | None
    child: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """Return the id of its process."""
        return self.child.pid

    def end(self) -> float:
        """Ask the server to end with status 0, and return the seconds until then. Any other end is an error."""
        began = time.perf_counter()
        self.child.terminate()
        try:
            status = self.child.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired as late:
            raise BenchmarkError(f"a server did not end within {STOP_LIMIT:.0f} s") from late
        if status:
            raise BenchmarkError(f"a server ended with status {status}")
        return time.perf_counter() - began


@contextmanager
def mock(scratch: Path, scenario: str = "", *options: str) -> Iterator[Server]:
    """Serve `scenario`, YAML, while the block runs; without one, the mock's default scenario."""
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--quiet", *options]
    if scenario:
        command.append(str(_written(scratch, scenario)))
    with _spawned(command, scratch) as server:
        yield server


@contextmanager
def peer(scratch: Path, kind: str) -> Iterator[Server]:
    """Serve the bare app `kind`, `starlette` or `raw`, while the block runs."""
    with _spawned([sys.executable, "-m", "benchmarks.peers", kind], scratch) as server:
        yield server


def child_environment(environment: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """Derive a child's environment: compiled modules are kept outside the checkout, and no option is inherited."""
    kept = {name: value for name, value in environment.items() if not name.startswith("IMAGINELAB_MOCK_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"PYTHONPYCACHEPREFIX": str(scratch / "pycache")}


def listening_url(line: str, scheme: str = "http") -> str | None:
    """Find the address of this scheme in the line that a server prints when it is ready."""
    found = re.search(rf"listening on (?:\S+ and )?({scheme}://\S+)", line)
    return found[1] if found else None


def _written(scratch: Path, scenario: str) -> Path:
    handle, name = tempfile.mkstemp(".yaml", dir=scratch)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(scenario)
    return Path(name)


@contextmanager
def _spawned(command: Sequence[str], scratch: Path) -> Iterator[Server]:
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        bufsize=0,
        cwd=ROOT,
        env=child_environment(os.environ, scratch),
        process_group=0,  # Ctrl-C reaches only this process, which then ends the children in order
    )
    output = cast("IO[bytes]", child.stdout)  # a pipe was requested, so there is a stream
    try:
        line = _first_line(output, READY_LIMIT)
        url = listening_url(line)
        if url is None:
            raise BenchmarkError(f"a server did not say within {READY_LIMIT:.0f} s where it listens, but {line!r}")
        yield Server(url, listening_url(line, "https"), child)
    finally:
        _end(child)
        output.close()


def _first_line(output: IO[bytes], limit: float) -> str:
    """Read the first line, or the part of it that has come when the time is over."""
    end = time.monotonic() + limit
    line = b""
    while not line.endswith(b"\n") and select.select([output], [], [], max(0.0, end - time.monotonic()))[0]:
        chunk = os.read(output.fileno(), 4096)
        if not chunk:
            break
        line += chunk
    return line.decode()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        with suppress(subprocess.TimeoutExpired):
            child.wait(STOP_LIMIT)
    finally:
        # This runs also when a second Ctrl-C ends the wait; it does nothing to a child that has ended.
        child.kill()
        child.wait()
