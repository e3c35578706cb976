"""Where a path leads in a table of endpoints."""

from collections.abc import Iterable, Mapping
from typing import Any, Generic, NamedTuple

from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from mockserver.http.endpoints import E, EachWorld, Path, by_path


async def unused(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand for an application that is found, and not called."""


class Found(NamedTuple, Generic[E]):
    """The endpoints of a path by method, none where it leads nowhere, and the texts of its placeholders."""

    methods: Mapping[str, E]
    ids: dict[str, Any]


class Table(Generic[E]):
    """A table of endpoints, as the server has it: bare, and behind the prefix of each world."""

    def __init__(self, endpoints: Iterable[E]) -> None:
        self._paths = [(Path(path, unused), methods) for path, methods in by_path(endpoints).items()]

    def find(self, path: str) -> Found[E]:
        scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
        scope.update(EachWorld(unused).matches(scope)[1])
        for route, methods in self._paths:
            match, child = route.matches(scope)
            if match is not Match.NONE:
                return Found(methods, child["path_params"])
        return Found({}, {})


def world_of(path: str) -> str | None:
    """Return the world whose prefix a path has, None where it has none."""
    match, child = EachWorld(unused).matches({"type": "http", "path": path, "root_path": ""})
    return None if match is Match.NONE else str(child["path_params"]["world"])
