"""A loaded scenario, and its source. The module stands below the reader of files, so that a world can use it."""

from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from mockserver.core.document import Problem
from mockserver.core.scenario import Scenario


class LoadedScenario(Struct, frozen=True):
    """A scenario and its source: `name` is the printable name of the file without its ending, `text` the source itself.

    `warnings` are about valid parts that are likely a mistake; `files` are the file and those that it extends.
    """

    scenario: Scenario
    name: str = "scenario"
    text: str = ""
    warnings: tuple[Problem, ...] = ()
    files: tuple[Path, ...] = ()


HAPPY_PATH: Final = LoadedScenario(Scenario(), "happy-path")
"""The scenario in force if no file is given."""


class Source(Protocol):
    """The source of the scenario for worlds that have none of their own, asked each time a world starts over."""

    @property
    def problem(self) -> str:
        """The reason why the scenario in force is not the one in the file; empty if it is."""

    def latest(self) -> LoadedScenario:
        """Return the scenario in force."""


class FixedSource(Struct, frozen=True):
    """A source that always gives the same scenario."""

    script: LoadedScenario
    problem: str = ""

    def latest(self) -> LoadedScenario:
        """Return the scenario."""
        return self.script
