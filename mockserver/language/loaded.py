"""What a world plays and where it came from: below the reader of files, so that a world can say what it was made of."""

from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from mockserver.core.document import Problem
from mockserver.core.scenario import Scenario


class LoadedScenario(Struct, frozen=True):
    """A scenario and what it was read from: `name` is the file's without its ending, `text` the source itself.

    `warnings` say what is possible but likely not meant; `files` are the one it was read from and those it extends.
    """

    scenario: Scenario
    name: str = "scenario"
    text: str = ""
    warnings: tuple[Problem, ...] = ()
    files: tuple[Path, ...] = ()


HAPPY_PATH: Final = LoadedScenario(Scenario(), "happy-path")
"""What is in force where no file is given."""


class Source(Protocol):
    """Where worlds that were given no script of their own find the one to play, each time that they start over."""

    @property
    def problem(self) -> str:
        """Why it is not the script that is saved, and nothing if it is."""

    def latest(self) -> LoadedScenario:
        """Return the script in force."""


class FixedSource(Struct, frozen=True):
    """A script that stays as it is."""

    script: LoadedScenario
    problem: str = ""

    def latest(self) -> LoadedScenario:
        """Return the script."""
        return self.script
