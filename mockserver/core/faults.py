"""Scripted wrong answers: a rule replaces the answer of the API, or changes it.

A `then` is one of three kinds: it *replaces* the answer (`status` or a `drop` of the connection), it *changes* the true
answer (`patch`, `remove`, a cut), or it only *adds* to an answer (`delay`, `drip`, `headers`).
"""

from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from mockserver.core import instant
from mockserver.core.forms import LONGEST_DURATION, OPERATIONS, RETRY_AFTER, Duration
from mockserver.core.operation import Operation
from mockserver.core.rules import Rule


class Phase(StrEnum):
    """When a fault replaces the answer: before the API acts, or after it, to hide an effect that took place."""

    BEFORE = "before"
    AFTER = "after"


class Drop(StrEnum):
    """How a connection fails instead of carrying an answer."""

    RESET = "reset"
    CLOSE = "close"
    HANG = "hang"
    GARBAGE = "garbage"


class Truncate(Struct, frozen=True, forbid_unknown_fields=True):
    """The true answer, cut off: the part `truncate` of its body is sent, then the connection closes."""

    truncate: Annotated[float, Meta(ge=0, lt=1)]


class Drip(Struct, frozen=True, forbid_unknown_fields=True, rename={"size": "bytes"}):
    """The body in pieces: `size` bytes at a time, `every` microseconds of real time apart."""

    size: Annotated[int, Meta(ge=1, le=1_000_000)] = 16
    every: Duration = 50_000


class RetryAfter(Struct, frozen=True, forbid_unknown_fields=True, rename={"wait": "in", "written": "as"}):
    """A `Retry-After`: `wait` microseconds, written as seconds or as a date; or the `raw` text of a short form."""

    wait: Duration | None = None
    written: Literal["seconds", "http-date"] = "seconds"
    raw: Annotated[str | None, Meta(extra={"made": True})] = None

    def header(self, now: int) -> str:
        """Return the header's value at an instant.

        It is rounded up, so a client that waits that long has always waited enough.
        """
        if self.raw is not None:
            return self.raw
        wait = self.wait or 0
        if self.written == "http-date":
            # A date has a year of four digits.
            last = instant.END - instant.SECOND
            return instant.http_date(min(instant.whole_seconds(now + wait) * instant.SECOND, last))
        return str(instant.whole_seconds(wait))


SOON: Final = RetryAfter(wait=instant.SECOND)
"""The wait of a 429 for which a rule sets no wait. Assumed: the reference is silent."""

ScriptedRetryAfter = Annotated[RetryAfter, RETRY_AFTER.meta]


# Error pages in the style of the servers that can be between a client and the API.

NGINX_502: Final = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
"""The page of a reverse proxy that cannot reach its upstream server."""

WAF_403: Final = (
    "<!DOCTYPE html>\n<html lang=en>\n<head><meta charset=utf-8><title>Access denied</title></head>\n<body>\n"
    "<h1>Checking that you are not a robot</h1>\n<p>Your traffic looks automated. Enable JavaScript to go on.</p>\n"
    "<p>Reference: 7f3c-1842</p>\n</body>\n</html>\n"
)
"""The page of a web application firewall that blocks a client as a robot."""

PAGES: Final = {"nginx-502": NGINX_502, "waf-403": WAF_403}
"""The texts that a fault can send by name."""

HTML: Final = "text/html; charset=utf-8"
"""The content type of a page."""


class Then(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The effect of a fault that fires; `delay` is in microseconds of real time, like the time-outs of clients.

    `body` UNSET means that the rule has no body. `retry_after` UNSET means the default: a wait of one second with
    status 429, else no header. `retry_after` None means no header.
    """

    status: Annotated[int, Meta(ge=200, le=599)] | None = None
    detail: str | None = None
    body: Any = UNSET
    text: str | None = None
    content_type: Annotated[str, Meta(min_length=1)] | None = None
    headers: dict[str, str] = {}
    retry_after: ScriptedRetryAfter | UnsetType | None = UNSET
    drop: Drop | Truncate | None = None
    patch: dict[str, Any] = {}
    remove: tuple[str, ...] = ()
    delay: Duration = 0
    drip: Drip | None = None

    @property
    def replaces(self) -> bool:
        """Whether the API's own answer is not sent."""
        return self.status is not None or isinstance(self.drop, Drop)

    @property
    def changes(self) -> bool:
        """Whether the API's own answer is sent with changes."""
        return bool(self.patch or self.remove) or isinstance(self.drop, Truncate)

    @property
    def adds(self) -> bool:
        """Whether this effect only adds to an answer: a delay, pieces or headers."""
        return not self.replaces and not self.changes

    @property
    def wait(self) -> RetryAfter | None:
        """The `Retry-After` of a replaced answer; None if the answer has no such header."""
        if self.retry_after is UNSET:
            return SOON if self.status == HTTPStatus.TOO_MANY_REQUESTS else None
        return self.retry_after

    @property
    def page(self) -> tuple[str, str]:
        """The text to send and its content type. For a named text, this is the text in PAGES."""
        text = self.text or ""
        return PAGES.get(text, text), self.content_type or (HTML if text in PAGES else "text/plain; charset=utf-8")


On = Annotated[tuple[Operation, ...], Meta(min_length=1), OPERATIONS.meta]
"""Operations, written as one, a list, or `any` for all of them."""


class Counted(StrEnum):
    """The calls that a rule counts together: all calls, the calls of one account, or the calls for one generation."""

    WORLD = "world"
    ACCOUNT = "account"
    GENERATION = "generation"


class Fault(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One entry of the section `faults`.

    `between` has a start and an end in microseconds since the world began, the end not included. `chance` is from 0 to
    1. `phase` None means `before`.
    """

    on: On
    counted: Counted = Counted.WORLD
    between: tuple[Duration, Duration] | None = None
    chance: Annotated[float, Meta(gt=0, le=1)] | None = None
    phase: Phase | None = None
    then: Then

    @property
    def after(self) -> bool:
        """Whether this fault fires after the API has acted, to hide the effect."""
        return self.phase is Phase.AFTER

    def fires(self, call: int, elapsed: int, luck: float = 0) -> bool:
        """Return whether the fault fires on its `call`-th match.

        `elapsed` is in microseconds since the world began; `luck` is a random number from 0 to 1. The fault fires only
        if `chance` is greater.
        """
        return (
            (self.calls is None or self.calls.include(call))
            and (self.between is None or self.between[0] <= elapsed < self.between[1])
            and (self.chance is None or luck < self.chance)
        )

    def silence(self, call: int, elapsed: int, luck: float) -> str:
        """Return the reason why the fault does not fire on its `call`-th match; empty if the fault fires."""
        if self.fires(call, elapsed, luck):
            return ""
        if self.calls is not None and not self.calls.include(call):
            return f"this was call {call}; it fires on: {self.calls}"
        if self.between is not None and not self.between[0] <= elapsed < self.between[1]:
            first, last = (f"{end / instant.SECOND:g}s" for end in self.between)
            return f"{elapsed / instant.SECOND:g}s is not between {first} and {last}"
        return f"luck {luck:.3f} is not under chance {self.chance:g}"


def patience(retry_after: str, now: int, otherwise: int) -> int:
    """Return the wait, in microseconds, of a `Retry-After` received at an instant; `otherwise` if it is unreadable."""
    with suppress(ValueError, ArithmeticError):
        return int(min(max(Decimal(retry_after), Decimal(0)) * instant.SECOND, Decimal(LONGEST_DURATION)))
    with suppress(ValueError):
        return max(instant.from_http_date(retry_after) - now, 0)
    return otherwise
