"""From a fault to an answer: in place of the API's, or made of it."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from msgspec import UNSET, DecodeError, structs
from msgspec.json import decode, encode

from mockserver.core.faults import Drop, Fault, RetryAfter, Then, Truncate
from mockserver.http.call import JSON, Answer
from mockserver.http.wire import Delivery
from mockserver.rulebook import Script
from mockserver.traffic import Refusal

# Source: the statuses that content delivery networks add to RFC 9110's, as their public documentation names them.
_EDGE: Final = {
    520: "Web server returned an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
}


def answer(script: Script, true: Answer | None, now: int) -> Answer:
    """Return what a script makes of the API's own answer, None where the API was not asked."""
    if script.answer is not None:
        return added(replaced(script.answer.then, script.answer.place, now), (script.answer, *script.additions))
    if true is None:
        msg = "an API that was not asked has no answer to change"
        raise TypeError(msg)
    if script.change is not None:
        true = added(changed(true, script.change), (script.change,))
    return added(true, script.additions)


def limited(refusal: Refusal, now: int) -> Answer:
    """Return the answer to a request that a limit refuses: its own, or 429 with the wait."""
    limit = refusal.limit
    hint = "no wait helps: what is under way never finishes" if refusal.wait is None else None
    wait = None if refusal.wait is None else RetryAfter(wait=refusal.wait)
    then = limit.then or Then(status=429)
    if then.retry_after is UNSET and then.status == HTTPStatus.TOO_MANY_REQUESTS:
        then = structs.replace(then, retry_after=wait)
    return structs.replace(added(replaced(then, limit.place, now), ()), hint=hint)


def replaced(then: Then, place: str, now: int) -> Answer:
    """Return the answer that a fault gives in place of the API's; status 0 is none at all."""
    if isinstance(then.drop, Drop):
        return Answer(0, b"", place=place, delivery=Delivery(drop=then.drop))
    content_type, body = _body(then)
    wait = then.wait
    told = () if wait is None else ((b"retry-after", _latin(wait.header(now))),)
    challenge = ((b"www-authenticate", b"Bearer"),) if then.status == HTTPStatus.UNAUTHORIZED else ()
    return Answer(then.status or 200, body, content_type, (*told, *challenge), place)


def _body(then: Then) -> tuple[bytes, bytes]:
    if then.text is not None:
        text, content_type = then.page
        return content_type.encode(), text.encode()
    view = {"detail": then.detail or _phrase(then.status or 200)} if then.body is UNSET else then.body
    return (then.content_type or "").encode() or JSON, encode(view)


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
    return encode({key: value for key, value in {**view, **then.patch}.items() if key not in then.remove})


def added(answer: Answer, faults: Iterable[Fault]) -> Answer:
    """Return an answer with the headers and the waiting that faults add to it."""
    for fault in faults:
        then, delivery = fault.then, answer.delivery
        if then.delay or then.drip:
            delivery = delivery or Delivery()
            delay = delivery.delay + then.delay
            delivery = structs.replace(delivery, delay=delay, drip=then.drip or delivery.drip)
        headers = tuple((_latin(name.lower()), _latin(value)) for name, value in then.headers.items())
        answer = structs.replace(
            answer, headers=(*answer.headers, *headers), place=answer.place or fault.place, delivery=delivery
        )
    return answer


def _latin(text: str) -> bytes:
    return text.encode("latin-1", "replace").replace(b"\r", b"").replace(b"\n", b"")
