"""One request to the control plane, read strictly, and the declaration of the endpoints that answer it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec import Struct

from mockserver.core.document import Node, from_json
from mockserver.core.errors import Flaw, Invalid, NotFound
from mockserver.core.wording import nearest, quoted, shortened
from mockserver.http.control.answers import Faulty
from mockserver.http.control.reading import Readings
from mockserver.http.endpoints import JSON, TEXT, Endpoint, Parameter, Schema
from mockserver.http.request import Request, parsed, whole_number
from mockserver.http.tunnel import Tunnels
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT, Worlds

if TYPE_CHECKING:
    from mockserver.language.decode import Decoded

T = TypeVar("T", bound=Struct)
V = TypeVar("V")

LONGEST_PAGE = 1000
"""Entries of the longest page."""

MOST = 10**12
"""The highest number that a query may name."""

SHORT: Final = 16 * 1024
"""Bytes of a body that is read in the event loop; a longer one is read in a thread."""

_QUERY_DIGITS: Final = 15
"""Digits of a number in a query that are read, leading zeros too."""

MOST_VALUES: Final = 200_000
"""Values that a body may have: a fault may have 100 conditions of 1,000 values."""

_CHANGE_BYTES: Final = 1_000
"""Bytes that a recorded change takes in memory beside the body of its request."""

PAGE = 100
"""Entries of a page where the query does not say how many."""


class Server(Struct, frozen=True):
    """The parts of the server that the control plane shows and steers."""

    worlds: Worlds
    tunnels: Tunnels
    places: Mapping[str, str]
    """The paths that `GET /` lists, by the word for each."""
    readings: Readings
    """Reads the scenarios that are sent."""


class ControlRequest:
    """One request that the guard has let in."""

    def __init__(self, server: Server, sent: Request, ids: Mapping[str, str]) -> None:
        self.worlds = server.worlds
        self.tunnels = server.tunnels
        self.places = server.places
        self.readings = server.readings
        self.sent = sent
        self.ids = ids
        """The placeholders of the endpoint's path, with the texts that stand there."""
        self.prefix = sent.prefix
        """The world that the prefix of the path chooses; None without a prefix."""
        self.name = self.prefix or DEFAULT
        """The world that the request steers."""
        self._decoded: dict[type, Decoded[Any]] = {}

    def open_world(self) -> World:
        """Return the world that the request steers, after its clock is read.

        A request that changes the world makes it first if necessary.

        Raises NotFound if the request only reads and there is no such world, Unavailable if there are too many.
        """
        if self.sent.method in ("GET", "HEAD") and self.worlds.there(self.name) is None:
            raise NotFound(
                f"there is no world {self.name} yet; the first request to its API makes it,"
                f" or POST /w/{self.name}/__mock/reset"
            )
        world = self.worlds.find(self.name)
        world.clock.read()
        return world

    def steer(self, change: Callable[[World], V]) -> V:
        """Change the world that the request steers, and record the change for the world's past.

        Returns the result of `change`. The change may use only the world and the values of this request, because
        it may be made again in a copy of the world.
        """
        world = self.open_world()
        if world.recorder is not None:
            world.recorder.prepare(world)
        result = change(world)
        if world.recorder is not None:
            world.recorder.record(world, partial(_again, change), len(self.sent.body) + _CHANGE_BYTES)
        return result

    def decoded(self, kind: type[T]) -> "Decoded[T]":
        """Return the JSON in the body as a value of this type, with all mistakes in it."""
        # Not at the top: it loads the introspection library, which only steering needs.
        from mockserver.language.decode import decode

        if kind not in self._decoded:
            self._decoded[kind] = decode(self.document(), kind)
        return self._decoded[kind]

    def body(self, kind: type[T]) -> T:
        """Return the JSON in the body as a value of this type. An empty body is read as an empty object.

        Raises Faulty with all mistakes in the body, unknown keys included.
        """
        decoded = self.decoded(kind)
        if decoded.problems or decoded.value is None:
            raise Faulty(decoded.problems)
        return decoded.value

    def document(self) -> Node:
        """Return the JSON in the body. An empty body is read as an empty object.

        Raises Invalid if the body is no JSON object, or has a key twice.
        """
        text = self.sent.body or b"{}"
        value = parsed(text, MOST_VALUES)
        # The decoder would take the last of two equal keys, and hide the mistake.
        json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str)
        return from_json(value)

    def only(self, *known: str) -> Mapping[str, str]:
        """Return the parameters of the query. Raises Invalid if one is unknown, or given twice."""
        query = self.sent.query
        strangers = [name for name in query if name not in known]
        if strangers:
            raise Invalid(*(Flaw(shortened(name), _meant(name, known), "query") for name in strangers))
        return query

    def number(self, name: str, default: int, most: int = MOST) -> int:
        """Return a parameter as a whole number from 0 to `most`. Raises Invalid if it is no such number."""
        text = self.sent.query.get(name)
        if text is None:
            return default
        number = whole_number(text, _QUERY_DIGITS)
        if number is None or number > most:
            raise Invalid(Flaw(name, f"expected a whole number from 0 to {most}, found {quoted(text)}", "query"))
        return number

    def id(self) -> int:
        """Return the number that the path names; raises NotFound if it is none."""
        text = self.ids["id"]
        number = whole_number(text)
        if number is None:
            raise NotFound(f"expected a number in the path, found {quoted(text)}")
        return number


def _again(change: Callable[[World], object], world: World) -> None:
    world.clock.read()
    change(world)


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


def up_to(most: int) -> Schema:
    """Return the schema of a whole number from 0."""
    return {"type": "integer", "minimum": 0, "maximum": most}


SINCE: Final = Parameter("since", "Only those whose number is higher: `next` of the page before.", up_to(MOST))
LIMIT: Final = Parameter("limit", f"How many at most; {PAGE} where it is absent.", up_to(LONGEST_PAGE))
ACCOUNT: Final = Parameter("account", "Only those of the account with this e-mail address.", TEXT)


class ControlEndpoint(Endpoint, frozen=True, kw_only=True):
    """One endpoint of the control plane."""

    name: str
    """The name of the operation in the OpenAPI document, and so in clients of other languages."""
    word: str | None = None
    """The key under which `GET /` lists the endpoint, if not its name."""
    answer: Callable[[ControlRequest], object]
    """The function that returns a view, to be written as JSON, or `Raw` or `Stream`; or an awaitable of one."""
    prepare: Callable[[], object] | None = None
    """What takes long at the first request, such as an import: it is done in a thread before the first answer."""
    media_type: str = JSON
    parameters: tuple[Parameter, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether `GET /` lists the endpoint: it can be read, and its path has no placeholder."""
        return self.method == "GET" and "{" not in self.path and self.path != "/"


def places(endpoints: Iterable[ControlEndpoint]) -> dict[str, str]:
    """Return the paths of all endpoints that `GET /` lists, by the word for each."""
    return {each.word or each.name: each.path for each in endpoints if each.listed}
