"""Requests to the control plane: JSON out, values in, and refusals as errors. This module opens no socket."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote, urlencode

from mockserver.client.errors import ControlError, Problem, Unreachable, refusal
from mockserver.client.given import json_text, text, world_name
from mockserver.client.reading import T, read

HEALTH: Final = "/__mock/health"
JSON: Final = "application/json"

DEFAULT: Final = "default"
"""The world of a path without prefix."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `target` is the path with its query. `media_type` is the body's."""

    method: str
    target: str
    body: bytes | None = None
    media_type: str = JSON
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type of the body; empty if the answer has none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def json(self) -> dict[str, Any] | None:
        """The body as a JSON object; None if it is no JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    detail: str
    problems: tuple[Problem, ...] = ()


class Stream(Protocol):
    """An answer that goes on; closing it, from any thread, ends its lines."""

    def __iter__(self) -> Iterator[bytes]: ...

    def renew(self) -> None:
        """Begin anew to count the seconds for which nothing may come."""

    def close(self) -> None:
        """End it."""


class Wire(Protocol):
    """A carrier of requests to the server at `url`. It raises Unreachable for a request that it cannot carry."""

    url: str

    def exchange(self, request: Request, wait: float = 0) -> Answer:
        """Return the answer, which may take `wait` seconds longer than any other."""

    def stream(self, request: Request, silence: float | None) -> Stream | Answer:
        """Return the lines of an event stream as they arrive; the whole answer if it is no event stream."""


class Paged(Protocol):
    """One page of many."""

    @property
    def next(self) -> int | None:
        """The place of the next page; None on the last page."""


P = TypeVar("P", bound=Paged)


class Control:
    """The control plane of one world, or with an empty prefix of the world `default` and the whole server."""

    def __init__(self, wire: Wire, prefix: str = "", token: str | None = None) -> None:
        self.wire = wire
        self.prefix = prefix
        self._token = token

    def of(self, world: str) -> "Control":
        """Return the control plane of a world of this server; raises Invalid for an impossible name."""
        return Control(self.wire, "" if world_name(world) == DEFAULT else f"/w/{world}", self._token)

    @property
    def url(self) -> str:
        """The URL of the world."""
        return self.wire.url + self.prefix

    def read(self, kind: type[T], path: str, wait: float = 0) -> T:
        """GET a value."""
        return self._asked(kind, self._request("GET", path), wait)

    def send(self, kind: type[T], method: str, path: str, body: object = None) -> T:
        """Send a request and return its result. `body` is a value for `given.json_text`, or None for no body."""
        content = None if body is None else json_text(body)
        return self._asked(kind, self._request(method, path, content))

    def pages(self, kind: type[P], path: str, query: Mapping[str, object]) -> Iterator[P]:
        """GET one page after the other, each when it is asked for."""
        page = self.read(kind, with_query(path, query))
        yield page
        while page.next is not None:
            page = self.read(kind, with_query(path, {**query, "since": page.next}))
            yield page

    def listen(self, path: str, silence: float | None) -> Stream:
        """GET a stream of events; `silence` is how many seconds may pass without one."""
        request = self._request("GET", path)
        answer = self.wire.stream(request, silence)
        if isinstance(answer, Answer) and self._makes_world_after(request, answer):
            answer = self.wire.stream(request, silence)
        if isinstance(answer, Answer):
            raise self._refusal(request, answer)
        return answer

    def _request(self, method: str, path: str, body: bytes | None = None) -> Request:
        return Request(method, f"{self.prefix}/__mock{path}", body, token=self._token)

    def _asked(self, kind: type[T], request: Request, wait: float = 0) -> T:
        answer = self.wire.exchange(request, wait)
        if self._makes_world_after(request, answer):
            answer = self.wire.exchange(request, wait)
        if answer.status >= 300:
            raise self._refusal(request, answer)
        if answer.json is None:
            raise self._stranger(request, answer)
        try:
            return read(kind, answer.json)
        except (TypeError, ValueError) as problem:
            raise self._stranger(request, answer, f" ({problem})") from problem

    def _makes_world_after(self, request: Request, answer: Answer) -> bool:
        """Make the world if a read failed because it is not there; tell whether it was made.

        The server makes no world for a read: any page in a browser could send one.
        """
        if answer.status != 404 or request.method != "GET" or not self.prefix:
            return False
        listed = self.wire.exchange(Request("GET", "/__mock/worlds", token=self._token)).json or {}
        worlds = listed.get("worlds")
        if not isinstance(worlds, list) or any(f"/w/{world['name']}" == self.prefix for world in worlds):
            return False
        return self.wire.exchange(self._request("POST", "/clock/advance", b'{"by": 0}')).status == 200

    def _refusal(self, request: Request, answer: Answer) -> ControlError:
        try:
            said = read(_Refusal, answer.json)
        except (TypeError, ValueError):
            return self._stranger(request, answer)
        # Any service may answer `{"detail": "Not Found"}`; only a mock adds further keys.
        if answer.status in {404, 405} and not self._at_home():
            return self._stranger(request, answer)
        return refusal(answer.status, said.detail, said.problems)

    def _at_home(self) -> bool:
        view = self.wire.exchange(Request("GET", HEALTH)).json
        return view is not None and {"version", "world"} <= view.keys()

    def _stranger(self, request: Request, answer: Answer, why: str = "") -> Unreachable:
        said = f"{answer.status} and {answer.media_type or 'no content type'}{why}"
        return Unreachable(
            f"{self.wire.url} answered {request.method} {request.target} with {said}, not as this release of"
            " imaginelab-mock does; is the address the mock's, and the server of the same release?",
            answer.status,
        )


def with_query(path: str, query: Mapping[str, object]) -> str:
    """Return a path with the query's values that are not None."""
    given = {name: text(value) for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def segment(name: object) -> str:
    """Return a name as one segment of a path, whatever is in it."""
    return quote(text(name), safe="")
