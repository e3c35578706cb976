"""A request as it came over the wire, parsed only as far as something asks for it."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import parse_qsl

from msgspec import DecodeError, Struct
from msgspec.json import Decoder
from starlette.types import Receive, Scope

from mockserver.core import token
from mockserver.core.errors import Flaw, Invalid
from mockserver.core.redaction import Headers, harmless
from mockserver.core.wording import shortened
from mockserver.http.wire import connection

MOST_FIELDS: Final = 100
"""Fields of a form, and parameters of a query, that are read."""


FORM: Final = "application/x-www-form-urlencoded"
"""The type of a form's body."""

MOST_HEADERS: Final = 100
HEADER_LIMIT: Final = 32 * 1024
"""Headers that a request may have, and bytes in them."""


MOST_ESCAPES: Final = 10_000
"""Escapes such as `%41` in a form or a query that are read."""

# Digits of a Content-Length that is converted: Python refuses thousands of them.
_MOST_DIGITS: Final = 18


def whole_number(text: str, digits: int = 17) -> int | None:
    """Return the number that a text is, of at most so many ASCII digits; None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


class ClientGone(Exception):
    """The client went away before its request was complete, so that no answer can reach it."""


class Head(Struct, frozen=True):
    """The headers of a request."""

    values: Mapping[bytes, bytes]
    """The values by name in lower case; of a repeated header the last one counts."""
    bearer: str | None
    """The token; None where the request has none."""
    world: str | None
    """The world that the token claims to be of."""
    repeated: frozenset[bytes]
    """The names of headers that came more than once although one of them decides, in lower case."""
    harmless: Headers
    """The headers without their secrets, for the journal."""


class Oversized(Exception):
    """The headers of a request are over the limit."""


@lru_cache(maxsize=256)
def head(headers: Headers) -> Head:
    """Read the headers of a request; raises Oversized if they are over the limit.

    A client sends the same ones again and again, so the last are remembered.
    """
    if oversized(headers):
        raise Oversized
    values = dict(headers)
    names = Counter(name for name, _ in headers if name in _SINGLE)
    repeated = frozenset(name for name, times in names.items() if times > 1)
    scheme, _, credentials = values.get(b"authorization", b"").partition(b" ")
    single = scheme.lower() == b"bearer" and b"authorization" not in repeated
    bearer = credentials.strip().decode("latin-1") if single else None
    world = None if bearer is None else token.world(bearer)
    return Head(values, bearer, world, repeated, harmless(headers))


_SINGLE: Final = frozenset((b"authorization", b"content-type", b"content-encoding"))


def oversized(headers: Headers) -> bool:
    """Tell whether headers are over the limit."""
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
    return size > HEADER_LIMIT or len(headers) > MOST_HEADERS


_KEPT: Final = frozenset(("type", "scheme", "server", "path", "raw_path", "query_string", "root_path", "path_params"))
"""The parts of a scope that are read after its request has come."""


class Request:
    """One request as it came over the wire. Headers over the limit are not read at all.

    Starlette's `Request` reads bodies without a limit, and takes the last of two equal parameters.
    """

    body = b""
    oversized = False
    """Whether the body is over the limit, and was not read."""

    def __init__(self, scope: Scope) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        line = connection(scope)
        self.oversized_head = line is not None and line.oversized
        self.headers: Headers = () if self.oversized_head else tuple(scope["headers"])
        try:
            self.head = head(self.headers)
        except Oversized:
            self.oversized_head, self.headers, self.head = True, (), head(())
        self.client: tuple[str, int] | None = scope.get("client")
        self.ids: Mapping[str, str] = scope.get("path_params") or {}
        """The placeholders of the path, with the texts that stand there."""
        self.prefix: str | None = self.ids.get("world")
        """The world that the path begins with; None without a prefix."""
        self._values = self.head.values
        self.scope = scope

    def kept(self) -> "Request":
        """Return a copy that keeps no connection, to be answered again later."""
        kept = copy(self)
        kept.scope = {key: value for key, value in self.scope.items() if key in _KEPT}
        return kept

    @property
    def weight(self) -> int:
        """The bytes that a kept request takes in memory, by estimate. A poll was measured to take 1,900."""
        return 3_000 + len(self.body) + len(self.target)

    @property
    def announces_body(self) -> bool:
        """Whether a body is to come; without one there is nothing to wait for."""
        return b"content-length" in self._values or b"transfer-encoding" in self._values

    def announces_at_most(self, limit: int) -> bool:
        """Tell whether the length of the body is known, and at most `limit` bytes."""
        announced = self._values.get(b"content-length")
        return announced is not None and not _over(announced, limit)

    async def read(self, receive: Receive, limit: int) -> None:
        """Take in the body, up to `limit` bytes; raises ClientGone if the client does not send all of it."""
        announced = self._values.get(b"content-length")
        if announced is not None and _over(announced, limit):
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
    def address(self) -> str:
        """The address that the request came from."""
        return self.client[0] if self.client else ""

    @property
    def scheme(self) -> str:
        """The scheme that the client used."""
        return str(self.scope["scheme"])

    @property
    def target(self) -> bytes:
        """Path and query as they were sent."""
        query = self.scope["query_string"]
        path: bytes = self.scope.get("raw_path") or self.path.encode()
        return path + b"?" + query if query else path

    @property
    def origin(self) -> str:
        """The scheme and host that the client used."""
        host = self.header(b"host")
        if not host:
            address, port = self.scope["server"]
            host = f"{address}:{port}"
        return f"{self.scope['scheme']}://{host}"

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query; raises Invalid if one is given twice, or if they are too many."""
        return once(self._pairs, "query")

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        text = self.scope["query_string"].decode("latin-1")
        try:
            return _fields(text, errors="replace")
        except ValueError as error:
            sentence = f"expected at most {MOST_FIELDS} query parameters and {MOST_ESCAPES:,} escapes"
            raise Invalid(Flaw("", sentence, "query")) from error

    @property
    def media_type(self) -> str:
        """The type of the body, without parameters; empty where none was sent."""
        return (self.header(b"content-type") or "").partition(";")[0].strip().lower()

    @cached_property
    def document(self) -> Mapping[str, object]:
        """The JSON object in the body; raises Invalid if it is none."""
        return parsed(self.body)

    @cached_property
    def form(self) -> list[tuple[str, str]]:
        """The fields of the URL-encoded form in the body; raises Invalid if it is none."""
        try:
            return _fields(self.body.decode("ascii"), errors="strict")
        except ValueError as error:
            most = f"{MOST_FIELDS} fields and {MOST_ESCAPES:,} escapes"
            sentence = f"expected a URL-encoded form of at most {most} in UTF-8"
            raise Invalid(Flaw("", sentence)) from error

    @property
    def parameters(self) -> Mapping[str, object]:
        """The parameters of the query, for conditions; empty if the query cannot be read, which refuses no request."""
        with suppress(Invalid):
            return dict(self._pairs)
        return {}

    @cached_property
    def fields(self) -> Mapping[str, object]:
        """The fields of the body, for conditions; empty if the body cannot be read, which refuses no request."""
        with suppress(Invalid):
            return self.document if self.media_type == "application/json" else dict(self.form)
        return {}


