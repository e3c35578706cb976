"""Scenario files: text in, a scenario out, or every problem in it with file, line and column."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePath
from typing import Final

from msgspec import Struct

from mockserver.core.document import Finding, Problem
from mockserver.core.scenario import Scenario

LARGEST: Final = 1_048_576
"""How many bytes a file may have."""


class Script(Struct, frozen=True):
    """A scenario and what it was read from: `name` is the file's without its ending, `text` the source itself.

    `warnings` say, place by place, what is possible but likely not meant.
    """

    scenario: Scenario
    name: str
    text: str
    warnings: tuple[str, ...]


HAPPY_PATH: Final = Script(Scenario(), "happy-path", "", ())
"""What is in force where no file is given."""


class ScenarioError(Exception):
    """A text is no scenario; says each problem on a line of its own, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def load(path: Path) -> Script:
    """Read a scenario file; raise ScenarioError if it cannot be read or is not one."""
    try:
        with path.open("rb") as file:
            source = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        # ValueError: a name with a NUL.
        sentence = f"the scenario cannot be read: {getattr(error, 'strerror', None) or error}"
        raise ScenarioError([Problem(str(path), sentence)]) from error
    return parse(source, str(path))


def parse(text: str | bytes, file: str) -> Script:
    """Read a scenario; `file` is what problems and rules name as their place. Raise ScenarioError if it is not one."""
    # They bring the YAML and introspection libraries, half of a start, which needs neither without a file.
    from mockserver.core import checks
    from mockserver.core.decode import MOST, decode
    from mockserver.yaml_document import read

    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > LARGEST:
        raise ScenarioError(
            [Problem(file, f"expected at most {LARGEST} bytes, found more; a scenario is a small file")]
        )
    document = read(raw, file)
    if document.root is None:
        raise ScenarioError(_ordered(document.problems))
    decoded = decode(document.root, Scenario)
    scenario = decoded.value or Scenario()

    def located(findings: Iterator[Finding]) -> list[Problem]:
        return [Problem(decoded.place(path), sentence) for path, sentence in islice(findings, MOST)]

    if problems := [*document.problems, *decoded.problems, *located(checks.contradictions(scenario))]:
        raise ScenarioError(_ordered(problems))
    warnings = _ordered(located(checks.warnings(scenario)))
    return Script(scenario, PurePath(file).stem, document.text, tuple(map(str, warnings)))


def _ordered(problems: Sequence[Problem]) -> list[Problem]:
    # What stands under an anchor is read once for each alias, and told once.
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.position)
