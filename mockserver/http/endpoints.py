"""The declaration of an endpoint, and the routes of Starlette that lead to it.

The code and the OpenAPI documents read the same declarations.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from msgspec import Struct
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

JSON: Final = "application/json"

Schema = dict[str, Any]
"""A piece of an OpenAPI document."""

TEXT: Final[Schema] = {"type": "string"}
"""The schema of any text."""


class Parameter(Struct, frozen=True):
    """One parameter of a query."""

    name: str
    about: str | None
    """A sentence about the values; None where the name says it all."""
    schema: Schema | type
    """The JSON Schema of a value, or the type whose component it is."""
    required: bool = False


class Endpoint(Struct, frozen=True, kw_only=True, dict=True):
    """One method of one path, as both applications declare it."""

    method: str
    path: str
    """The path without the prefix of a world; a placeholder such as `{id}` stands for one segment of any text."""
    summary: str
    body: type[Struct] | None = None
    """The struct that reads the request's body; None where the endpoint takes none."""
    view: type | None = None
    """The type of the answer; None where the answer is not a declared piece of JSON."""
    success: int = 200
    errors: tuple[int, ...] = ()
    """The statuses of refusals beside those that every endpoint of the application has."""


# Not one or two dots: those are steps within a path, which many a client takes before it sends it. No look-ahead: the
# OpenAPI documents carry this pattern, and some generators of clients use engines that have none.
WORLD: Final = re.compile(
    r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}|\.[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}|\.\.[A-Za-z0-9._-]{1,62}"
)
"""The name of a world. The client, which imports nothing of the server, has a copy; a test compares the two."""

NAMES: Final = "1 to 64 letters, digits, `.`, `_` and `-`, but not one or two dots alone"
"""The same in words."""


E = TypeVar("E", bound=Endpoint)


def at(method: str, path: str, declared: Callable[..., E]) -> E:
    """Return an endpoint, declared beside its handler, at its place among the URLs."""
    return declared(method=method, path=path)


def by_path(endpoints: Iterable[E]) -> dict[str, dict[str, E]]:
    """Return endpoints by path and method, paths without placeholders first: they are matched in this order."""
    paths: dict[str, dict[str, E]] = {}
    for each in sorted(endpoints, key=lambda each: "{" in each.path):
        paths.setdefault(each.path, {})[each.method] = each
    return paths


class Path(Route):
    """A route that ends where its path ends: Starlette's own also take a path with a newline behind it."""

    def __init__(self, path: str, endpoint: Callable[..., object], methods: Iterable[str] | None = None) -> None:
        super().__init__(path, endpoint, methods=None if methods is None else [*methods])
        self.path_regex = re.compile(self.path_regex.pattern.removesuffix("$") + r"\Z", re.DOTALL)


class EachWorld(Mount):
    """The same paths once more behind `/w/NAME`, where NAME may be the name of a world; the path may be any text.

    Starlette has one table of converters for a whole process, which may be that of another Starlette application.
    So the name is put into this pattern alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__("/w/{world}", app)
        self.path_regex = re.compile(rf"/w/(?P<world>{WORLD.pattern})/(?P<path>.*)\Z", re.DOTALL)
