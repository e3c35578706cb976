"""A server whose documents the clients are made from, and to which they speak; it starts over for each test."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from mockserver.client import MockServer
from tests.support.emulator import served

from .story import SCENARIO

collect_ignore = [] if find_spec("openapi_generator_cli") else ["test_makers.py", "test_programs.py"]


@pytest.fixture(scope="session")
def server() -> Iterator[MockServer]:
    with served(SCENARIO) as running:
        yield MockServer(running.url)


@pytest.fixture(autouse=True)
def _anew(server: MockServer) -> None:
    server.world().reset()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which each client is made once."""
    return tmp_path_factory.mktemp("workshop")
