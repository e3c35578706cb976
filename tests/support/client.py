"""A client over real HTTP that returns each answer as it came, on one connection that is kept alive."""

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlencode

from msgspec import Struct

from tests.support.customer import BASE, EMAIL, FORM, JSON, ORDER, PASSWORD

Headers = Mapping[str, str] | Mapping[str, bytes]


class Answer(Struct, frozen=True):
    """An answer of the server, unchanged."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        """The sentence of an error, whose body holds that sentence alone."""
        assert self.headers["content-type"] == JSON, self
        assert list(self.json) == ["detail"], self.body
        assert isinstance(self.json["detail"], str)
        return str(self.json["detail"])


class Client:
    """One client of the server at `url`; a path is relative to `base`, the API's own path unless it is given."""

    def __init__(self, url: str, token: str | None = None, base: str = BASE) -> None:
        self.url = url
        self.base = base
        self.token = token
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        self._others: list[Client] = []

    @classmethod
    def at(cls, base_url: str, token: str | None = None) -> Self:
        """Return a client for a base URL, such as `http://127.0.0.1:8402/w/gw3/api/v1`."""
        host, _, path = base_url.removeprefix("http://").partition("/")
        return cls(f"http://{host}", token, f"/{path}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        for other in self._others:
            other.__exit__()

    def other(self, token: str | None = None, base: str = BASE) -> "Client":
        """Return another client of the same server, with its own connection."""
        self._others.append(Client(self.url, token, base))
        return self._others[-1]

    def ask(self, method: str, path: str, body: bytes = b"", headers: Headers | None = None) -> Answer:
        """Send one request; `path` may be a whole URL of this server."""
        target = path.removeprefix(self.url) if path.startswith(self.url) else self.base + path
        bearer = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        self._connection.request(method, target, body or None, bearer | dict(headers or {}))
        response = self._connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def read(self, path: str, **headers: str) -> Answer:
        """GET; `if_range="x"` is the header `if-range: x`."""
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def send(self, path: str, value: object) -> Answer:
        """POST a value as JSON."""
        return self.ask("POST", path, json.dumps(value).encode(), {"Content-Type": JSON})

    def fill_in(self, path: str, form: object) -> Answer:
        """POST a form: a mapping, or pairs where a field is repeated."""
        body = urlencode(form).encode()  # type: ignore[arg-type]
        return self.ask("POST", path, body, {"Content-Type": FORM})

    def login(self, email: str = EMAIL, password: str = PASSWORD) -> "Client":
        """Return another client, logged in to an account."""
        answer = self.fill_in("/auth/login", {"username": email, "password": password})
        assert answer.status == 200, answer
        return self.other(answer.json["access_token"], self.base)

    def create(self, **changes: object) -> Answer:
        """Order the image of the reference, with these fields changed."""
        return self.send("/generations", ORDER | changes)

    def order(self, **changes: object) -> int:
        """Order as `create` does, and return the id of the generation."""
        answer = self.create(**changes)
        assert answer.status == 201, answer
        return int(answer.json["id"])

    def status(self, id_: object) -> Answer:
        return self.read(f"/generations/{id_}/status")

    def result(self, id_: object) -> Answer:
        return self.read(f"/generations/{id_}")

    def delete(self, id_: object) -> Answer:
        return self.ask("DELETE", f"/generations/{id_}")

    def credits(self) -> int:
        return int(self.read("/auth/me").json["credits"])

    def polls(self, id_: int) -> list[tuple[str, int]]:
        """Poll until finished, and return each status and progress seen."""
        seen: list[tuple[str, int]] = []
        while not seen or seen[-1][0] not in ("completed", "failed"):
            view = self.status(id_).json
            seen.append((view["status"], view["progress"]))
        return seen

    def outputs(self, **changes: object) -> list[str]:
        """Order a generation, poll until it is finished, and return its outputs."""
        id_ = self.order(**changes)
        self.polls(id_)
        return list(self.result(id_).json["outputs"])

    def wait(self, polls: int) -> None:
        """Move the world's clock by so many steps, by polling a generation whose prompt is `for ever`."""
        id_ = self.order(prompt="for ever")
        for _ in range(polls + 1):
            assert self.status(id_).status == 200

    def standing(self) -> tuple[bytes, bytes]:
        """Return the views of the account and of its generations, whose bytes change only if something has happened."""
        return self.read("/auth/me").body, self.read("/generations?page_size=100").body


def raw(url: str, request: bytes) -> bytes:
    """Send these bytes, and return all bytes that come until the server closes the connection."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            return stream.read()
