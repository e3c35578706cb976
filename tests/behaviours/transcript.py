"""A client's life written down byte for byte; two runs of the same requests must write the same bytes."""

import http.client
import json
from typing import Any, Final, Self
from urllib.parse import urlencode

from tests.support.customer import BASE, EMAIL, ORDER, PASSWORD

HOST: Final = "127.0.0.1:8402"
"""The `Host` of every request: links and answers depend on it, and free ports differ each time."""

ORDERS: Final = (
    ORDER,
    {"generation_type": "video", "model_name": "video-standard", "prompt": "Waves"},
    {"generation_type": "text", "model_name": "text-standard", "prompt": "A poem"},
)
VIEWS: Final = ("accounts", "generations", "faults", "clock", "scenario")
"""The views of the control plane that show all past events."""


class Transcript:
    """A client of one world that writes down each answer, or that none came; it never times out by itself."""

    def __init__(self, url: str, world: str) -> None:
        self.lines: list[bytes] = []
        self._prefix = f"/w/{world}"
        self._token = ""
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """Send a request and return the bytes of its answer that arrived."""
        sent = {"Host": HOST, "Authorization": f"Bearer {self._token}"} | headers
        head, answer = "lost", b""
        try:
            self._connection.request(method, self._prefix + path, body or None, sent)
            response = self._connection.getresponse()
            head = f"{response.status} {response.getheaders()}"
            answer = response.read()
        except http.client.IncompleteRead as cut:
            head, answer = f"{head} cut short", cut.partial
            self._connection.close()
        except (ConnectionError, http.client.BadStatusLine):
            self._connection.close()
        self.lines.append(f"{method} {path} {head}\n".encode() + answer)
        return answer

    def send(self, path: str, value: object, method: str = "POST") -> bytes:
        return self.ask(method, path, json.dumps(value).encode(), **{"Content-Type": "application/json"})

    def login(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        form = urlencode({"username": email, "password": password}).encode()
        answer = self.ask("POST", f"{BASE}/auth/login", form, **{"Content-Type": "application/x-www-form-urlencoded"})
        self._token = str(read(answer).get("access_token", self._token))

    def live(self) -> None:
        """Log in, order, poll, fetch, read the history and delete, with any answers."""
        self.login()
        self.ask("GET", f"{BASE}/generations/models")
        ids = [read(self.send(f"{BASE}/generations", order)).get("id", 1842 + i) for i, order in enumerate(ORDERS)]
        for _ in range(4):
            for id_ in ids:
                self.ask("GET", f"{BASE}/generations/{id_}/status")
        self.login()
        for id_ in ids:
            outputs = read(self.ask("GET", f"{BASE}/generations/{id_}")).get("outputs") or [""]
            if "/media/" in outputs[0]:
                self.ask("GET", "/media/" + outputs[0].partition("/media/")[2], Range="bytes=10-99")
        self.ask("DELETE", f"{BASE}/generations/{ids[0]}")
        self.send(f"{BASE}/auth/signup", {"email": "new@example.com", "password": "secret"})
        self.ask("GET", f"{BASE}/generations?page_size=2")
        self.ask("GET", f"{BASE}/auth/me")
        self.ask("PUT", f"{BASE}/auth/me")

    def look(self) -> None:
        """Write down the answers of the control plane."""
        for view in VIEWS:
            self.ask("GET", f"/__mock/{view}")


def read(answer: bytes) -> dict[str, Any]:
    """The JSON object in the answer, or an empty one."""
    try:
        value = json.loads(answer)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
