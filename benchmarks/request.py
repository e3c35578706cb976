"""A request as a value; every load tool sends the same request in its own way."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.errors import BenchmarkError

ANSWER_LIMIT = 20.0  # real seconds that a single answer may take


@dataclass(frozen=True)
class Request:
    """One HTTP request to `url`, an absolute address on loopback."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes = b""

    @property
    def address(self) -> tuple[str, int]:
        """Return the host and port to connect to."""
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or 80

    @property
    def target(self) -> str:
        """Return the target of the request line: the path, with the query if there is one."""
        parts = urlsplit(self.url)
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"

    def rendered(self) -> bytes:
        """Return the bytes of this request on the wire; rendered once, they are sent many times."""
        headers = {"Host": urlsplit(self.url).netloc, **self.headers}
        if self.body:
            headers["Content-Length"] = str(len(self.body))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.target} HTTP/1.1\r\n{head}\r\n".encode() + self.body


def status(request: Request) -> int:
    """Send `request` once and return the status of the answer."""
    return _exchange(request)[0]


def answer(request: Request) -> Any:
    """Send `request` once and decode the JSON of a successful answer; any other answer is an error."""
    code, body = _exchange(request)
    if not 200 <= code < 300:
        raise BenchmarkError(f"{request.method} {request.target} was answered {code}: {body[:200]!r}")
    return json.loads(body)


def _exchange(request: Request) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*request.address, timeout=ANSWER_LIMIT)
    try:
        connection.request(request.method, request.target, request.body or None, dict(request.headers))
        received = connection.getresponse()
        return received.status, received.read()
    except (OSError, http.client.HTTPException) as problem:
        raise BenchmarkError(f"{request.method} {request.target} was not answered: {problem!r}") from problem
    finally:
        connection.close()
