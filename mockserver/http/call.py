"""One request on its way, and the answer to it: plain values between the wire and the handlers."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl

from msgspec import UNSET, Struct
from starlette.types import Receive, Scope

from mockserver.core.account import Account
from mockserver.core.errors import Flaw, Invalid, NotFound
from mockserver.core.generation import Generation
from mockserver.core.operation import Operation
from mockserver.journal import Headers
from mockserver.world import Caller, World

JSON: Final = b"application/json"


class ClientGone(Exception):
    """The client went away before its request was complete: there is nobody to answer."""


class Request:
    """What came over the wire. Header names are lower case; of a repeated header the last one counts."""

    def __init__(self, scope: Scope) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: Headers = tuple(scope["headers"])
        self._values = dict(self.headers)
        self.body = b""
        self.oversized = False
        self._scope = scope

    async def read(self, receive: Receive, limit: int) -> None:
        """Take in the body, up to `limit` bytes; ClientGone if the client does not send all of it."""
        announced = self._values.get(b"content-length")
        if announced is None and b"transfer-encoding" not in self._values:
            return
        if announced is not None and int(announced) > limit:
            self.oversized = True
            return
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            self.oversized = size > limit
            more = message.get("more_body", False) and not self.oversized
        self.body = b"".join(parts)

    def header(self, name: bytes) -> str | None:
        """Return the value of a header, None where it was not sent."""
        value = self._values.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def bearer(self) -> str | None:
        """The token or key of the `Authorization` header, None where there is none of that kind."""
        scheme, _, value = self._values.get(b"authorization", b"").partition(b" ")
        return value.strip().decode("latin-1") if scheme.lower() == b"bearer" else None

    @property
    def target(self) -> bytes:
        """Path and query as they were sent."""
        query = self._scope["query_string"]
        path: bytes = self._scope.get("raw_path") or self.path.encode()
        return path + b"?" + query if query else path

    @property
    def origin(self) -> str:
        """The scheme and host that the client used."""
        host = self.header(b"host")
        if not host:
            address, port = self._scope["server"]
            host = f"{address}:{port}"
        return f"{self._scope['scheme']}://{host}"

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query; Invalid if one is given twice, or if they are too many."""
        try:
            pairs = parse_qsl(self._scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=100)
        except ValueError as error:
            raise Invalid(Flaw("", "expected at most 100 query parameters", "query")) from error
        return once(pairs, "query")


def once(pairs: list[tuple[str, str]], source: str) -> Mapping[str, str]:
    """Return pairs as a mapping; Invalid names the keys that are given more than once."""
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise Invalid(
            *(Flaw(name, "given more than once", "query" if source == "query" else "body") for name in repeated)
        )
    return values


class Answer(Struct, frozen=True):
    """What goes over the wire; `place` is the rule that scripted it, `hint` a word to the person behind the client."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Headers = ()
    place: str = ""
    hint: str | None = None


class Call:
    """One request that reached an endpoint: its world and number, and what has been identified of it."""

    def __init__(
        self, world: World, number: int, request: Request, endpoint: "Endpoint", ids: Mapping[str, str]
    ) -> None:
        self.world = world
        self.number = number
        self.request = request
        self.endpoint = endpoint
        self.ids = ids
        self.origin = request.origin
        bearer = request.bearer if endpoint.protected else None
        self.caller: Caller | None = None if bearer is None else world.caller(bearer)
        self.subject: Generation | None = world.generations.get(self._id)

    @property
    def _id(self) -> int:
        text = self.ids.get("id", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0

    @property
    def asks(self) -> Generation | None:
        """The generation that its owner asks for, whether or not the token is still good; else None."""
        generation = self.subject
        if generation is None or self.caller is None or generation.deleted:
            return None
        return generation if generation.owner == self.caller.account.id else None

    @property
    def account(self) -> Account:
        """The caller's account; Unauthorized where there is none."""
        return self.world.admit(self.caller)

    @property
    def generation(self) -> Generation:
        """The generation that the path names; NotFound unless it is there for the caller."""
        if self.subject is None:
            raise NotFound("Generation not found")
        return self.world.find(self.account, self.subject.id)

    def fact(self, key: str) -> object:
        """Return what the request has under a key of `when`, but for its order; UNSET where it has no such thing."""
        kind, _, name = key.partition(".")
        if kind == "header":
            value = self.request.header(name.encode())
            return UNSET if value is None else value
        if kind == "query":
            return self.request.query.get(name, UNSET)
        if key == "account" and self.caller is not None:
            return self.caller.account.email
        return UNSET


class Endpoint(Struct, frozen=True, kw_only=True):
    """One method of one path: what it is called, what answers it, and what its documentation says.

    `documented` tells an answer that the reference publishes from one that is assumed, `source` says which part is
    what. `errors` are the statuses beside 405 and 413, which any can answer with. `body` and `view` are what it takes
    and gives, None where that is no JSON; `form` says that the body is a form instead.
    """

    operation: Operation
    method: str
    path: str
    answer: Callable[[Call], Answer]
    protected: bool = True
    documented: bool = False
    success: int = 200
    errors: tuple[int, ...] = ()
    summary: str
    source: str
    body: type[Struct] | None = None
    form: bool = False
    view: type | None = None
