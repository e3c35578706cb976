"""The declaration of an endpoint, and the way from a path to it.

The code and the OpenAPI documents read the same declarations. A fixed path is looked up, one with placeholders is
matched.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

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


E = TypeVar("E", bound=Endpoint)

# Not one or two dots: those are steps within a path, which many a client takes before it sends it. No look-ahead: the
# OpenAPI documents carry this pattern, and some generators of clients use engines that have none.
WORLD: Final = re.compile(
    r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}|\.[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}|\.\.[A-Za-z0-9._-]{1,62}"
)
"""The name of a world. The client, which imports nothing of the server, has a copy; a test compares the two."""

NAMES: Final = "1 to 64 letters, digits, `.`, `_` and `-`, but not one or two dots alone"
"""The same in words."""

_PREFIX: Final = re.compile(rf"/w/({WORLD.pattern})(?=/)")
_NOTHING: Final[Mapping[str, str]] = {}


class Routes(Generic[E]):
    """Every path that one application answers on."""

    def __init__(self, endpoints: Iterable[E]) -> None:
        paths: dict[str, dict[str, E]] = {}
        for each in endpoints:
            paths.setdefault(each.path, {})[each.method] = each
        self._fixed = {path: methods for path, methods in paths.items() if "{" not in path}
        self._patterns = [(_pattern(path), methods) for path, methods in paths.items() if "{" in path]

    def match(self, path: str) -> tuple[Mapping[str, E] | None, Mapping[str, str]]:
        """Return the endpoints at a path by method, None where there are none, and the texts of its placeholders."""
        methods = self._fixed.get(path)
        if methods is not None:
            return methods, _NOTHING
        for pattern, methods in self._patterns:
            if match := pattern.fullmatch(path):
                return methods, match.groupdict()
        return None, _NOTHING


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def split(path: str) -> tuple[str | None, str]:
    """Return the name of the world that a path's prefix chooses, None without one, and the path without prefix."""
    match = _PREFIX.match(path) if path.startswith("/w/") else None
    return (match[1], path[match.end() :]) if match else (None, path)
