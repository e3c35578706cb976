"""The connections to one server, kept alive between requests; each carries one request at a time.

A request takes an idle connection or opens another, and puts it back afterwards. So threads share a server without
waiting for one another, and a thread that ends leaves nothing behind.
"""

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from threading import RLock
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from mockserver.client.control import Answer, Request
from mockserver.client.errors import Unreachable

EVENTS: Final = "text/event-stream"

# UnicodeError: a host's name cannot be encoded for DNS.
_FAILURES: Final = (OSError, HTTPException, UnicodeError)


class Connections:
    """Carries requests to the server at `url`; an answer may take `timeout` seconds."""

    def __init__(self, url: str, timeout: float) -> None:
        self.url = url
        self._timeout = timeout
        self._idle: list[HTTPConnection] = []
        self._process = os.getpid()
        self._closed = False

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close idle connections now, and every other one after its answer."""
        self._closed = True
        self._drop()

    def exchange(self, request: Request, wait: float = 0) -> Answer:
        """Return the answer; raises Unreachable if none comes.

        A connection that the server has closed meanwhile is replaced before anything is sent. Where it closes one later
        than that, a read is asked again and nothing else is, because it may have been taken.
        """
        connection = self._standing() or self._new()
        fresh = connection.sock is None
        try:
            with self._lent(connection):
                response = _response(connection, request, self._timeout + wait)
                return _answer(response)
        except _FAILURES as problem:
            again = not fresh and request.method == "GET" and isinstance(problem, ConnectionError)
            if not again:
                raise self._unreachable(request, problem, wait) from problem
        return self.exchange(request, wait)

    def stream(self, request: Request, silence: float | None) -> "Lines | Answer":
        """Return the lines of an event stream, on its own connection; the whole answer if it is no event stream."""
        connection = self._new()
        try:
            with _closed_on_error(connection):
                response = _response(connection, request, self._timeout)
                if (response.status, response.headers.get_content_type()) == (200, EVENTS):
                    return Lines(connection, response, silence)
                answer = _answer(response)
        except _FAILURES as problem:
            raise self._unreachable(request, problem) from problem
        connection.close()
        return answer

    @contextmanager
    def _lent(self, connection: HTTPConnection) -> Iterator[None]:
        with _closed_on_error(connection):
            yield
        if self._closed or connection.sock is None:
            connection.close()
        else:
            self._idle.append(connection)

    def _standing(self) -> HTTPConnection | None:
        if self._process != os.getpid():
            # This process was forked: the connections are the parent's, and either process could read an answer.
            self._drop()
            self._process = os.getpid()
        # Another thread may take the last connection at any moment.
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if _quiet(connection.sock):
                    return connection
                connection.close()
        return None

    def _drop(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _new(self) -> HTTPConnection:
        address = urlsplit(self.url)
        host = address.hostname or ""
        if address.scheme == "https":
            return HTTPSConnection(host, address.port, context=self._tls)
        return HTTPConnection(host, address.port)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def _unreachable(self, request: Request, problem: Exception, wait: float = 0) -> Unreachable:
        what = f"{request.method} {request.target}"
        match problem:
            case ConnectionRefusedError():
                said = f"nothing listens at {self.url}; start imaginelab-mock there, or correct the address"
            case TimeoutError():
                said = f"{self.url} did not answer {what} within {self._timeout + wait:g} s"
            case socket.gaierror() | UnicodeError():
                said = f"the host of {self.url} is not known; correct the address"
            case ssl.SSLError():
                said = f"no TLS with {self.url}: {problem}"
            case OSError() | IncompleteRead():
                unsure = "" if request.method == "GET" else "; whether it took effect is not known"
                said = f"the connection to {self.url} was lost before {what} was answered{unsure}"
            case _:
                said = f"what {self.url} answered {what} with is no HTTP; is the address the mock's?"
        return Unreachable(said)


class Lines:
    """The lines of an answer that goes on; one that ends without being closed here is an error.

    `silence` is how many seconds may pass after each `renew`, whatever comes meanwhile; `now` tells the real time.
    """

    def __init__(
        self,
        connection: HTTPConnection,
        response: HTTPResponse,
        silence: float | None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._connection, self._response = connection, response
        self._silence, self._now = silence, now
        self._socket = connection.sock
        self._closed = False
        self._reading = RLock()
        self.renew()

    def __del__(self) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        while line := self._line():
            yield line

    def renew(self) -> None:
        """Begin anew to count the seconds."""
        self._end = None if self._silence is None else self._now() + self._silence

    def close(self) -> None:
        """End the lines, also for a thread that waits for the next one: shutting the socket down wakes it."""
        self._closed = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with self._reading:
            self._response.close()
            self._connection.close()

    def _line(self) -> bytes:
        """Return the next line, nothing if there is none because of `close`."""
        with self._reading:
            try:
                self._socket.settimeout(self._left())
                line = b"" if self._closed else self._response.readline()
            except TimeoutError as problem:
                self.close()
                msg = f"no event came for {self._silence:g} s; `timeout` says how long to wait for one"
                raise TimeoutError(msg) from problem
            except (OSError, HTTPException):
                line = b""
        if not line and not self._closed:
            self.close()
            msg = "the events ended: the server stopped, the world was discarded, or this listener did not keep up"
            raise Unreachable(msg)
        return line

    def _left(self) -> float | None:
        if self._end is None:
            return None
        left = self._end - self._now()
        if left <= 0:
            raise TimeoutError
        return left


@contextmanager
def _closed_on_error(connection: HTTPConnection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _response(connection: HTTPConnection, request: Request, patience: float) -> HTTPResponse:
    connection.timeout = patience
    if connection.sock is not None:
        connection.sock.settimeout(patience)
    headers = {"Content-Type": request.media_type} if request.body is not None else {}
    if request.token is not None:
        headers["Authorization"] = f"Bearer {request.token}"
    connection.request(request.method, request.target, request.body, headers)
    return connection.getresponse()


def _answer(response: HTTPResponse) -> Answer:
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def _quiet(line: socket.socket) -> bool:
    """Return whether an idle connection still stands: one that has anything to read was closed, or is out of step."""
    try:
        line.settimeout(0)
        line.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    return False
