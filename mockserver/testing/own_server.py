"""The session's own server, in a thread of this process. Its clock mode is `poll` unless a scenario names another."""

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
from mockserver.testing.middleware import Middleware
from mockserver.testing.session_server import SessionServer, TlsListener
from mockserver.world.bounds import Bounds
from mockserver.world.worlds import Worlds

MOST_WORLDS: Final = 100_000
"""Worlds of the server. Each test discards its own; worlds that a client makes by a path or a login may stay."""


@contextmanager
def own_server() -> Iterator[SessionServer]:
    """Serve on free ports of the loopback interface, in plain and over TLS."""
    worlds = Worlds(FixedSource(HAPPY_PATH), Bounds(worlds=MOST_WORLDS), _polled)
    middleware, tls = Middleware(application(worlds)), TlsListener()
    with ServerThread(middleware, tls=tls.context) as server, MockServer(server.url) as mock:
        tls.address = server.tls_address
        yield SessionServer(mock, middleware, tls)


def _polled(scenario: Scenario) -> Scenario:
    return structs.replace(scenario, clock=structs.replace(scenario.clock, mode=scenario.clock.mode or Mode.POLL))
