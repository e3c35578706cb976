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
    from mockserver.language.extends import MergedDocument


class ScenarioError(Exception):
    """A text is no scenario; says each problem on a line of its own, in the order of the file.

    `files` are the files that were read, also missing ones: a change of one may correct the problem.
    """

    def __init__(self, problems: Sequence[Problem], files: tuple[Path, ...] = ()) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
        self.files = files


def load(path: Path) -> LoadedScenario:
    """Read a scenario file and those that it extends; raise ScenarioError if one cannot be read or is wrong."""
    # Not at the top: it brings the YAML library, and `_loaded` the introspection library. A start without a file needs
    # neither, and they take half of its time.
    from mockserver.language import extends

    return _loaded(extends.of_file(path))


def parse(text: str | bytes, file: str) -> LoadedScenario:
    """Read a scenario; `file` is its name in the places of problems and rules. Raise ScenarioError if it is not valid.

    It may extend scenarios of the gallery, but no files.
    """
    from mockserver.language import extends  # not at the top: as for `load`

    return _loaded(extends.of_text(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text, file))


def _loaded(document: "MergedDocument") -> LoadedScenario:
    # Not at the top: as for `load`.
    from mockserver.language import advice, checks, never_reached
    from mockserver.language.decode import MOST_PROBLEMS, decode

    problems = list(document.problems)
    if document.root is None:
        raise ScenarioError(_ordered(problems, document), document.files)
    decoded = decode(document.root, Scenario)
    scenario = decoded.value or Scenario()

    def located(findings: Iterator[Finding]) -> list[Problem]:
        return [Problem(decoded.place(path), sentence) for path, sentence in islice(findings, MOST_PROBLEMS)]

    problems += decoded.problems
    if document.complete:
        # Without the missing parent the rest may only seem to contradict itself.
        problems += located(checks.contradictions(scenario))
    if problems := problems or located(never_reached.hidden_rules(scenario)):
        raise ScenarioError(_ordered(problems, document), document.files)
    warnings = _ordered(located(advice.warnings(scenario)), document)
    name = printable(PurePath(document.labels[0]).stem)
    return LoadedScenario(scenario, name, document.text, tuple(warnings), document.files)


def _ordered(problems: Sequence[Problem], document: "MergedDocument") -> list[Problem]:
    """Put problems into the order of their file, and the files' from the youngest to the eldest."""

    def position(problem: Problem) -> tuple[int, int, int]:
        file = problem.place.file if isinstance(problem.place, Place) else problem.place
        return (document.labels.index(file), *problem.position)

    # The part under an anchor is read once for each alias; its problem is listed once.
    return sorted(dict.fromkeys(problems), key=position)
