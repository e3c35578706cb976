"""Clients that take their HTTPS proxy from the environment, with the mock as that proxy."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from .conftest import Client
from .journey import succeeded
from .rows import JAVA, ROWS
from .served import Served, served

BY_OPTIONS = 'JAVA_TOOL_OPTIONS="$JAVA_TOOL_OPTIONS -Dhttps.proxyHost=$0 -Dhttps.proxyPort=$1"; shift; exec "$@"'


@pytest.fixture(scope="module")
def mock(clean: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all clients, each in its own world; no client may ask this proxy for another host."""
    with served(tmp_path_factory.mktemp("proxy"), clean) as running:
        yield running
        assert running.read("__mock/refused") == {"hosts": [], "total": 0}


def by_proxy(url: str, client: Client, command: Sequence[str]) -> list[str]:
    """Return the words that run a client's command with the server as its proxy."""
    if client.row.way == JAVA:
        host, _, port = url.removeprefix("http://").rpartition(":")
        return ["sh", "-c", BY_OPTIONS, host, port, *command]
    # Ruby uses the variable for HTTP also for HTTPS.
    return ["env", *(f"{name}={url}" for name in ("HTTPS_PROXY", "https_proxy", "http_proxy")), *command]


@pytest.mark.parametrize("client", [name for name, row in ROWS.items() if row.takes_a_proxy], indirect=True)
def test_a_client_makes_its_picture(client: Client, mock: Served) -> None:
    played = client.played(lambda command: mock.told(by_proxy(mock.url, client, command)), client.name)
    succeeded(played, mock.exchanges(client.name))
