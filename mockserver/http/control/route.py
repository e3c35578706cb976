"""One route of the control plane, as the table of routes declares it and the OpenAPI document tells it."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct
from starlette.types import ASGIApp

from mockserver.http.control.visit import LONGEST_PAGE, MOST, PAGE, Visit


class Raw(Struct, frozen=True):
    """An answer that is written already, such as a document."""

    body: bytes
    content_type: bytes = b"application/json"


class Stream(Struct, frozen=True):
    """An answer that sends itself, for as long as its client listens."""

    play: ASGIApp


class Parameter(Struct, frozen=True):
    """One parameter of a query: what it is called, what it selects, and the JSON Schema of its value."""

    name: str
    about: str
    schema: Mapping[str, object]


TEXT: Final = {"type": "string"}
"""The schema of any text."""


def up_to(most: int) -> dict[str, object]:
    """Return the schema of a whole number from 0."""
    return {"type": "integer", "minimum": 0, "maximum": most}


SINCE: Final = Parameter("since", "Only those whose number is higher: `next` of the page before.", up_to(MOST))
LIMIT: Final = Parameter("limit", f"How many at most; {PAGE} where it is absent.", up_to(LONGEST_PAGE))
ACCOUNT: Final = Parameter("account", "Only those of the account with this e-mail address.", TEXT)


class Route(Struct, frozen=True, kw_only=True):
    """One method of one path.

    `name` is what clients in other languages call it. `answer` returns a view, to be written as JSON, or one of the
    above. `errors` are the statuses beside those of every route: 400, 403, 405, and 401 where there is a control token.
    """

    name: str
    method: str
    path: str
    answer: Callable[[Visit], object]
    summary: str
    body: type[Struct] | None = None
    view: type | None = None
    media_type: str = "application/json"
    parameters: tuple[Parameter, ...] = ()
    success: int = 200
    errors: tuple[int, ...] = ()
