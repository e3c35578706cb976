"""From a fault to an answer: in place of the API's, or made of it."""

from http import HTTPStatus
from typing import Final

from msgspec import UNSET, DecodeError, structs
from msgspec.json import decode, encode

from mockserver.core.faults import Drop, Fault, RetryAfter, Then, Truncate
from mockserver.http.call import JSON, Answer
from mockserver.http.wire import Delivery
from mockserver.world.faults import Effects
from mockserver.world.limits import LimitRefusal

# Source: the statuses that content delivery networks add to RFC 9110's, as their public documentation names them.
_EDGE: Final = {
    520: "Web server returned an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
}


# These say where an answer ends, which only who sends it knows; `drop` and `drip` are for lies about that.
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})

# Source: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5: these answers end after their headers.
_BODILESS: Final = frozenset({204, 205, 304})


def answer(effects: Effects, true: Answer | None, now: int) -> Answer:
    """Return what a effects makes of the API's own answer, None where the API was not asked."""
    last = effects.answer or effects.change
    made = _made(effects, true, now)
    for fault in (*effects.additions, *(() if last is None else (last,))):
        made = added(made, fault.then, fault.place)
    return made


def _made(effects: Effects, true: Answer | None, now: int) -> Answer:
    if effects.answer is not None:
        return replaced(effects.answer.then, effects.answer.place, now)
    if true is None:
        msg = "an API that was not asked has no answer to change"
        raise TypeError(msg)
    return true if effects.change is None else changed(true, effects.change)


def limited(refusal: LimitRefusal, now: int) -> Answer:
    """Return the answer to a request that a limit refuses: its own, or 429 with the wait."""
    then, place = refusal.limit.then or Then(), refusal.limit.place
    if not then.replaces:
        then = structs.replace(then, status=429)
    if then.retry_after is UNSET and then.status == HTTPStatus.TOO_MANY_REQUESTS:
        then = structs.replace(then, retry_after=None if refusal.wait is None else RetryAfter(wait=refusal.wait))
    hint = "no wait helps: what is under way never finishes" if refusal.wait is None else None
    return structs.replace(added(replaced(then, place, now), then, place), hint=hint)


def replaced(then: Then, place: str, now: int) -> Answer:
    """Return the answer that a fault gives in place of the API's; status 0 is none at all."""
    if isinstance(then.drop, Drop):
        return Answer(0, b"", place=place, delivery=Delivery(drop=then.drop))
    status = then.status or 200
    content_type, body = _body(then, status)
    wait = then.wait
    told = () if wait is None else ((b"retry-after", _latin(wait.header(now))),)
    challenge = ((b"www-authenticate", b"Bearer"),) if status == HTTPStatus.UNAUTHORIZED else ()
    return Answer(status, b"" if status in _BODILESS else body, content_type, (*told, *challenge), place)


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
    delivery = answer.delivery
    if isinstance(then.drop, Truncate):
        delivery = structs.replace(delivery or Delivery(), cut=then.drop.truncate)
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
    """Return a view with the keys of a patch: objects are merged into objects, all else takes the place of what was."""
    merged = dict(view)
    for key, value in patch.items():
        old = view.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def added(answer: Answer, then: Then, place: str) -> Answer:
    """Return an answer with the headers and the waiting that a rule adds to it; it names the first rule in it."""
    delivery = answer.delivery
    if then.delay or then.drip:
        delivery = delivery or Delivery()
        delivery = structs.replace(delivery, delay=delivery.delay + then.delay, drip=then.drip or delivery.drip)
    given = {_latin(name.strip().lower()): _latin(value) for name, value in then.headers.items()}
    own = {name: value for name, value in given.items() if name not in _FRAMING}
    kept = tuple((name, value) for name, value in answer.headers if name not in own)
    return structs.replace(answer, headers=(*kept, *own.items()), place=answer.place or place, delivery=delivery)


def _latin(text: str) -> bytes:
    return text.encode("latin-1", "replace").translate(None, b"\r\n\0")
