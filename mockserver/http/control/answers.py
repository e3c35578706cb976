"""The answers of the control plane: views, written bytes, and refusals."""

from collections.abc import Iterable
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from mockserver.core.document import Place, Problem
from mockserver.core.errors import ApiError
from mockserver.core.redaction import Headers
from mockserver.core.wording import printable, written_json

HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""The headers of every answer: no cache keeps it, no browser guesses its type, no other origin shows it."""


class ProblemView(Struct, frozen=True):
    """A mistake and its place. `line` and `column` give the place in YAML."""

    place: str
    sentence: str
    line: int | UnsetType = UNSET
    column: int | UnsetType = UNSET


class Refusal(Struct, frozen=True):
    """A refusal. `detail` is the reason, and `problems` lists the mistakes in the body, each with its place."""

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
    """An answer whose bytes are given, such as a document."""

    body: bytes
    content_type: bytes = b"application/json"


def written(body: bytes, status: int, content_type: bytes = b"application/json", own: Headers = ()) -> Response:
    """Return a response. The headers that every answer has come first, then its own."""
    length = (b"content-length", b"%d" % len(body))
    headers = ((b"content-type", content_type), length, *HEADERS, *own)
    return Response(body, status, {name.decode("latin-1"): value.decode("latin-1") for name, value in headers})


def refused(error: ApiError) -> Response:
    """Return the response that tells of an error."""
    detail = error.detail
    if error.hint is not None:
        # It has no header of its own here, and says more than a bare phrase does.
        detail = error.hint if detail == error.phrase else f"{detail}; {error.hint}"
    problems = [problem_view(problem) for problem in error.problems] if isinstance(error, Faulty) else UNSET
    headers = tuple((name.encode(), value.encode()) for name, value in error.headers)
    return written(written_json(Refusal(detail, problems)), error.status, own=headers)
