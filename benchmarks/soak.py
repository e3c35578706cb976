"""Whether a server grows under all that clients do to it: many worlds, ways in, faults, listeners, and discards.

One client sends mixed requests in a seeded order, over connections that come and go. The figures are the memory that is
left when all worlds are discarded and all connections are closed: to that at the start, and to that after a tenth of
the requests.
"""

import json
import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.children import Server, mock
from benchmarks.errors import BenchmarkError
from benchmarks.flood import CONTENT_LENGTH, HEAD_END, connected
from benchmarks.memory import PROC, megabytes
from benchmarks.rounds import Spread
from benchmarks.run import Readings, Run

WORLDS = 200
LINES = 24  # connections at a time: plain, over TLS and through a tunnel in turn
SCENARIO = """
clock: {mode: poll, step: next}
accounts: [{email: you@example.com, password: YOUR_PASSWORD, credits: 1000000}]
limits: [{on: status, allow: 10000, per: 1s}]
"""
LOGIN = urlencode({"username": "you@example.com", "password": "YOUR_PASSWORD"}).encode()
ORDER = json.dumps({"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city"}).encode()
FAULT = json.dumps({"on": "status", "when": {"header.X-Fault": "yes"}, "then": {"status": 503}}).encode()
SETTLING = 15.0  # real seconds for the server to give memory back


