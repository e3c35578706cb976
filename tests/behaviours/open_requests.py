"""Requests that stay open: the answer has not come yet, or half of the body is not sent yet."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Self

from msgspec import Struct


class Whole(Struct, frozen=True):
    """The final answer; `status` 0 means that none came."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Open:
    """A request on its own connection, which the server closes after the answer."""

    def __init__(self, connection: socket.socket, rest: bytes) -> None:
        self._connection = connection
        self._rest = rest

    def finish(self) -> None:
        """Send the rest."""
        rest, self._rest = self._rest, b""
        if rest:
            self._connection.sendall(rest)

    def answer(self) -> Whole:
        """Send the rest, and wait for the whole answer."""
        self.finish()
        with self._connection.makefile("rb") as stream:
            head, _, body = stream.read().partition(b"\r\n\r\n")
        return Whole(int(head.split(b" ")[1]) if head else 0, body)


class Opened:
    """Many open requests of one account; those still open at the end of the `with` block are dropped."""

    def __init__(self, url: str, token: str | None) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._address = (host, int(port))
        self._token = token
        self._open: list[Open] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, method: str, path: str, value: object, fault: str = "") -> Open:
        """Send a whole request and return at once; `fault` is the fault that the request asks for."""
        connection, head, body = self._prepared(method, path, value)
        connection.sendall(head + f"x-fault: {fault}\r\n\r\n".encode() + body)
        return self._noted(Open(connection, b""))

    def begin(self, method: str, path: str, value: object, **headers: str) -> Open:
        """Send the head and half of the body of a request, once the server waits for the body."""
        connection, head, body = self._prepared(method, path, value, **headers)
        connection.sendall(head + b"Expect: 100-continue\r\n\r\n")
        told = b""
        while not told.endswith(b"\r\n\r\n"):
            told += connection.recv(1)
        assert told.startswith(b"HTTP/1.1 100 "), told
        connection.sendall(body[: len(body) // 2])
        return self._noted(Open(connection, body[len(body) // 2 :]))

    def end(self) -> None:
        """Send the rest of every request."""
        for each in self._open:
            each.finish()

    def _noted(self, each: Open) -> Open:
        self._open.append(each)
        return each

    def _prepared(self, method: str, path: str, value: object, **headers: str) -> tuple[socket.socket, bytes, bytes]:
        connection = self._stack.enter_context(socket.create_connection(self._address, timeout=30))
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        said = {"Host": "mock", "Connection": "close", "Content-Type": "application/json"}
        if self._token is not None:
            said["Authorization"] = f"Bearer {self._token}"
        said |= {"Content-Length": str(len(body))} | {
            name.replace("_", "-").title(): text for name, text in headers.items()
        }
        return connection, b"".join(_head(method, path, said)), body


def _head(method: str, path: str, headers: dict[str, str]) -> Iterator[bytes]:
    yield f"{method} {path} HTTP/1.1\r\n".encode()
    for name, text in headers.items():
        yield f"{name}: {text}\r\n".encode()
