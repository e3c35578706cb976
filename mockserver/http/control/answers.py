"""The answers of the control plane: views, written bytes, streams and refusals."""

from collections.abc import Iterable
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from starlette.types import ASGIApp

from mockserver.core.document import Place, Problem
from mockserver.core.errors import ApiError
from mockserver.core.wording import printable

HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""The headers of every answer: no cache keeps it, no browser guesses its type, no other origin shows it."""


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
        return ProblemView(printable(str(place)), printable(found.sentence), place.line, place.column)
    return ProblemView(printable(found.place), printable(found.sentence))


class Faulty(ApiError):
    """Refuse a body with a list of all its problems, each with its place."""

    status = 400
    phrase = "Bad request"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


class Raw(Struct, frozen=True):
    """An answer that is written already, such as a document."""

    body: bytes
    content_type: bytes = b"application/json"


class Stream(Struct, frozen=True):
    """An answer that sends itself, for as long as its client listens."""

    play: ASGIApp
