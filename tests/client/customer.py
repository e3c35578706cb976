"""The client under test: the little of it that gives the control plane something to tell."""

import json
from http.client import HTTPConnection
from typing import Any, Self

ORDER = {
    "generation_type": "image",
    "model_name": "seedream-5.0-lite",
    "prompt": "A neon city skyline at dusk",
}


class Customer:
    """A client that knows its base URL and its token, and nothing of a mock."""

    def __init__(self, base_url: str, token: str) -> None:
        host, _, self._path = base_url.removeprefix("http://").partition("/")
        self._token = token
        self._connection = HTTPConnection(host, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return the status and the JSON of an answer."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        self._connection.request(method, f"/{self._path}{path}", sent, headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def create(self, **changes: object) -> tuple[int, Any]:
        """Order the reference's image, but for the changes."""
        return self.ask("POST", "/generations", ORDER | changes)

    def order(self, **changes: object) -> int:
        """Order as above, and return the id of what was accepted."""
        status, record = self.create(**changes)
        assert status == 201, record
        return int(record["id"])

    def status(self, id_: int) -> str:
        """Poll once."""
        return str(self.ask("GET", f"/generations/{id_}/status")[1]["status"])
