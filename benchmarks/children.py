"""Servers under measurement: each a child process on a free port of loopback, ended by its own id whatever happens."""

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
READY_LIMIT = 20.0  # real seconds to the line that says where a server listens
STOP_LIMIT = 5.0  # real seconds from the polite signal to the other one


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, where over TLS if it does, and its process."""

    url: str
    tls_url: str | None
    child: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """Return the id of its process."""
        return self.child.pid

    def end(self) -> float:
        """Ask it to end; tell the seconds until it has, with status 0. Any other end is an error."""
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
    """Derive a child's environment: compiled modules are kept, but beside the checkout, and no option leaks in."""
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
        process_group=0,  # Ctrl-C reaches this process alone, which then ends the children in order
    )
    output = cast("IO[bytes]", child.stdout)  # there is one, because a pipe was asked for
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
    """Read the first line, or the part of it that is there at the limit."""
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
        # Also when a second Ctrl-C ends the waiting; nothing happens to a child that is gone.
        child.kill()
        child.wait()
