"""Shared parts of the gallery's stories: a played scenario, and the waiting of a sound client."""

from pathlib import Path
from typing import Final

from mockserver.language.file import load
from tests.support.client import Client

from .played import Start

FOLDER: Final = Path(__file__).parents[2] / "scenarios"

FINAL: Final = ("completed", "failed")

PATIENCE: Final = 60
"""The number of polls up to a client's deadline."""


def living(api: Start, name: str) -> Client:
    """The reference's user, logged in where a scenario of the gallery is played."""
    return api(load(FOLDER / f"{name}.yaml").scenario).login()


def wait(you: Client, id_: int, polls: int = PATIENCE) -> str:
    """Poll until the end or the deadline, through any status words, and return the last status."""
    status = ""
    for _ in range(polls):
        status = you.status(id_).json["status"]
        if status in FINAL:
            break
    return status


def history(you: Client) -> list[int]:
    """The ids in the history, in the history's order."""
    return [record["id"] for record in you.read("/generations").json["items"]]
