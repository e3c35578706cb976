"""A client that hides nothing: one connection that is kept alive, perhaps a token, and what came back."""

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any, Protocol, Self
from urllib.parse import urlencode

from msgspec import Struct

from mockserver.core.age import ClockSettings, Mode
from mockserver.core.generation import Life
from mockserver.core.instant import SECOND
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import Step
from mockserver.http.exchange import Settings

BASE = "/api/v1"
EMAIL = "you@example.com"
PASSWORD = "YOUR_PASSWORD"
PROMPT = "A neon city skyline at dusk"
ORDER = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": PROMPT}


Headers = Mapping[str, str] | Mapping[str, bytes]


class Answer(Struct, frozen=True):
    """What came back, as it came."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        """The sentence of an error, whose body is that and nothing else."""
        assert self.headers["content-type"] == "application/json", self
        assert list(self.json) == ["detail"], self.body
        assert isinstance(self.json["detail"], str)
        return str(self.json["detail"])


class Client:
    """One client of a server; what it asks for is relative to the API's base path, unless it says otherwise."""

    def __init__(self, url: str, token: str | None = None, base: str = BASE) -> None:
        self.url = url
        self.base = base
        self.token = token
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        self._others: list[Client] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        for other in self._others:
            other.__exit__()

    def other(self, token: str | None = None, base: str = BASE) -> "Client":
        """Another client of the same server, with a connection of its own."""
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
        return self.ask("POST", path, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def fill_in(self, path: str, form: object) -> Answer:
        """POST a form: a mapping, or pairs where a field is repeated."""
        body = urlencode(form).encode()  # type: ignore[arg-type]
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def login(self, email: str = EMAIL, password: str = PASSWORD) -> "Client":
        """Another client, logged in to an account."""
        answer = self.fill_in("/auth/login", {"username": email, "password": password})
        assert answer.status == 200, answer
        return self.other(answer.json["access_token"], self.base)

    def create(self, **changes: object) -> Answer:
        """Order the reference's image, but for the changes."""
        return self.send("/generations", ORDER | changes)

    def order(self, **changes: object) -> int:
        """Order as above, and return the id of what was accepted."""
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
        """Order, wait for the end, and return the outputs."""
        id_ = self.order(**changes)
        self.polls(id_)
        return list(self.result(id_).json["outputs"])

    def wait(self, polls: int) -> None:
        """Let the world's clock move by so many steps, by polling a generation whose prompt is `for ever`."""
        id_ = self.order(prompt="for ever")
        for _ in range(polls + 1):
            assert self.status(id_).status == 200

    def standing(self) -> tuple[bytes, bytes]:
        """What the account is and has: it stays the same where nothing happened."""
        return self.read("/auth/me").body, self.read("/generations?page_size=100").body


class Start(Protocol):
    """Start a server and return an anonymous client of it; without a scenario it plays the happy path."""

    def __call__(self, scenario: Scenario | None = None, settings: Settings | None = None) -> Client: ...


def raw(url: str, request: bytes) -> bytes:
    """Send bytes as they are, and return everything that comes until the server closes the connection."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            return stream.read()


def life(**steps: int | None) -> Life:
    """A rule for every order: `pending=2, failed=None` is two seconds of `pending`, then `failed`."""
    return Life(then=tuple(Step(status=name, lasts=lasts and lasts * SECOND) for name, lasts in steps.items()))


FOR_EVER = Life(when={"prompt": "for ever"}, then=(Step(status="processing", progress=50),), cost=0)
"""A generation that ends never and costs nothing, to pass the time with."""


def every(seconds: int) -> ClockSettings:
    """A clock that each poll moves by so many seconds."""
    return ClockSettings(mode=Mode.POLL, step=seconds * SECOND)