def _fields(text: str, errors: str) -> list[tuple[str, str]]:
    """Return the pairs of a form or a query; raises ValueError if they are too many, or have too many escapes."""
    if text.count("%") > MOST_ESCAPES:
        msg = "too many escapes"
        raise ValueError(msg)
    return parse_qsl(text, keep_blank_values=True, errors=errors, max_num_fields=MOST_FIELDS)


def _over(announced: bytes, limit: int) -> bool:
    """Tell whether a Content-Length is over the limit; a number too long to be converted is."""
    digits = announced.lstrip(b"0")
    return len(digits) > _MOST_DIGITS or int(digits or b"0") > limit


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


# JSON from the wire

DEEPEST: Final = 64
"""Levels of nesting that a body may have."""

MOST_VALUES: Final = 10_000
"""Values that a body may have, those within others too."""

_MOST_BACKSLASHES: Final = 100_000
"""Backslashes of a body that is searched for the ends of its strings."""

_object: Final = Decoder(dict[str, object])
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def parsed(text: bytes, most: int = MOST_VALUES) -> dict[str, object]:
    """Return the object that a text is; raises Invalid if it is none, nested too deeply, or has too many values.

    All that is done before the bounds are checked takes the time of some searches for a byte.
    """
    if _separators(text) > most:
        _require_few_values(text, most)
    try:
        value = _object.decode(text)
    except RecursionError as error:
        raise Invalid(_too_much(most)) from error
    except (DecodeError, UnicodeDecodeError) as error:
        raise Invalid(_too_large(text) or Flaw("", f"expected a JSON object: {error}")) from error
    if text.count(b"[") + text.count(b"{") > DEEPEST and _deeper(value, DEEPEST):
        raise Invalid(_too_much(most))
    return value


def _too_much(most: int) -> Flaw:
    return Flaw("", f"expected JSON of at most {DEEPEST} levels and {most:,} values")


def _separators(text: bytes) -> int:
    """Return how many characters may begin a further value, those within strings too."""
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def _require_few_values(text: bytes, most: int) -> None:
    """Refuse a text with too many values: it is counted again, without its strings."""
    escapes = text.count(b"\\")
    bare, strings = _STRING.subn(b"", text, count=2 * most + 1) if escapes <= _MOST_BACKSLASHES else (text, 0)
    if strings > 2 * most or _separators(bare) > most:
        raise Invalid(_too_much(most))


def _deeper(value: object, levels: int) -> bool:
    """Tell whether a value is nested more deeply than so many levels."""
    if isinstance(value, dict):
        return levels == 0 or any(_deeper(inside, levels - 1) for inside in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_deeper(inside, levels - 1) for inside in value)
    return False


class _Large(str):
    """A number, as written, that is too large to be converted."""

    __slots__ = ()


def _number(text: str) -> str | None:
    return _Large(text) if math.isinf(float(text)) else None


def _too_large(text: bytes) -> Flaw | None:
    """Return where the first number stands that is too large; None where that is not why the text cannot be read."""
    try:
        value = json.loads(text, parse_int=_number, parse_float=_number)
    except (ValueError, RecursionError):
        return None
    return next((Flaw(path, _sentence(large)) for path, large in _numbers(value, "")), None)


def _sentence(number: str) -> str:
    return f"the number {shortened(number)} is too large; put a text in quotes"


def _numbers(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield each number that is too large, with the keys and indices that lead to it."""
    if isinstance(value, _Large):
        yield path, value
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from _numbers(inside, f"{path}.{shortened(key)}" if path else shortened(key))
    elif isinstance(value, list):
        for i, inside in enumerate(value):
            yield from _numbers(inside, f"{path}[{i}]")
