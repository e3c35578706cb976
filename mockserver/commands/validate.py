"""The command `validate`: the problems of scenario files, as text or as annotations of a pull request on GitHub."""

from argparse import Namespace

from mockserver.commands.arguments import Commands, Parser
from mockserver.commands.scenarios import scenario_file
from mockserver.core.document import Place, Problem
from mockserver.language.file import ScenarioError, load
from mockserver.terminal import USER_ERROR, say, tell


def add(commands: "Commands[Parser]") -> None:
    """Add the command `validate`."""
    parser = commands.add_parser("validate", help="say what is wrong with scenarios")
    parser.add_argument("scenarios", metavar="FILE", nargs="+", help="a YAML file, or a name of the gallery")
    parser.add_argument("--format", choices=["text", "github"], default="text", help="for people, or for annotations")
    parser.set_defaults(run=_validate)


def _validate(given: Namespace) -> int:
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for word in given.scenarios:
        try:
            warnings += load(scenario_file(word)).warnings
        except ScenarioError as error:
            problems += error.problems
        else:
            if given.format == "text":
                say(f"{word}: valid")
    # Two scenarios can extend the same file; its problems are reported once.
    for warning in dict.fromkeys(warnings):
        say(_annotation("warning", warning) if given.format == "github" else f"warning: {warning}")
    for problem in dict.fromkeys(problems):
        if given.format == "github":
            say(_annotation("error", problem))
        else:
            tell(problem)
    return USER_ERROR if problems else 0


def _annotation(kind: str, problem: Problem) -> str:
    """Return the workflow command that makes GitHub show a problem beside its line."""
    place = problem.place
    where = f"file={_escaped(place.file if isinstance(place, Place) else place, also=':,')}"
    if isinstance(place, Place):
        where += f",line={place.line},col={place.column}"
    return f"::{kind} {where}::{_escaped(problem.sentence)}"


def _escaped(text: str, also: str = "") -> str:
    # Source: GitHub's documentation of workflow commands. The percent sign is escaped first, as the others add some.
    for char in "%\r\n" + also:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
