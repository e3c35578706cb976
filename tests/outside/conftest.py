"""A server for testers that nobody here wrote, on a free port of the loopback interface."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds


@pytest.fixture
def serve() -> Iterator[Callable[[Scenario], str]]:
    """Play scenarios until the test ends, each on a server of its own; calling it says where."""
    with ExitStack() as running:
        yield (
            lambda scenario: (
                running.enter_context(ServerThread(application(Worlds(FixedSource(LoadedScenario(scenario)))))).url
            )
        )
