"""Clients that `imaginelab-mock run` starts, in a network in which the real API could not be reached."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from .conftest import Client
from .journey import succeeded
from .served import IMAGINELAB_MOCK, enclosed, networks_can_be_made, scenario, without


@pytest.fixture
def within(tmp_path: Path) -> list[str]:
    return enclosed(tmp_path) if networks_can_be_made() else []


def run(folder: Path, command: Sequence[str]) -> list[str]:
    """Return what runs a command under `run`, which leaves its report in a folder."""
    return [
        *IMAGINELAB_MOCK,
        "run",
        f"--scenario={scenario(folder)}",
        f"--report={folder / 'report.json'}",
        "--",
        *command,
    ]


def test_a_client_makes_its_picture(client: Client, within: list[str], tmp_path: Path) -> None:
    played = client.played(lambda command: [*within, *run(tmp_path, command)])
    report = json.loads((tmp_path / "report.json").read_bytes())
    succeeded(played, report["exchanges"])
    assert report["refused"] == []


def test_a_client_that_is_not_led_to_the_mock_never_gets_there(
    client: Client, within: list[str], tmp_path: Path
) -> None:
    if not within:
        pytest.skip("for want of the right to make a network")
    played = client.played(lambda command: [*within, *run(tmp_path, [*without(client.row.way), *command])])
    assert played.status != 0
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert report["exchanges"] == []
