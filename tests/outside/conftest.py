"""A server for testers written by others, on a free port of the loopback interface."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mockserver.core.scenario import Scenario
from tests.support.emulator import served


@pytest.fixture
def serve() -> Iterator[Callable[[Scenario], str]]:
    """Serve scenarios until the test ends, each on its own server; a call returns the server's URL."""
    with ExitStack() as running:
        yield lambda scenario: running.enter_context(served(scenario)).url
