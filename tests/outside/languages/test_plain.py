"""Clients whose base URL is the mock's, without TLS, and that offer HTTP/2 in each request by themselves."""

from collections.abc import Iterator, Mapping

import pytest

from .conftest import Client
from .journey import succeeded
from .served import Served, served


@pytest.fixture(scope="module")
def mock(clean: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all clients, each in a world of its own."""
    with served(tmp_path_factory.mktemp("plain"), clean) as running:
        yield running


@pytest.mark.parametrize("client", ["curl", "java"], indirect=True)
def test_a_client_that_offers_http_2_makes_its_picture(client: Client, mock: Served) -> None:
    told = ["env", f"IMAGINELAB_BASE_URL={mock.url}/api/v1"]
    played = client.played(lambda command: [*told, *command], client.name)
    exchanges = mock.exchanges(client.name)
    succeeded(played, exchanges, mock.url)
    assert exchanges[0]["request"]["headers"]["upgrade"] == "h2c"
    assert exchanges[0]["request"]["headers"]["http2-settings"]
