"""Clients that `imaginelab-mock run` starts, in a network that has no way to the real API."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import mockserver

from .conftest import Client
from .journey import Played, succeeded
from .served import IMAGINELAB_MOCK, enclosed, networks_can_be_made, scenario, without

OFFLINE = pytest.mark.skipif(not networks_can_be_made(), reason="for want of the right to make a network")


@pytest.fixture
def within(tmp_path: Path) -> list[str]:
    return enclosed(tmp_path) if networks_can_be_made() else []


def run(folder: Path, command: Sequence[str], mock: Sequence[str] = IMAGINELAB_MOCK) -> list[str]:
    """Return the words that run a command under `run`, which writes its report to a folder."""
    options = [f"--scenario={scenario(folder)}", f"--report={folder / 'report.json'}"]
    return [*mock, "run", *options, "--", *command]


def reported(folder: Path, played: Played) -> Any:
    """Return the report; if it is empty, fail and show the client's output."""
    text = (folder / "report.json").read_text("utf-8")
    assert text, played
    return json.loads(text)


def test_a_client_makes_its_picture(client: Client, within: list[str], tmp_path: Path) -> None:
    played = client.played(lambda command: [*within, *run(tmp_path, command)])
    report = reported(tmp_path, played)
    succeeded(played, report["exchanges"])
    assert report["refused"] == []


@OFFLINE
def test_a_client_without_its_way_variables_never_reaches_the_mock(
    client: Client, within: list[str], tmp_path: Path
) -> None:
    played = client.played(lambda command: [*within, *run(tmp_path, [*without(client.row.way), *command])])
    assert played.status != 0
    assert reported(tmp_path, played)["exchanges"] == []


@pytest.mark.parametrize("client", ["aiohttp", "fetch", "php"], indirect=True)
def test_a_shim_works_behind_a_symbolic_link(client: Client, within: list[str], tmp_path: Path) -> None:
    link = tmp_path / "linked"
    link.symlink_to(Path(mockserver.__file__).parents[1])
    linked = ["env", f"PYTHONPATH={link}", sys.executable, "-P", "-m", "mockserver"]
    played = client.played(lambda command: [*within, *run(tmp_path, command, linked)])
    succeeded(played, reported(tmp_path, played)["exchanges"])
