"""From a request to its world: by the prefix of its path, by the claim of its token, or by the plus of its login.

The last two serve clients whose base URL is fixed. A guess makes no world: a token must be signed by the world that it
names, and the password of a login must be right.
"""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from mockserver.core.operation import Operation
from mockserver.core.wording import few, quoted, worded
from mockserver.http.api.request import ApiEndpoint
from mockserver.http.endpoints import NAMES, WORLD
from mockserver.http.guard import Guard
from mockserver.http.request import FORM, Request
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT, Worlds


class Address(Struct, frozen=True):
    """The world that a request is for."""

    world: World
    email: str | None = None
    """The account to log in as when the address names a world; None to use the form's."""
    hint: str | None = None
    """The reason why the plus of a login chose no world, for the case that the login is refused."""


class Arrival(Struct, frozen=True):
    """A request before its world is known."""

    request: Request
    prefix: str | None
    """The world that the path begins with; None without a prefix."""
    endpoint: ApiEndpoint | None
    """The endpoint that path and method lead to; None where there is none."""
    present: Mapping[str, World]
    """The worlds of the server when the head of the request came."""
    guard: Guard
    """The rule for requests that would make a world."""


class _Plus(Struct, frozen=True):
    """The two names in a login such as `you+gw3@example.com`: an account, and behind the last plus a world."""

    email: str
    world: str


def address(worlds: Worlds, arrival: Arrival) -> Address:
    """Return the world that a request is for, made if it is not there.

    Raises Unavailable if it would be one too many, Forbidden if the request may make none.
    """
    # Before the token: a client that logs in again may still send its old token.
    login = arrival.endpoint is not None and arrival.endpoint.operation is Operation.LOGIN
    plus = _plus(worlds, arrival) if login else None
    hint = None if plus is None else _astray(worlds, arrival, plus)
    if plus is not None and hint is None:
        return Address(_open(worlds, plus.world, arrival), plus.email)
    return Address(_open(worlds, arrival.prefix or _claimed(worlds, arrival), arrival), hint=hint)


def _open(worlds: Worlds, name: str, arrival: Arrival) -> World:
    """Return a world, made if it is not there and the request may make it."""
    world = arrival.present.get(name) or worlds.there(name, arrival.present)
    if world is not None:
        return world
    cors = worlds.scenario(name, arrival.present).api.cors
    objection = arrival.guard.objection_to_world(name, arrival.request.headers, cors)
    if objection is not None:
        raise objection
    return worlds.find(name, arrival.present)


def _claimed(worlds: Worlds, arrival: Arrival) -> str:
    """Return the name of the world whose token a request carries; that of `default` where it carries none."""
    claimed, bearer = arrival.request.head.world, arrival.request.head.bearer
    if claimed is None or claimed == DEFAULT or not worlds.signed(claimed, bearer or "", arrival.present):
        return DEFAULT
    return claimed


def _plus(worlds: Worlds, arrival: Arrival) -> _Plus | None:
    """Return the account and world that a login names with a plus; None without a plus.

    None also where an account of the prefix's world has that very address.
    """
    username = arrival.request.fields.get("username") if arrival.request.media_type == FORM else None
    if not isinstance(username, str):
        return None
    local, _, domain = username.rpartition("@")
    name, plus, world = local.rpartition("+")
    if not plus or _has_account(worlds, arrival, username):
        return None
    return _Plus(f"{name}@{domain}", world)


def _has_account(worlds: Worlds, arrival: Arrival, email: str) -> bool:
    """Tell whether the world of the prefix has an account, or would have if it were made now."""
    name = arrival.prefix or DEFAULT
    world = worlds.there(name, arrival.present)
    if world is not None:
        return world.accounts.by_email(email) is not None
    return any(account.email == email for account in worlds.scenario(name, arrival.present).accounts)


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


def whereabouts(prefix: str | None, path: str, places: Mapping[str, str]) -> str | None:
    """Return a hint for a path that leads nowhere, in two parts: the world before it, and the rest.

    None where no hint is known.
    """
    if prefix is None and (behind := _BEHIND_W.match(path)):
        name = behind[1]
        if not WORLD.fullmatch(name):
            return f"{quoted(name)} names no world: expected {NAMES}"
        return f"the API of the world {name} is at /w/{name}/api/v1, what steers it at /w/{name}/__mock"
    place = places.get(path.removeprefix("/").partition("/")[0])
    if place is None:
        return None
    return f"what steers is at {place if prefix is None else f'/w/{prefix}{place}'}"


_BEHIND_W: Final = re.compile(r"/w/([^/]*)")
