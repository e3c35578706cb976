"""Which world a request is for: by the prefix of its path, by the claim of its token, or by the plus of its login.

The last two serve clients whose base URL is fixed. Neither lets anybody make a world by guessing: a token must be
signed by the world that it names, and the password of a login must be right.
"""

from collections.abc import Mapping

from msgspec import Struct

from mockserver.core.operation import Operation
from mockserver.http.call import Endpoint
from mockserver.http.request import FORM, Request
from mockserver.http.routing import WORLD
from mockserver.world import World
from mockserver.worlds import DEFAULT, Worlds


class Address(Struct, frozen=True):
    """The world that a request is for; `email` is whom it logs in as there, None where that is as it says."""

    world: World
    email: str | None = None


class Arrival(Struct, frozen=True):
    """A request as it came: the world of its prefix, what its path and method lead to, and the worlds it found."""

    request: Request
    prefix: str | None
    endpoint: Endpoint | None
    present: Mapping[str, World]


def address(worlds: Worlds, arrival: Arrival) -> Address:
    """Return the world that a request is for, made if it is not there; Unavailable if it would be one too many."""
    present = arrival.present
    if arrival.prefix is not None:
        return Address(worlds.find(arrival.prefix, present))
    # Before the token: whoever logs in again may still send the one that is no longer good.
    login = arrival.endpoint is not None and arrival.endpoint.operation is Operation.LOGIN
    plus = _plus(worlds, arrival) if login else None
    return plus or Address(worlds.find(_claimed(worlds, arrival), present))


def _claimed(worlds: Worlds, arrival: Arrival) -> str:
    """Return the name of the world whose token a request carries; that of `default` where it carries none."""
    claimed, bearer = arrival.request.head.world, arrival.request.head.bearer
    if claimed is None or claimed == DEFAULT or not worlds.signed(claimed, bearer or "", arrival.present):
        return DEFAULT
    return claimed


def _plus(worlds: Worlds, arrival: Arrival) -> Address | None:
    """Return where a login such as `you+gw3@example.com` leads; None where it is an account's own address, or wrong."""
    if arrival.request.media_type != FORM:
        return None
    username, password = (arrival.request.fields.get(name) for name in ("username", "password"))
    default = worlds.find(DEFAULT, arrival.present)
    if not isinstance(username, str) or default.accounts.by_email(username) is not None:
        return None
    local, _, domain = username.rpartition("@")
    name, _, world = local.rpartition("+")
    if not WORLD.fullmatch(world):
        return None
    email = f"{name}@{domain}"
    declared = worlds.scenario(world, arrival.present).accounts
    right = any(account.email == email and account.password == password for account in declared)
    return Address(worlds.find(world, arrival.present), email) if right else None
