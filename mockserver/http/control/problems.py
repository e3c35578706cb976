"""What is wrong with what was sent, as JSON: each problem with its place."""

from msgspec import UNSET, Struct, UnsetType

from mockserver.core.document import Place, Problem


class ProblemView(Struct, frozen=True):
    """What is wrong at a place; `line` and `column` where it stands in YAML."""

    place: str
    sentence: str
    line: int | UnsetType = UNSET
    column: int | UnsetType = UNSET


class Refusal(Struct, frozen=True):
    """Why a call was refused, in a sentence; `problems` are what is wrong with what was sent, each with its place."""

    detail: str
    problems: list[ProblemView] | UnsetType = UNSET


def problem_view(found: Problem) -> ProblemView:
    """Return the view of a problem."""
    if isinstance(found.place, Place):
        place = found.place
        return ProblemView(str(place), found.sentence, place.line, place.column)
    return ProblemView(found.place, found.sentence)
