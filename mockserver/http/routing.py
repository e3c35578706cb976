"""From a path to what stands there: a look-up for fixed paths, a pattern for those that name something."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, Generic, Protocol, TypeVar


class Routed(Protocol):
    """What stands at a path and answers a method there."""

    @property
    def path(self) -> str:
        """The path; a placeholder such as `{id}` stands for one segment, whatever is in it."""

    @property
    def method(self) -> str:
        """The method."""


R = TypeVar("R", bound=Routed)

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


class Routes(Generic[R]):
    """Every path that one application answers on."""

    def __init__(self, routed: Iterable[R]) -> None:
        paths: dict[str, dict[str, R]] = {}
        for each in routed:
            paths.setdefault(each.path, {})[each.method] = each
        self._fixed = {path: methods for path, methods in paths.items() if "{" not in path}
        self._patterns = [(_pattern(path), methods) for path, methods in paths.items() if "{" in path]

    def match(self, path: str) -> tuple[Mapping[str, R] | None, Mapping[str, str]]:
        """Return what stands at a path by method, None where nothing does, and what its placeholders stand for."""
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
