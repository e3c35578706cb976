"""Scenario files: text in, a scenario out, or every problem in it with file, line and column."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from mockserver.core.document import Finding, Place, Problem
from mockserver.core.scenario import Scenario
from mockserver.core.wording import printable
from mockserver.language.loaded import LoadedScenario

if TYPE_CHECKING:
    from mockserver.language.extends import Lineage


class ScenarioError(Exception):
    """A text is no scenario; says each problem on a line of its own, in the order of the file.

    `files` are those that were looked for: a change of one of them may mend it.
    """

    def __init__(self, problems: Sequence[Problem], files: tuple[Path, ...] = ()) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
        self.files = files


def load(path: Path) -> LoadedScenario:
    """Read a scenario file and those that it extends; raise ScenarioError if one cannot be read or is wrong."""
    # It brings the YAML library, and `_script` the introspection library: half of a start, which needs neither without
    # a file.
    from mockserver.language import extends

    return _script(extends.of_file(path))


def parse(text: str | bytes, file: str) -> LoadedScenario:
    """Read a scenario; `file` is its name in the places of problems and rules. Raise ScenarioError if it is not valid.

    It may extend scenarios of the gallery, but no files.
    """
    from mockserver.language import extends  # not at the top: as for `load`

    return _script(extends.of_text(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text, file))


def _script(family: "Lineage") -> LoadedScenario:
    # Not at the top: as for `load`.
    from mockserver.language import advice, checks, never_reached
    from mockserver.language.decode import MOST, decode

    problems = list(family.problems)
    if family.root is None:
        raise ScenarioError(_ordered(problems, family), family.files)
    decoded = decode(family.root, Scenario)
    scenario = decoded.value or Scenario()

    def located(findings: Iterator[Finding]) -> list[Problem]:
        return [Problem(decoded.place(path), sentence) for path, sentence in islice(findings, MOST)]

    problems += decoded.problems
    if family.complete:
        # Without a missing parent the rest may contradict itself only in appearance.
        problems += located(checks.contradictions(scenario))
    if problems := problems or located(never_reached.shadowed(scenario)):
        raise ScenarioError(_ordered(problems, family), family.files)
    warnings = _ordered(located(advice.warnings(scenario)), family)
    name = printable(PurePath(family.labels[0]).stem)
    return LoadedScenario(scenario, name, family.text, tuple(warnings), family.files)


def _ordered(problems: Sequence[Problem], family: "Lineage") -> list[Problem]:
    """Put problems into the order of their file, and the files' from the youngest to the eldest."""

    def position(problem: Problem) -> tuple[int, int, int]:
        file = problem.place.file if isinstance(problem.place, Place) else problem.place
        return (family.labels.index(file), *problem.position)

    # The part under an anchor is read once for each alias; its problem is listed once.
    return sorted(dict.fromkeys(problems), key=position)
