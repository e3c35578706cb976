"""Which world a request is for: by the prefix of its path, by the claim of its token, or by the plus of its login.

The last two serve clients whose base URL is fixed. Neither lets anybody make a world by guessing: a token must be
signed by the world that it names, and the password of a login must be right.
"""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from mockserver.core.document import quoted, worded
from mockserver.core.operation import Operation
from mockserver.http.call import Endpoint
from mockserver.http.control.about import PLACES
from mockserver.http.request import FORM, Request
from mockserver.http.routing import NAMES, WORLD
from mockserver.world.accounts import few
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT, Worlds


class Address(Struct, frozen=True):
    """The world that a request is for; `email` is whom it logs in as there, None where that is as it says.

    `hint` is why the plus of a login chose no world, for when it is refused.
    """

    world: World
    email: str | None = None
    hint: str | None = None


class Arrival(Struct, frozen=True):
    """A request as it came: the world of its prefix, what its path and method lead to, and the worlds it found."""

    request: Request
    prefix: str | None
    endpoint: Endpoint | None
    present: Mapping[str, World]


class _Plus(Struct, frozen=True):
    """What a login such as `you+gw3@example.com` asks for: an account, and behind the last plus a world."""

    email: str
    world: str


def address(worlds: Worlds, arrival: Arrival) -> Address:
    """Return the world that a request is for, made if it is not there; Unavailable if it would be one too many."""
    present = arrival.present
    # Before the token: whoever logs in again may still send the one that is no longer good.
    login = arrival.endpoint is not None and arrival.endpoint.operation is Operation.LOGIN
    plus = _plus(worlds, arrival) if login else None
    hint = None if plus is None else _astray(worlds, arrival, plus)
    if plus is not None and hint is None:
        return Address(worlds.find(plus.world, present), plus.email)
    return Address(worlds.find(arrival.prefix or _claimed(worlds, arrival), present), hint=hint)


def _claimed(worlds: Worlds, arrival: Arrival) -> str:
    """Return the name of the world whose token a request carries; that of `default` where it carries none."""
    claimed, bearer = arrival.request.head.world, arrival.request.head.bearer
    if claimed is None or claimed == DEFAULT or not worlds.signed(claimed, bearer or "", arrival.present):
        return DEFAULT
    return claimed


def _plus(worlds: Worlds, arrival: Arrival) -> _Plus | None:
    """Return what the plus of a login asks for; None where there is none, or it is of an account's own address."""
    username = arrival.request.fields.get("username") if arrival.request.media_type == FORM else None
    if not isinstance(username, str):
        return None
    local, _, domain = username.rpartition("@")
    name, plus, world = local.rpartition("+")
    if not plus or worlds.find(arrival.prefix or DEFAULT, arrival.present).accounts.by_email(username) is not None:
        return None
    return _Plus(f"{name}@{domain}", world)


def _astray(worlds: Worlds, arrival: Arrival, plus: _Plus) -> str | None:
    """Return why the plus of a login chooses no world, None where it does."""
    if arrival.prefix is not None:
        return f"the prefix chooses the world, here {arrival.prefix}: log in as {worded(plus.email)}, without the plus"
    if not WORLD.fullmatch(plus.world):
        return f"the + asks for the world {quoted(plus.world)}, which is no name: expected {NAMES}"
    declared = {account.email: account for account in worlds.scenario(plus.world, arrival.present).accounts}
    account = declared.get(plus.email)
    if account is None:
        unknown = f"{worded(plus.email)} is not declared"
        return f"the + asks for the world {plus.world}, where {unknown}; there is {few(declared)}"
    if account.password != arrival.request.fields.get("password"):
        return f"the + asks for the world {plus.world}, where {plus.email} has another password"
    return None


def whereabouts(prefix: str | None, path: str) -> str | None:
    """Return what to say of a path that leads nowhere, taken apart as by `split`; None where nothing is known of it."""
    if prefix is None and (behind := _BEHIND_W.match(path)):
        name = behind[1]
        if not WORLD.fullmatch(name):
            return f"{quoted(name)} names no world: expected {NAMES}"
        return f"the API of the world {name} is at /w/{name}/api/v1, what steers it at /w/{name}/__mock"
    place = PLACES.get(path.removeprefix("/").partition("/")[0])
    if place is None:
        return None
    return f"what steers is at {place if prefix is None else f'/w/{prefix}{place}'}"


_BEHIND_W: Final = re.compile(r"/w/([^/]*)")
