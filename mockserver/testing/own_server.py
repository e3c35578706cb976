"""The session's own server, in a thread of this process: on a `poll` clock where a scenario names none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import structs

from mockserver.client.server import MockServer
from mockserver.core.clock import Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import HAPPY_PATH, FixedSource
from mockserver.serve.server import ServerThread
from mockserver.testing.gate import Gate
from mockserver.testing.served import Door, Served
from mockserver.world.bounds import Bounds
from mockserver.world.worlds import Worlds

MOST_WORLDS: Final = 100_000
"""Each test discards its own, but those that a client makes by its path or its login may stay."""


@contextmanager
def own_server() -> Iterator[Served]:
    """Serve on free ports of the loopback interface, in plain and over TLS."""
    gate, door = Gate(application(Worlds(FixedSource(HAPPY_PATH), Bounds(worlds=MOST_WORLDS), _polled))), Door()
    with ServerThread(gate, tls=door.context) as server, MockServer(server.url) as mock:
        door.address = server.tls_address
        yield Served(mock, gate, door)


def _polled(scenario: Scenario) -> Scenario:
    return structs.replace(scenario, clock=structs.replace(scenario.clock, mode=scenario.clock.mode or Mode.POLL))
