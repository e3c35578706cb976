"""A server that gives each connection a fixed answer to any request, as a real mock never does."""

import json
import socket
import threading
from collections.abc import Callable, Sequence
from io import BufferedReader
from typing import Final, Self

HOLD: Final = b"hold the connection until the client lets go"
"""A mark in a script: send nothing, and wait until the client closes the connection."""

Script = Sequence[bytes | Callable[[], bytes]]
"""The answers of one connection, one for each request; then the server closes it.

A function makes its answer once the request has been read.
"""


def answer(value: object, status: int = 200, media_type: str = "application/json") -> bytes:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Fake:
    """Plays one script for each connection, in the order of the connections; `requests` holds the request lines."""

    def __init__(self, *scripts: Script) -> None:
        self.requests: list[str] = []
        self._left = list(scripts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._closed = threading.Semaphore(0)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for _unplayed in tuple(self._left):
            socket.create_connection(self._listener.getsockname()).close()
        for thread in self._threads:
            thread.join(30)
        self._listener.close()

    def wait_until_closed(self) -> None:
        """Return once one more connection has been closed from this end."""
        assert self._closed.acquire(timeout=30)

    def _accept(self) -> None:
        while self._left:
            connection, _ = self._listener.accept()
            self._threads.append(threading.Thread(target=self._play, args=(connection, self._left.pop(0))))
            self._threads[-1].start()

    def _play(self, connection: socket.socket, script: Script) -> None:
        connection.settimeout(30)
        with connection, connection.makefile("rb") as stream:
            for said in script:
                if not self._read(stream):
                    break
                if said is HOLD:
                    stream.read()
                else:
                    connection.sendall(said() if callable(said) else said)
        self._closed.release()

    def _read(self, stream: BufferedReader) -> bool:
        """Read one request; tell whether one came."""
        line = stream.readline()
        length = 0
        while (header := stream.readline()).strip():
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        stream.read(length)
        if line:
            self.requests.append(line.decode().removesuffix(" HTTP/1.1\r\n"))
        return bool(line)
