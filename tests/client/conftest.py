"""A server for each test, on a `poll` clock, with a client that controls it and a client under test."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from mockserver.client import MockServer, World
from mockserver.core.clock import Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.bounds import Bounds
from mockserver.world.worlds import Worlds
from tests.support.client import Client


def worlds(bounds: Bounds | None = None) -> Worlds:
    """Return worlds of the happy path, whose clock is `poll` unless a scenario sets another mode."""
    return Worlds(FixedSource(LoadedScenario(Scenario(), "happy-path")), bounds, applied=polled)


def polled(scenario: Scenario) -> Scenario:
    return replace(scenario, clock=replace(scenario.clock, mode=scenario.clock.mode or Mode.POLL))


@pytest.fixture
def server() -> Iterator[MockServer]:
    with ServerThread(application(worlds())) as running, MockServer(running.url) as made:
        yield made


@pytest.fixture
def world(server: MockServer) -> World:
    return server.world()


@pytest.fixture
def you(world: World) -> Iterator[Client]:
    """The reference's user as a client under test; the journal does not show its login."""
    with Client.at(world.base_url, world.token()) as client:
        world.reset()
        yield client
