"""The answers of the API: from an error, from a fault or a limit, and with the headers that they are sent with."""

from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from msgspec import UNSET, DecodeError, Struct, structs
from msgspec.json import decode, encode

from mockserver.core import instant
from mockserver.core.delivery import WHOLE, Close, Delivery, Wait, drop_of, dropped, slowed
from mockserver.core.errors import ApiError, Flaw, Invalid
from mockserver.core.faults import Drop, Fault, RetryAfter, Then, Truncate
from mockserver.core.headers import BODILESS, UNMEASURED
from mockserver.core.redaction import Headers
from mockserver.core.scenario import ApiSettings
from mockserver.core.verdict import Cause
from mockserver.core.wording import printable
from mockserver.world.faults import Effects
from mockserver.world.limits import LimitRefusal

JSON: Final = b"application/json"


class Answer(Struct, frozen=True, gc=False):
    """One answer to a client."""

    status: int
    """The HTTP status; 0 for no answer at all."""
    body: bytes
    content_type: bytes = JSON
    headers: Headers = ()
    place: str = ""
    """The file and line of the rule that scripted the answer; empty where there was none."""
    hint: str | None = None
    """A sentence to the person behind the client."""
    delivery: Delivery = ()
    """How the answer goes over the wire; empty for at once and whole."""


# From a view


def ok(view: object, status: int = 200, rule: Cause | None = None) -> Answer:
    """Return the answer that carries a view; `rule` scripted the life of the generation that it shows."""
    return Answer(status, encode(view), place="" if rule is None else rule.place)


# From an error


def refusal(error: ApiError, settings: ApiSettings) -> Answer:
    """Return the answer that tells a client of an error: `{"detail": …}` with the headers that belong to it."""
    headers = tuple((name.encode(), value.encode()) for name, value in error.headers)
    if isinstance(error, Invalid) and settings.validation == "fastapi-422":
        return Answer(422, encode({"detail": [_item(flaw) for flaw in error.flaws]}), headers=headers, hint=error.hint)
    return Answer(error.status, encode({"detail": error.detail}), headers=headers, hint=error.hint)


def _item(flaw: Flaw) -> dict[str, object]:
    """Return a flaw as FastAPI lists it. Assumed: the reference says 400 and text, failing clients met this."""
    return {
        "type": "missing" if flaw.missing else "value_error",
        "loc": [flaw.source, printable(flaw.field)] if flaw.field else [flaw.source],
        "msg": "Field required" if flaw.missing else printable(flaw.sentence),
        "input": None,
    }


# From a fault or a limit

# Source: the statuses that content delivery networks add to RFC 9110's, as their public documentation names them.
_EDGE: Final = {
    520: "Web server returned an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
}


# These say where an answer ends, which only the server that sends it knows; `drop` and `drip` are for lies about that.
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})


def answer(effects: Effects, true_answer: Answer | None, now: int) -> Answer:
    """Return the API's own answer as the effects change it, or the one that they put in its place.

    `true_answer` is None where the API was not asked.
    """
    last = effects.answer or effects.change
    made = _made(effects, true_answer, now)
    acting = (*effects.additions, *(() if last is None else (last,)))
    return added(made, [(fault.then, fault.place) for fault in acting])


def _made(effects: Effects, true_answer: Answer | None, now: int) -> Answer:
    if effects.answer is not None:
        return replaced(effects.answer.then, effects.answer.place, now)
    if true_answer is None:
        msg = "an API that was not asked has no answer to change"
        raise TypeError(msg)
    return true_answer if effects.change is None else changed(true_answer, effects.change)


def limited(refusal: LimitRefusal, now: int) -> Answer:
    """Return the answer to a request that a limit refuses: its own, or 429 with the wait."""
    then, place = refusal.limit.then or Then(), refusal.limit.place
    if not then.replaces:
        then = structs.replace(then, status=429)
    if then.retry_after is UNSET and then.status == HTTPStatus.TOO_MANY_REQUESTS:
        then = structs.replace(then, retry_after=None if refusal.wait is None else RetryAfter(wait=refusal.wait))
    hint = "no wait helps: what is under way never finishes" if refusal.wait is None else None
    return structs.replace(added(replaced(then, place, now), [(then, place)]), hint=hint)


def replaced(then: Then, place: str, now: int) -> Answer:
    """Return the answer that a fault gives in place of the API's; status 0 is none at all."""
    if isinstance(then.drop, Drop):
        return Answer(0, b"", place=place, delivery=dropped(then.drop))
    status = then.status or 200
    content_type, body = _body(then, status)
    wait = then.wait
    told = () if wait is None else ((b"retry-after", _latin(wait.header(now))),)
    challenge = ((b"www-authenticate", b"Bearer"),) if status == HTTPStatus.UNAUTHORIZED else ()
    return Answer(status, b"" if status in BODILESS else body, content_type, (*told, *challenge), place)


def _body(then: Then, status: int) -> tuple[bytes, bytes]:
    if then.text is not None:
        text, content_type = then.page
        return _latin(content_type), text.encode()
    detail = _phrase(status) if then.detail is None else then.detail
    view = {"detail": detail} if then.body is UNSET else then.body
    return _latin(then.content_type or "") or JSON, encode(view)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return _EDGE.get(status, f"Status {status}")


