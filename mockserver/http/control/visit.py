"""One request to the control plane: the world it steers, and what was sent, read strictly or refused with sentences."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from mockserver.core.document import Node, Problem, from_json, nearest, quoted, shortened
from mockserver.core.errors import ApiError, Flaw, Invalid, NotFound
from mockserver.http.document import parsed
from mockserver.http.request import Request
from mockserver.http.routing import split
from mockserver.http.tunnel import Tunnels
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT, Worlds

T = TypeVar("T", bound=Struct)

LONGEST_PAGE = 1000
"""Entries of the longest page."""

MOST = 10**12
"""The highest number that a query may name."""

PAGE = 100
"""Entries of a page where nobody says how many."""


class Faulty(ApiError):
    """Name everything that is wrong with what was sent, each with its place."""

    status = 400
    phrase = "Bad request"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


class Visit:
    """A request that has been let in: `name` is the world that it steers, `ids` what its path names."""

    def __init__(self, worlds: Worlds, tunnels: Tunnels, request: Request, ids: Mapping[str, str]) -> None:
        self.worlds = worlds
        self.tunnels = tunnels
        self.request = request
        self.ids = ids
        self.prefix, _ = split(request.path)
        self.name = self.prefix or DEFAULT

    @property
    def world(self) -> World:
        """The world that it steers, made if it is not there, its clock read; Unavailable if it is one too many."""
        world = self.worlds.find(self.name)
        world.clock.read()
        return world

    def body(self, kind: type[T]) -> T:
        """Return the JSON in the body as a value of this type, an empty body as an empty object; Faulty if it is none.

        Everything wrong with it is told at once, unknown keys too.
        """
        # Not at the top: it brings the introspection library, which a server needs only when it is steered.
        from mockserver.language.decode import decode

        decoded = decode(self.document(), kind)
        if decoded.problems or decoded.value is None:
            raise Faulty(decoded.problems)
        return decoded.value

    def document(self) -> Node:
        """Return the JSON in the body, an empty body as an empty object; Invalid if it is none, or has a key twice."""
        text = self.request.body or b"{}"
        value = parsed(text)
        # The decoder takes the last of two equal keys; nobody means that.
        json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str)
        return from_json(value)

    def only(self, *known: str) -> Mapping[str, str]:
        """Return the parameters of the query; Invalid if one is none of these, or given twice."""
        query = self.request.query
        strangers = [name for name in query if name not in known]
        if strangers:
            raise Invalid(*(Flaw(shortened(name), _meant(name, known), "query") for name in strangers))
        return query

    def number(self, name: str, default: int, most: int = MOST) -> int:
        """Return a parameter that is a whole number from 0 to `most`; Invalid if it is none."""
        text = self.request.query.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= 15 and int(text) <= most):
            raise Invalid(Flaw(name, f"expected a whole number from 0 to {most}, found {quoted(text)}", "query"))
        return int(text)

    def id(self) -> int:
        """Return the number that the path names; NotFound if it is none."""
        text = self.ids["id"]
        if not (text.isascii() and text.isdecimal() and len(text) < 18):
            raise NotFound(f"expected a number in the path, found {quoted(text)}")
        return int(text)


def _once(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) < len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise Invalid(Flaw("", f"duplicate key {quoted(twice)}; keep one of them"))


def _meant(name: str, known: Iterable[str]) -> str:
    valid = tuple(known)
    near = nearest(name, valid)
    if near:
        return f"unknown parameter; did you mean {near}?"
    return f"unknown parameter; expected {', '.join(valid)}" if valid else "unknown parameter; this route takes none"