def soak(run: Run) -> Readings:
    """Weigh a server before and after the mixed exchanges."""
    if not (PROC / "self" / "status").exists():
        return {}
    kept = run.scratch / "soak-authority"
    with mock(run.scratch, SCENARIO, "--https-port", "0", "--ca-dir", str(kept)) as server:
        client = _Client(server, kept / "ca.pem")
        before = megabytes(server.pid)
        client.send(run.effort.exchanges // 10)
        early = _left(client, server)
        client.send(run.effort.exchanges - run.effort.exchanges // 10)
        after = _left(client, server)
    return {"soak-growth": Spread.of([after - before]), "soak-later": Spread.of([after - early])}


def _left(client: "_Client", server: Server) -> float:
    """Return the megabytes that a server keeps when all is closed and discarded."""
    client.leave()
    time.sleep(SETTLING)
    return megabytes(server.pid)


class _World:
    """What the client knows of a world: its token, and its last generation."""

    token = b""
    generation = 0
    faults = 0


class _Client:
    def __init__(self, server: Server, trust: Path) -> None:
        if server.tls_url is None:
            raise BenchmarkError("a server did not say where it listens over TLS")
        self._plain, self._encrypted = _address(server.url), _address(server.tls_url)
        self._trust = str(trust)
        self._random = random.Random(1842)  # noqa: S311 - it draws an order of requests
        self._worlds = [_World() for _ in range(WORLDS)]
        self._lines: list[socket.socket | None] = [None] * LINES
        self._listeners: list[socket.socket] = []
        steps: dict[Callable[[str, _World], None], int] = {
            self._status: 700,
            self._create: 120,
            self._result: 50,
            self._history: 30,
            self._delete: 20,
            self._add_fault: 20,
            self._remove_fault: 20,
            self._journal: 15,
            self._advance: 10,
            self._hang_up: 8,
            self._listen: 3,
            self._discard: 2,
            self._reset: 2,
        }
        self._steps, self._weights = list(steps), list(steps.values())

    def send(self, count: int) -> None:
        """Take so many steps, in worlds drawn at random."""
        for step in self._random.choices(self._steps, self._weights, k=count):
            index = self._random.randrange(WORLDS)
            step(f"/w/soak{index}", self._worlds[index])

    def leave(self) -> None:
        """Close all connections, and discard all worlds."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for index, world in enumerate(self._worlds):
            self._discard(f"/w/soak{index}", world)
        for line in self._lines:
            if line is not None:
                line.close()
        self._lines = [None] * LINES

    # Steps

    def _status(self, path: str, world: _World) -> None:
        self._in(path, world, f"GET {path}/api/v1/generations/{world.generation}/status", b"")

    def _result(self, path: str, world: _World) -> None:
        self._in(path, world, f"GET {path}/api/v1/generations/{world.generation}", b"")

    def _history(self, path: str, world: _World) -> None:
        self._in(path, world, f"GET {path}/api/v1/generations?page_size=20", b"")

    def _delete(self, path: str, world: _World) -> None:
        self._in(path, world, f"DELETE {path}/api/v1/generations/{world.generation}", b"")

    def _create(self, path: str, world: _World) -> None:
        answer = self._in(path, world, f"POST {path}/api/v1/generations", ORDER)
        if b'"id"' in answer:
            world.generation = int(json.loads(answer)["id"])

    def _journal(self, path: str, _: _World) -> None:
        self._control(f"GET {path}/__mock/journal?limit=5", b"")

    def _advance(self, path: str, _: _World) -> None:
        self._control(f"POST {path}/__mock/clock/advance", b'{"by": "1s"}')

    def _add_fault(self, path: str, world: _World) -> None:
        if world.faults < 5:
            world.faults += 1
            self._control(f"POST {path}/__mock/faults", FAULT)

    def _remove_fault(self, path: str, world: _World) -> None:
        if world.faults:
            self._control(f"DELETE {path}/__mock/faults/added.{world.faults}", b"")
            world.faults -= 1

    def _listen(self, path: str, _: _World) -> None:
        self._control(f"POST {path}/__mock/clock/advance", b'{"by": 0}')
        if len(self._listeners) > 10:
            self._listeners.pop(0).close()
        listener = connected(self._plain)
        listener.sendall(f"GET {path}/__mock/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self._listeners.append(listener)

    def _hang_up(self, path: str, _: _World) -> None:
        """Leave in the middle of a request."""
        index = self._random.randrange(LINES)
        line = self._line(index)
        with suppress(OSError):
            line.sendall(f"POST {path}/api/v1/generations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9".encode())
        line.close()
        self._lines[index] = None

    def _discard(self, path: str, world: _World) -> None:
        self._control(f"DELETE /__mock/worlds/{path.removeprefix('/w/')}", b"")
        world.token, world.generation, world.faults = b"", 0, 0

    def _reset(self, path: str, world: _World) -> None:
        self._control(f"POST {path}/__mock/reset", b"{}")
        world.token, world.generation, world.faults = b"", 0, 0

    # Requests

    def _in(self, path: str, world: _World, line: str, body: bytes) -> bytes:
        """Ask the API of a world, logged in."""
        if not world.token:
            kind = "application/x-www-form-urlencoded"
            answer = self._ask(f"POST {path}/api/v1/auth/login", LOGIN, f"Content-Type: {kind}\r\n".encode())
            world.token = json.loads(answer)["access_token"].encode()
        return self._ask(line, body, b"Content-Type: application/json\r\nAuthorization: Bearer %s\r\n" % world.token)

    def _control(self, line: str, body: bytes) -> bytes:
        return self._ask(line, body, b"Content-Type: application/json\r\n")

    def _ask(self, line: str, body: bytes, headers: bytes) -> bytes:
        """Send a request over one of the connections; return the body of its answer."""
        index = self._random.randrange(LINES)
        connection = self._line(index)
        length = b"Content-Length: %d\r\n" % len(body) if body else b""
        connection.sendall(b"%s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n%s" % (line.encode(), headers, length, body))
        received = b""
        while (end := _end(received)) is None or len(received) < end:
            piece = connection.recv(65536)
            if not piece:
                raise BenchmarkError(f"the server hung up in its answer to {line}: {received[:200]!r}")
            received += piece
        if received[9:10] == b"5":
            raise BenchmarkError(f"an answer to {line} was {received[:200]!r}")
        return received.partition(HEAD_END)[2]

    def _line(self, index: int) -> socket.socket:
        line = self._lines[index]
        if line is None:
            way = index % 3
            address = self._encrypted if way == 1 else self._plain
            line = connected(address, self._trust if way else None, tunnel=way == 2)
            self._lines[index] = line
        return line


def _address(url: str) -> tuple[str, int]:
    host, _, port = url.partition("://")[2].partition(":")
    return host, int(port)


def _end(received: bytes) -> int | None:
    """Return the length of the answer that begins so; None where its head has not come."""
    head = received.find(HEAD_END)
    if head < 0:
        return None
    length = CONTENT_LENGTH.search(received, 0, head)
    return head + len(HEAD_END) + (0 if length is None else int(length[1]))
