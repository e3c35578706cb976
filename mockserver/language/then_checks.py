"""Finds the mistakes in a scripted answer: keys that exclude each other, and texts that HTTP cannot carry."""

from collections.abc import Iterator
from typing import Final

from mockserver.core import headers
from mockserver.core.document import KEY, Finding, below
from mockserver.core.faults import Drop, RetryAfter, Then, Truncate
from mockserver.core.wording import quoted, worded

BODIES: Final = ("detail", "body", "text")
"""The keys that set a body. The first two set a JSON body."""

_NEEDING_STATUS: Final = ("detail", "body", "text", "content_type", "retry_after")
_CHANGING: Final = ("drop", "patch", "remove")
_BLANK: Final = Then()

# The server writes these headers itself, because client and server must agree on the end of an answer and on its
# sender.
_OURS: Final = {
    "connection": "the server itself writes it; to end the connection use `drop: close`",
    "content-length": "the server itself counts the body; to send less than it says use `drop: {truncate: 0.5}`",
    "transfer-encoding": "the server itself writes it; to send a body piece by piece use `drip`",
    "x-mock-hint": "it is the mock's own; choose another name",
    "x-mock-rule": "it is the mock's own, and names this rule already",
}
_TWINS: Final = {"content-type": "content_type", "retry-after": "retry_after"}


def of_fault(then: Then) -> Iterator[Finding]:
    """Yield the contradictions in the `then` of a fault."""
    if then == _BLANK:
        expected = "`status` or `drop`, which replace the answer, `patch` or `remove`, which change it, or `delay`"
        yield (), f"then: expected {expected}, found nothing that happens"
    yield from _contradictions(then)


def of_limit(then: Then) -> Iterator[Finding]:
    """Yield the contradictions in the `then` of a limit. A limit always replaces the answer of the API."""
    changing = [key for key in _CHANGING if key in _given(then) and not isinstance(then.drop, Drop)]
    for key in changing:
        yield (key,), f"{key}: the API does not answer what a limit refuses; write the whole answer with `status`"
    if changing:
        return
    if then.replaces:
        yield from _contradictions(then)
    else:
        yield (), "then: expected `status` or `drop`, found neither; add `status: 429`"


def _given(then: Then) -> tuple[str, ...]:
    """Return the keys that the rule sets."""
    return tuple(key for key in then.__struct_fields__ if getattr(then, key) != getattr(_BLANK, key))


def _contradictions(then: Then) -> Iterator[Finding]:
    if isinstance(then.drop, Drop):
        yield from _beside_drop(then, then.drop)
    elif then.status is None:
        yield from _without_status(then)
    else:
        yield from _beside_status(then, then.status)
    yield from (
        (("remove", i), f"remove: {worded(key)} is patched as well; keep one of them")
        for i, key in enumerate(then.remove)
        if key in then.patch
    )
    yield from below(("headers",), _headers(then))
    if isinstance(then.retry_after, RetryAfter):
        yield from _retry_after(then.retry_after)
    if then.content_type is not None and not headers.is_value(then.content_type):
        yield ("content_type",), f"content_type: {_uncarried(then.content_type)}"


def _beside_drop(then: Then, drop: Drop) -> Iterator[Finding]:
    for key in _given(then):
        if key not in {"drop", "delay"}:
            yield (key,), f"{key}: with `drop: {drop}` there is no answer that could have it; keep one of them"


def _without_status(then: Then) -> Iterator[Finding]:
    needing = [key for key in _given(then) if key in _NEEDING_STATUS]
    if not needing:
        return
    key = needing[0]
    ways_out = {
        "detail": "add one, such as `status: 400`, or change the API's own answer with `patch: {detail: …}`",
        "content_type": "add one, or change that of the API's own answer with `headers: {content-type: …}`",
        "retry_after": "add one, such as `status: 429`",
    }
    way_out = ways_out.get(key, "add one, such as `status: 200`")
    yield (key,), f"{key}: belongs to an answer of its own, which begins with `status`; {way_out}"


def _beside_status(then: Then, status: int) -> Iterator[Finding]:
    given = _given(then)
    for key in given:
        if key in _CHANGING:
            what = "cuts" if isinstance(then.drop, Truncate) and key == "drop" else "changes"
            yield (key,), f"{key}: {what} the API's own answer, which `status` replaces; keep one of them"
    first, *others = [key for key in given if key in BODIES] or [""]
    for key in others:
        yield (key,), f"{key}: `{first}` gives the body already; keep one of them"
    if status in headers.BODILESS:
        for key in given:
            if key in {*BODIES, "content_type", "drip"}:
                yield (
                    (key,),
                    f"{key}: an answer with status {status} has no body; leave it out, or choose another status",
                )
    elif "content_type" in given and first not in {"body", "text"}:
        yield ("content_type",), "content_type: goes with `text` or `body`; add one of them"


def _headers(then: Then) -> Iterator[Finding]:
    seen: set[str] = set()
    for name, value in then.headers.items():
        lower = name.lower()
        if not headers.is_name(name):
            expected = "expected letters, digits and hyphens as the name of a header"
            yield (name, KEY), f"headers: {expected}, found {quoted(name)}"
            continue
        if lower in _OURS:
            yield (name, KEY), f"{name}: {_OURS[lower]}"
        elif lower in seen:
            yield (name, KEY), f"{name}: stands here twice, since the names of headers ignore case; keep one"
        elif _TWINS.get(lower, "") in _given(then):
            yield (name, KEY), f"{name}: `{_TWINS[lower]}` writes this header already; keep one of them"
        seen.add(lower)
        if not headers.is_value(value):
            yield (name,), f"{name}: {_uncarried(value)}"


def _retry_after(retry_after: RetryAfter) -> Iterator[Finding]:
    if retry_after.raw is None and retry_after.wait is None:
        yield ("retry_after",), "retry_after: expected a wait in it, such as {in: 30s, as: http-date}"
    if retry_after.raw is not None and not headers.is_value(retry_after.raw):
        yield ("retry_after",), f"retry_after: {_uncarried(retry_after.raw)}"


def _uncarried(value: str) -> str:
    return f"expected text of one line, in Latin-1 and without spaces around it, as a header, found {quoted(value)}"
