"""A loaded scenario, and its source.

This module does not import the reader of files, so that a world can use a loaded scenario.
"""

from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from mockserver.core.document import Problem
from mockserver.core.scenario import Scenario


class LoadedScenario(Struct, frozen=True):
    """A scenario and its source.

    `name` is the printable name of the file without its ending. `text` is the text of the file.

    `warnings` are about valid parts that are probably mistakes. `files` are the file and the files that it extends.
    """

    scenario: Scenario
    name: str = "scenario"
    text: str = ""
    warnings: tuple[Problem, ...] = ()
    files: tuple[Path, ...] = ()


HAPPY_PATH: Final = LoadedScenario(Scenario(), "happy-path")
"""The scenario that is used if no file is given."""


class Source(Protocol):
    """The source of the scenario for worlds without a scenario of their own.

    A world reads the source each time it starts over.
    """

    @property
    def problem(self) -> str:
        """The reason why the present scenario differs from the scenario in the file; empty if it does not differ."""

    def latest(self) -> LoadedScenario:
        """Return the present scenario."""


class FixedSource(Struct, frozen=True):
    """A source that always returns the same scenario."""

    script: LoadedScenario
    problem: str = ""

    def latest(self) -> LoadedScenario:
        """Return the scenario."""
        return self.script
