"""The calls of a client of one world, and its answers in a form that is the same in two runs."""

import http.client
import json
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from tests.support.customer import ORDER

HOST = "imaginelab-mock:8402"
"""The `Host` header of every request; links in answers begin with it."""

ORDERED = 1842
"""The id of a world's first generation."""

OF_A_PROXY = ("connection", "server")
"""Headers that a proxy adds by itself; the mock sends them only if a scenario says so."""


class Told(NamedTuple):
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """A client of one server or proxy; it keeps its answers in `told`."""

    def __init__(self, place: str, prefix: str = "", account: str = "you@example.com", patience: float = 30) -> None:
        self.headers = {"Host": HOST}
        self.told: list[Told] = []
        self._prefix = prefix
        self._account = account
        self._connection = http.client.HTTPConnection(place, timeout=patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> bytes:
        """Send a request and return the body of its answer; `body` is JSON unless a header says otherwise."""
        described = {"Content-Type": "application/json"} if body else {}
        self._connection.request(method, self._prefix + path, body or None, self.headers | described | headers)
        response = self._connection.getresponse()
        answer = response.read()
        kept = {name.lower(): value for name, value in response.getheaders()}
        self.told.append(Told(response.status, {name: kept[name] for name in kept if name not in OF_A_PROXY}, answer))
        return answer

    def status(self, method: str, path: str, body: str = "") -> int:
        """Send a request and return the status of the answer."""
        self.ask(method, path, body)
        return self.told[-1].status

    def login(self) -> None:
        """Log in, and send the token in all later requests."""
        form = urlencode({"username": self._account, "password": "YOUR_PASSWORD"})
        answer = self.ask("POST", "/api/v1/auth/login", form, **{"Content-Type": "application/x-www-form-urlencoded"})
        self.headers["Authorization"] = f"Bearer {json.loads(answer)['access_token']}"

    def order(self) -> int:
        """Order a picture and return its id."""
        return int(json.loads(self.ask("POST", "/api/v1/generations", json.dumps(ORDER)))["id"])

    def live(self) -> None:
        """Log in, order a picture, poll until it is completed, and fetch the whole picture and a part of it."""
        self.login()
        number = self.order()
        while json.loads(self.ask("GET", f"/api/v1/generations/{number}/status"))["status"] != "completed":
            pass
        [link] = json.loads(self.ask("GET", f"/api/v1/generations/{number}"))["outputs"]
        # The link itself contains the prefix of the world.
        path = link.removeprefix(f"http://{HOST}{self._prefix}")
        assert self.ask("GET", path).startswith(b"\x89PNG")
        assert len(self.ask("GET", path, Range="bytes=10-99")) == 90

    def play(self, scenario: str) -> None:
        """Start the world over with a scenario."""
        assert self.status("PUT", "/__mock/scenario", json.dumps({"scenario": scenario})) == 200

    def view(self, name: str) -> dict[str, Any]:
        """Return a view of the control plane."""
        value: dict[str, Any] = json.loads(self.ask("GET", f"/__mock/{name}"))
        return value

    def journal(self) -> list[dict[str, Any]]:
        """Return the exchanges of the world, without the real times, which differ from run to run."""
        exchanges = self.view("journal")["exchanges"]
        return [{key: value for key, value in each.items() if key != "real"} for each in exchanges]
