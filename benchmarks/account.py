"""A user of the mock: logs in once, then states requests for any load tool to send."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.errors import BenchmarkError
from benchmarks.request import Request, answer

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ASKING_LIMIT = 1000  # status requests before an unfinished generation is given up


@dataclass(frozen=True)
class Account:
    """The mock's first account at `url`, logged in with `token`."""

    url: str
    token: str

    def status(self, generation: int) -> Request:
        """State the request that polls `generation`."""
        return self._get(f"/generations/{generation}/status")

    def history(self, page_size: int) -> Request:
        """State the request for the newest `page_size` generations."""
        return self._get(f"/generations?page_size={page_size}")

    def order(self, prompt: str) -> Request:
        """State the request that creates a generation of the published model."""
        body = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": prompt}
        headers = self._headers | {"Content-Type": "application/json"}
        return Request(f"{self.url}/api/v1/generations", headers, "POST", json.dumps(body).encode())

    def create(self) -> int:
        """Create a generation and return its id."""
        return int(answer(self.order("A neon city skyline at dusk"))["id"])

    def finished(self, generation: int) -> Request:
        """Poll until `generation` is completed, then state the request that polls it again."""
        request = self.status(generation)
        if not any(answer(request)["status"] == "completed" for _ in range(ASKING_LIMIT)):
            raise BenchmarkError(f"generation {generation} was not completed after {ASKING_LIMIT} requests")
        return request

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _get(self, path: str) -> Request:
        return Request(f"{self.url}/api/v1{path}", self._headers)


def logged_in(url: str) -> Account:
    """Log in as the user of the published examples."""
    form = urlencode({"username": "you@example.com", "password": "YOUR_PASSWORD"}).encode()
    return Account(url, answer(Request(f"{url}/api/v1/auth/login", FORM, "POST", form))["access_token"])
