"""Reads scenario files. A text becomes a scenario, or a list of all its problems, each with file, line and column."""

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
    """A text is not a valid scenario. The message has one line for each problem, in the order of the file.

    `files` are the files that were read, including missing files. A change to one of these files may correct the
    problem.
    """

    def __init__(self, problems: Sequence[Problem], files: tuple[Path, ...] = ()) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
        self.files = files


def load(path: Path) -> LoadedScenario:
    """Read a scenario file and the files that it extends.

    Raise ScenarioError if a file cannot be read or is not valid.
    """
    # This import is not at the top, because it imports the YAML library, and `_loaded` imports the introspection
    # library. A start without a file needs neither library, and both take half of the start time.
    from mockserver.language import extends

    return _loaded(extends.of_file(path))


def parse(text: str | bytes, file: str) -> LoadedScenario:
    """Read a scenario. `file` is its name in the places of problems and rules. Raise ScenarioError if it is not valid.

    The scenario may extend scenarios of the gallery, but not files.
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
        # If a parent is missing, the rest may seem to have contradictions that the parent would resolve.
        problems += located(checks.contradictions(scenario))
    if problems := problems or located(never_reached.hidden_rules(scenario)):
        raise ScenarioError(_ordered(problems, document), document.files)
    warnings = _ordered(located(advice.warnings(scenario)), document)
    name = printable(PurePath(document.labels[0]).stem)
    return LoadedScenario(scenario, name, document.text, tuple(warnings), document.files)


def _ordered(problems: Sequence[Problem], document: "MergedDocument") -> list[Problem]:
    """Return the problems in the order of their file.

    Problems of the child come first, then problems of its parent, and so on.
    """

    def position(problem: Problem) -> tuple[int, int, int]:
        file = problem.place.file if isinstance(problem.place, Place) else problem.place
        return (document.labels.index(file), *problem.position)

    # The part under an anchor is read again for each alias. Its problem is listed only once.
    return sorted(dict.fromkeys(problems), key=position)
