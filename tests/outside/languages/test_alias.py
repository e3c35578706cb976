"""Clients that find the mock at the API's own address, and trust it through the variables that the server wrote."""

from collections.abc import Iterator, Mapping

import pytest

from .conftest import Client
from .journey import succeeded
from .served import Served, enclosed, networks_can_be_made, served, without


@pytest.fixture(scope="module")
def mock(clean: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all clients, each in a world of its own."""
    if not networks_can_be_made():
        pytest.skip("for want of the right to make a network")
    folder = tmp_path_factory.mktemp("alias")
    with served(folder, clean, "--https-port=443", within=enclosed(folder, "api.imagineview.art")) as running:
        yield running


def test_a_client_makes_its_picture(client: Client, mock: Served) -> None:
    succeeded(client.played(mock.told, client.name), mock.exchanges(client.name))


def test_a_client_without_the_trust_variables_refuses_the_mock(client: Client, mock: Served) -> None:
    world = f"{client.name}-untold"
    played = client.played(lambda command: mock.told([*without(client.row.trust), *command]), world)
    assert played.status != 0
    assert "certif" in played.err.lower(), played
    assert mock.exchanges(world) == []
