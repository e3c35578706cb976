"""A load generator without dependencies, run as its own process: `python -m benchmarks.flood`, request on stdin.

It reads plain blocking sockets in turn. While it reads one, the requests of the others are already sent, so the server
never waits, and the generator costs a fraction of what an event loop would: it must not be the bottleneck.
"""

import argparse
import re
import socket
import ssl
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from benchmarks.errors import BenchmarkError

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"
STALL_LIMIT = 10.0  # real seconds without a byte before the run is given up
API_HOST = "api.imagineview.art"  # Source: API reference, "Introduction"


def missing(received: bytes) -> int:
    """Return the least number of bytes that the answer beginning with `received` lacks; a failure is an error."""
    head_length = received.find(HEAD_END)
    if head_length < 0:
        return 1
    if received[9:10] != b"2":
        raise BenchmarkError(f"an answer was no success: {received[:300]!r}")
    length = CONTENT_LENGTH.search(received, 0, head_length)
    if length is None:
        raise BenchmarkError(f"an answer gave no Content-Length: {received[:300]!r}")
    return head_length + len(HEAD_END) + int(length[1]) - len(received)


def flood(connections: Sequence[socket.socket], request: bytes, more: Callable[[int], bool]) -> int:
    """Send `request` over all `connections` again and again while `more(sent)`; return the number of answers."""
    for connection in connections:
        connection.sendall(request)
    waiting = deque(connections)
    sent, answered = len(connections), 0
    while waiting:
        connection = waiting.popleft()
        _read_answer(connection)
        answered += 1
        if more(sent):
            connection.sendall(request)
            waiting.append(connection)
            sent += 1
    return answered


def _read_answer(connection: socket.socket) -> None:
    received = b""
    while missing(received) > 0:
        chunk = connection.recv(65536)
        if not chunk:
            raise BenchmarkError(f"the server hung up after {len(received)} bytes of an answer")
        received += chunk


def connected(address: tuple[str, int], trust: str | None = None, *, tunnel: bool = False) -> socket.socket:
    """Connect to a server, maybe through a tunnel, and with `trust`, the file of an authority, speak TLS to the API."""
    with ExitStack() as unless_it_succeeds:
        connection = unless_it_succeeds.enter_context(socket.create_connection(address, STALL_LIMIT))
        if tunnel:
            _open_tunnel(connection)
        if trust is not None:
            connection = ssl.create_default_context(cafile=trust).wrap_socket(connection, server_hostname=API_HOST)
        unless_it_succeeds.pop_all()
    return connection


def _open_tunnel(connection: socket.socket) -> None:
    connection.sendall(f"CONNECT {API_HOST}:443 HTTP/1.1\r\nHost: {API_HOST}:443\r\n\r\n".encode())
    head = b""
    while not head.endswith(HEAD_END):
        byte = connection.recv(1)  # no more, because TLS follows
        if not byte:
            raise BenchmarkError(f"the server opened no tunnel, but said {head!r}")
        head += byte


def main(argv: Sequence[str] | None = None) -> None:
    """Send the request read from standard input; print how many answers came and how many seconds that took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flood")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--requests", type=int, default=sys.maxsize, help="stop after so many")
    parser.add_argument("--seconds", type=float, default=60.0, help="stop after so long")
    parser.add_argument("--trust", metavar="FILE", help="speak TLS to whom the authority in this file vouches for")
    parser.add_argument("--tunnel", action="store_true", help="ask the server for a tunnel to the API's host")
    options = parser.parse_args(argv)
    request = sys.stdin.buffer.read()
    address = (options.host, options.port)
    width = min(options.connections, options.requests)
    connections = [connected(address, options.trust, tunnel=options.tunnel) for _ in range(width)]
    began = time.perf_counter()
    end = began + options.seconds
    answered = flood(connections, request, lambda sent: sent < options.requests and time.perf_counter() < end)
    print(answered, time.perf_counter() - began)
    for connection in connections:
        connection.close()


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkError, OSError) as problem:
        sys.exit(str(problem))
