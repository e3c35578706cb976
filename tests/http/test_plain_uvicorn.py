"""The application under Uvicorn's own server, over real sockets: any ASGI server can serve it."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, Literal
from urllib.parse import urlencode

import pytest
from uvicorn import Config, Server

from mockserver.http.app import application
from tests.support.emulator import worlds_of

Protocol = Literal["h11", "httptools"]

JSON: Final = {"Content-Type": "application/json"}
ORDER: Final = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city"}
MANUAL: Final = "clock: {mode: manual}\n"


@contextmanager
def served(protocol: Protocol, scenario: str = MANUAL) -> Iterator[int]:
    """Serve the application by `uvicorn.Server` in a thread, and yield its port."""
    # Older versions choose uvloop by a policy for the whole process, which would be that of all tests after this one.
    config = Config(application(worlds_of(scenario)), http=protocol, loop="asyncio", log_config=None)
    server = Server(config)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(30)


class Client:
    """A client with one connection, as the world of a prefix knows it."""

    def __init__(self, port: int, prefix: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._prefix = prefix
        self.token = ""

    def ask(self, line: str, body: object = None) -> tuple[int, Any]:
        """Send a request, such as `GET /api/v1/auth/me`, and return the status and the JSON of its answer."""
        status, text, _ = self.raw(line, None if body is None else json.dumps(body).encode(), JSON)
        return status, json.loads(text)

    def raw(self, line: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes, http.client.HTTPMessage]:
        method, path = line.split(" ")
        given = headers | ({"Authorization": f"Bearer {self.token}"} if self.token and "/api/" in path else {})
        self._connection.request(method, self._prefix + path, body, given)
        answer = self._connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def log_in(self) -> None:
        form = urlencode({"username": "you@example.com", "password": "YOUR_PASSWORD"}).encode()
        status, text, _ = self.raw(
            "POST /api/v1/auth/login", form, {"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert status == 200
        self.token = json.loads(text)["access_token"]

    def close(self) -> None:
        self._connection.close()


each_protocol = pytest.mark.parametrize("protocol", ["h11", "httptools"])


@each_protocol
@pytest.mark.parametrize("prefix", ["", "/w/gw3"])
def test_a_client_logs_in_orders_polls_and_fetches(protocol: Protocol, prefix: str) -> None:
    with served(protocol) as port, closing(Client(port, prefix)) as client:
        client.log_in()
        status, order = client.ask("POST /api/v1/generations", ORDER)
        assert (status, order["status"]) == (201, "pending")
        path = f"/api/v1/generations/{order['id']}"
        assert client.ask(f"GET {path}/status")[1]["status"] == "pending"
        assert client.ask("POST /__mock/clock/advance", {"by": "10m"})[0] == 200
        assert client.ask(f"GET {path}/status")[1]["status"] == "completed"
        status, record = client.ask(f"GET {path}")
        assert (status, len(record["outputs"])) == (200, 1)
        assert record["outputs"][0].startswith(f"http://127.0.0.1:{port}/w/{prefix[3:] or 'default'}/media/")
        status, journal = client.ask("GET /__mock/journal")
        operations = [each["operation"] for each in journal["exchanges"]]
        assert operations == ["login", "create", "status", "status", "result"]


@each_protocol
def test_each_way_to_be_refused_is_answered_as_by_our_own_server(protocol: Protocol) -> None:
    with served(protocol, "api: {trailing_slash: redirect-307}") as port, closing(Client(port)) as client:
        assert client.ask("GET /nowhere") == (404, {"detail": "Not found"})
        assert client.ask("PUT /api/v1/generations", {}) == (405, {"detail": "Method not allowed"})
        assert client.ask("GET /__mock/nowhere") == (404, {"detail": "Not found; GET / says where everything is"})
        status, _, headers = client.raw("PUT /__mock/clock", b"{}", JSON)
        assert (status, headers["Allow"]) == (405, "GET, HEAD, PATCH")
        assert client.raw("POST /__mock/reset", b"x", {"Content-Type": "text/plain"})[0] == 415
        status, _, headers = client.raw("GET /api/v1/auth/me/", None, {})
        assert (status, headers["Location"]) == (307, f"http://127.0.0.1:{port}/api/v1/auth/me")


@each_protocol
def test_events_are_told_until_the_listener_goes(protocol: Protocol) -> None:
    with served(protocol) as port, closing(Client(port)) as client:
        client.log_in()
        listener = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        listener.request("GET", "/__mock/events")
        with listener.getresponse() as stream:
            assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
            assert stream.readline() == b"retry: 1000\n"
            client.ask("POST /__mock/clock/advance", {"by": 1})
            lines = iter(stream.readline, b"")
            assert next(line for line in lines if line.startswith(b"event:")) == b"event: clock\n"
        listener.close()
        assert client.ask("GET /__mock/health")[0] == 200


@each_protocol
@pytest.mark.parametrize("drop", ["reset", "garbage", "hang"])
def test_a_fault_that_needs_our_own_server_says_so(protocol: Protocol, drop: str) -> None:
    scenario = f"faults:\n- on: models\n  then: {{drop: {drop}}}\n"
    with served(protocol, scenario) as port, closing(Client(port)) as client:
        client.log_in()
        status, text, headers = client.raw("GET /api/v1/generations/models", None, {})
        detail = f"The fault `drop: {drop}` needs a server that can break a connection"
        assert (status, json.loads(text)["detail"].partition(",")[0]) == (500, detail)
        assert headers["X-Mock-Rule"] == "scenario.yaml:2"
        assert client.ask("GET /__mock/journal")[1]["exchanges"][-1]["answer"]["status"] is None


@each_protocol
def test_an_answer_that_would_be_cut_off_comes_whole_with_a_hint(protocol: Protocol) -> None:
    scenario = "faults:\n- on: models\n  then: {drop: {truncate: 0.5}}\n"
    with served(protocol, scenario) as port, closing(Client(port)) as client:
        client.log_in()
        status, text, headers = client.raw("GET /api/v1/generations/models", None, {})
        assert (status, len(json.loads(text))) == (200, 6)
        assert headers["X-Mock-Hint"].startswith("the fault `drop: {truncate: ...}` needs a server")
