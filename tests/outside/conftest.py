"""A server for testers that nobody here wrote, on a free port of the loopback interface."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mockserver.core.scenario import Scenario
from tests.support.emulator import served


@pytest.fixture
def serve() -> Iterator[Callable[[Scenario], str]]:
    """Play scenarios until the test ends, each on a server of its own; calling it says where."""
    with ExitStack() as running:
        yield lambda scenario: running.enter_context(served(scenario)).url
