"""What a client of one world does, and what it is answered, in a form that two runs have in common."""

import http.client
import json
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from tests.support.customer import ORDER

HOST = "imaginelab-mock:8402"
"""What every request says it was sent to: links lead there."""

ORDERED = 1842
"""The id of a world's first generation."""

OF_A_PROXY = ("connection", "server")
"""Headers that a proxy puts in by itself; the mock sends neither, unless a scenario says so."""


class Told(NamedTuple):
    """What was answered; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """A client of one server or proxy; it keeps what it was `told`."""

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
        """Send a request, its body as JSON unless a header says otherwise, and return the body of the answer."""
        described = {"Content-Type": "application/json"} if body else {}
        self._connection.request(method, self._prefix + path, body or None, self.headers | described | headers)
        response = self._connection.getresponse()
        answer = response.read()
        kept = {name.lower(): value for name, value in response.getheaders()}
        self.told.append(Told(response.status, {name: kept[name] for name in kept if name not in OF_A_PROXY}, answer))
        return answer

    def status(self, method: str, path: str, body: str = "") -> int:
        """Send a request, and return the status of the answer."""
        self.ask(method, path, body)
        return self.told[-1].status

    def login(self) -> None:
        """Log in, and say so from then on."""
        form = urlencode({"username": self._account, "password": "YOUR_PASSWORD"})
        answer = self.ask("POST", "/api/v1/auth/login", form, **{"Content-Type": "application/x-www-form-urlencoded"})
        self.headers["Authorization"] = f"Bearer {json.loads(answer)['access_token']}"

    def order(self) -> int:
        """Order a picture, and return its id."""
        return int(json.loads(self.ask("POST", "/api/v1/generations", json.dumps(ORDER)))["id"])

    def live(self) -> None:
        """Log in, order, poll until the picture is there, and fetch it, whole and in part."""
        self.login()
        number = self.order()
        while json.loads(self.ask("GET", f"/api/v1/generations/{number}/status"))["status"] != "completed":
            pass
        [link] = json.loads(self.ask("GET", f"/api/v1/generations/{number}"))["outputs"]
        # The link leads back to the world by itself.
        path = link.removeprefix(f"http://{HOST}{self._prefix}")
        assert self.ask("GET", path).startswith(b"\x89PNG")
        assert len(self.ask("GET", path, Range="bytes=10-99")) == 90

    def play(self, scenario: str) -> None:
        """Let the world play a scenario from the beginning."""
        assert self.status("PUT", "/__mock/scenario", json.dumps({"scenario": scenario})) == 200

    def view(self, name: str) -> dict[str, Any]:
        """Return what the control plane shows."""
        value: dict[str, Any] = json.loads(self.ask("GET", f"/__mock/{name}"))
        return value

    def journal(self) -> list[dict[str, Any]]:
        """Return what the world has seen, but for what no two runs have in common."""
        exchanges = self.view("journal")["exchanges"]
        return [{key: value for key, value in each.items() if key != "real"} for each in exchanges]
