"""The arithmetic of limits: how long a client must wait until a limit admits a request or an order.

Every result is exact: after the computed wait a request is admitted; a microsecond earlier, it is refused.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from mockserver.core.faults import On, Then
from mockserver.core.forms import Duration
from mockserver.core.rules import Name


class By(StrEnum):
    """The requests that a limit counts together.

    If a request names no account, the client's address replaces the account.
    """

    ACCOUNT = "account"
    IP = "ip"
    WORLD = "world"


class Limit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of the section `limits`: at most `allow` requests in `per` microseconds, or `active` generations.

    `then` None means an answer 429 with the wait as Retry-After. `name` None means a name made from the section and the
    position, from 1. `place` is the file and line of the rule.
    """

    name: Name | None = None
    on: On
    allow: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    per: Duration | None = None
    active: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    by: By = By.ACCOUNT
    then: Then | None = None
    place: Annotated[str, Meta(extra={"place": "whole"})] = ""


def window_wait(admitted: Sequence[int], now: int, allow: int, per: int) -> int:
    """Return the microseconds until a window admits one more request; 0 if it admits a request now.

    `admitted` are the instants of the admitted requests, oldest first. Each request is counted for `per` microseconds.
    """
    if len(admitted) < allow:
        return 0
    return max(admitted[-allow] + per - now, 0)


def active_wait(remaining: Iterable[int | None], cap: int) -> int | None:
    """Return the microseconds until fewer than `cap` generations are unfinished.

    0 if there are fewer now; None if no wait helps.

    `remaining` holds, for each unfinished generation, the microseconds until it is finished; None if it never finishes.
    """
    waits = list(remaining)
    over = len(waits) - cap
    if over < 0:
        return 0
    ends = sorted(wait for wait in waits if wait is not None)
    return ends[over] if over < len(ends) else None
