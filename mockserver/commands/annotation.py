"""Problems of a scenario as GitHub shows them: beside their lines, in a pull request."""

from mockserver.core.document import Place, Problem


def annotated(kind: str, problem: Problem) -> str:
    """Return the workflow command that makes GitHub show a sentence beside its line."""
    place = problem.place
    where = f"file={_escaped(place.file if isinstance(place, Place) else place, also=':,')}"
    if isinstance(place, Place):
        where += f",line={place.line},col={place.column}"
    return f"::{kind} {where}::{_escaped(problem.sentence)}"


def _escaped(text: str, also: str = "") -> str:
    # Source: GitHub's documentation of workflow commands. The sign that escapes goes first.
    for char in "%\r\n" + also:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
