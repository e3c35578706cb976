"""From a path to what stands there: a look-up for fixed paths, a pattern for those that name something."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from mockserver.http.call import Endpoint

Methods = Mapping[str, Endpoint]
"""The endpoints of one path, by method."""

_PREFIX: Final = re.compile(r"/w/([A-Za-z0-9._-]{1,64})(?=/)")
_NOTHING: Final[Mapping[str, str]] = {}


class Routes:
    """Every path of the emulated API. A placeholder such as `{id}` stands for one segment, whatever is in it."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        paths: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            paths.setdefault(endpoint.path, {})[endpoint.method] = endpoint
        self._fixed = {path: methods for path, methods in paths.items() if "{" not in path}
        self._patterns = [(_pattern(path), methods) for path, methods in paths.items() if "{" in path]

    def match(self, path: str) -> tuple[Methods | None, Mapping[str, str]]:
        """Return the endpoints of a path, None where there is no such path, and what its placeholders stand for."""
        methods = self._fixed.get(path)
        if methods is not None:
            return methods, _NOTHING
        for pattern, methods in self._patterns:
            if match := pattern.fullmatch(path):
                return methods, match.groupdict()
        return None, _NOTHING


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def split(path: str, default: str) -> tuple[str, str]:
    """Return the name of the world that a path's prefix chooses, `default` without one, and the path without prefix."""
    match = _PREFIX.match(path) if path.startswith("/w/") else None
    return (match[1], path[match.end() :]) if match else (default, path)
