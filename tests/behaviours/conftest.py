"""Give each test its own server on a free port: starting one costs two milliseconds."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from msgspec.structs import replace

from mockserver.core.clock import Mode
from mockserver.core.scenario import REFERENCE_START, Scenario
from mockserver.http.app import Settings, application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.clock import RealTime
from mockserver.world.worlds import Worlds
from tests.support.client import Client

from .played import Start
from .steering import LIVES, Begin, Steering


@pytest.fixture
def api() -> Iterator[Start]:
    with ExitStack() as stack:

        def start(scenario: Scenario | None = None, settings: Settings | None = None) -> Client:
            scenario = scenario or Scenario()
            clock = replace(scenario.clock, mode=scenario.clock.mode or Mode.POLL)
            app = application(Worlds(FixedSource(LoadedScenario(replace(scenario, clock=clock)))), settings)
            return stack.enter_context(Client(stack.enter_context(ServerThread(app)).url))

        yield start


@pytest.fixture
def you(api: Start) -> Client:
    """The reference's user, logged in, on the happy path."""
    return api().login()


@pytest.fixture(params=Mode)
def begin(request: pytest.FixtureRequest) -> Iterator[Begin]:
    """A server with a clock of each mode that only a hand or a poll moves; real time never moves these clocks."""
    frozen = RealTime(elapsed=lambda: 0, today=lambda: REFERENCE_START)
    with ExitStack() as stack:

        def started(more: str = "") -> tuple[Steering, Client]:
            worlds = Worlds(FixedSource(parse(LIVES.format(mode=request.param) + more, "steered.yaml")), real=frozen)
            anyone = stack.enter_context(Client(stack.enter_context(ServerThread(application(worlds))).url))
            return Steering(anyone), anyone.login()

        yield started