def changed(answer: Answer, fault: Fault) -> Answer:
    """Return the API's answer as a fault changes it: keys of a JSON object merged and removed, the end cut off."""
    then = fault.then
    delivery = dropped(then.drop) if isinstance(then.drop, Truncate) else answer.delivery
    body = _patched(answer.body, then) if then.patch or then.remove else answer.body
    return structs.replace(answer, body=body, place=fault.place, delivery=delivery)


def _patched(body: bytes, then: Then) -> bytes:
    try:
        view = decode(body)
    except (DecodeError, UnicodeDecodeError):
        return body
    if not isinstance(view, dict):
        return body
    return encode({key: value for key, value in _merged(view, then.patch).items() if key not in then.remove})


def _merged(view: dict[str, object], patch: dict[str, object]) -> dict[str, object]:
    """Return a view with the keys of a patch. Objects are merged into objects; any other value replaces the old one."""
    merged = dict(view)
    for key, value in patch.items():
        old = view.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def added(answer: Answer, rules: Sequence[tuple[Then, str]]) -> Answer:
    """Return an answer with the headers and the waiting that rules add to it in turn; it names the first of them.

    A rule is its effect and its place.
    """
    headers, delivery = answer.headers, answer.delivery
    for then, _ in rules:
        delivery = slowed(delivery, then)
    own = [_own(tuple(then.headers.items())) for then, _ in rules if then.headers]
    if own:
        headers = _with(headers, own)
    place = answer.place or (rules[0][1] if rules else "")
    return structs.replace(answer, headers=headers, place=place, delivery=delivery)


@lru_cache(maxsize=1024)
def _own(headers: tuple[tuple[str, str], ...]) -> Headers:
    """Return the headers of a rule as they are sent. Each time they are the same ones, so the last are remembered."""
    given = {_latin(name.strip().lower()): _latin(value) for name, value in headers}
    return tuple((name, value) for name, value in given.items() if name not in _FRAMING)


def _with(headers: Headers, own: Sequence[Headers]) -> Headers:
    """Add headers to others, one list after the other. An added header replaces those with its name."""
    last = {name: (i, value) for i, each in enumerate(own) for name, value in each}
    kept = ((name, value) for name, value in headers if name not in last)
    added = ((name, value) for i, each in enumerate(own) for name, value in each if last[name] == (i, value))
    return (*kept, *added)


def _latin(text: str) -> bytes:
    return text.encode("latin-1", "replace").translate(None, b"\r\n\0")


# As they are sent


def sent_headers(answer: Answer, second: int | None, cors: str | None) -> Headers:
    """Return the headers of an answer, in the order in which they are sent; `second` is the virtual one since 1970."""
    if not answer.status:
        return ()
    about_body = None if answer.status in UNMEASURED else (answer.content_type, len(answer.body))
    return _written(answer.headers, about_body, second, (answer.place, answer.hint, cors))


_NEEDS: Final = "needs a server that can break a connection, as `imaginelab-mock serve` and the fixture start one"


def unbroken(answer: Answer, headers: Headers) -> tuple[Answer, Headers]:
    """Return an answer and its headers under a server that can break no connection: it says so instead."""
    if answer.status and not any(isinstance(step, Close) for step in answer.delivery):
        return answer, headers
    if answer.status:
        return answer, (*headers, (b"x-mock-hint", f"the fault `drop: {{truncate: ...}}` {_NEEDS}".encode()))
    waits = tuple(step for step in answer.delivery if isinstance(step, Wait))
    detail = f"The fault `drop: {drop_of(answer.delivery)}` {_NEEDS}"
    delivery = (*waits, *WHOLE) if waits else ()
    answer = structs.replace(answer, status=500, body=encode({"detail": detail}), delivery=delivery)
    return answer, sent_headers(answer, None, None)


@lru_cache(maxsize=256)
def _written(
    own: Headers, about_body: tuple[bytes, int] | None, second: int | None, notes: tuple[str, str | None, str | None]
) -> Headers:
    """Return headers as they go over the wire; the answer's own take the place of those that every answer has.

    Polls get the same ones again and again, so the last are remembered.
    """
    headers: list[tuple[bytes, bytes]] = []
    place, hint, cors = notes
    if about_body is not None:
        headers += [(b"content-type", about_body[0]), (b"content-length", b"%d" % about_body[1])]
    if second is not None:
        headers.append((b"date", instant.http_date(second * instant.SECOND).encode()))
    if place:
        headers.append((b"x-mock-rule", _ascii(place)))
    if hint is not None:
        headers.append((b"x-mock-hint", _ascii(hint)))
    if cors is not None:
        headers += [(b"access-control-allow-origin", cors.encode("ascii", "replace")), (b"vary", b"origin")]
    scripted = {name for name, _ in own}
    return (*own, *((name, value) for name, value in headers if name not in scripted))


def _ascii(text: str) -> bytes:
    return printable(text).encode("ascii", "backslashreplace")
