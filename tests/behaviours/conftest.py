"""A server of its own for each test, on a free port: starting one costs two milliseconds."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from msgspec.structs import replace

from mockserver.core.age import Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.http.exchange import Settings
from mockserver.server import ServerThread
from mockserver.worlds import Worlds

from .client import Client, Start


@pytest.fixture
def api() -> Iterator[Start]:
    with ExitStack() as stack:

        def start(scenario: Scenario | None = None, settings: Settings | None = None) -> Client:
            scenario = scenario or Scenario()
            clock = replace(scenario.clock, mode=scenario.clock.mode or Mode.POLL)
            app = application(Worlds(replace(scenario, clock=clock)), settings)
            return stack.enter_context(Client(stack.enter_context(ServerThread(app)).url))

        yield start


@pytest.fixture
def you(api: Start) -> Client:
    """The reference's user, logged in, on the happy path."""
    return api().login()
