"""A server with one order under way, on a clock that only a test moves, and its control plane."""

import json
from collections.abc import Iterator

import pytest
from msgspec import Struct

from mockserver.core.account import REFERENCE_ACCOUNT, Declaration
from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.scenario import Scenario
from tests.support.client import Answer, Client
from tests.support.emulator import served

JSON = "application/json"
ODD = "ä/b c%2F?#+é@example.com"
"""An address that contains every character which a URL must escape."""

SCENARIO = Scenario(
    clock=ClockSettings(mode=Mode.MANUAL), accounts=(REFERENCE_ACCOUNT, Declaration(email=ODD, password="secret"))
)
STATE = ("scenario", "clock", "accounts", "generations", "faults", "worlds", "journal")
"""The readable state of everything that the control plane can change."""


class Steering(Struct, frozen=True):
    """The control plane of a server, and a client that is logged in there."""

    client: Client
    you: Client

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = JSON) -> Answer:
        """Send bytes to a route below `/__mock`."""
        return self.client.ask(method, path, body, {"Content-Type": kind} if body else {})

    def state(self) -> list[bytes]:
        return [self.ask("GET", f"/{name}").body for name in STATE]


@pytest.fixture
def steering() -> Iterator[Steering]:
    with served(SCENARIO) as server, Client(server.url) as client:
        you = client.login()
        you.order()
        yield Steering(client.other(base="/__mock"), you)


def sent(steering: Steering, scenario: str) -> Answer:
    """Send a scenario to be played, and return the answer."""
    return steering.ask("PUT", "/scenario", json.dumps({"scenario": scenario}).encode())
