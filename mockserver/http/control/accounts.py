"""Accounts: wallets with their ledgers, grants, and logging out everywhere."""

from functools import partial
from typing import Annotated, Final

from msgspec import Meta, Struct

from mockserver.core.account import Account
from mockserver.core.errors import NotFound
from mockserver.core.instant import iso
from mockserver.core.wallet import LedgerEntry, counts
from mockserver.core.wording import few, worded
from mockserver.http.control.request import LIMIT, LONGEST_PAGE, PAGE, SINCE, ControlEndpoint, ControlRequest
from mockserver.world.steering import grant as give
from mockserver.world.steering import log_out
from mockserver.world.world import World


class GrantBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The credits to add to an account, a whole number. A negative amount removes credits."""

    amount: Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]


class NothingBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An empty body: this request has no options."""


LEDGER = 100
"""Entries of a ledger that are shown, the last ones."""


class EntryView(Struct, frozen=True):
    """One line of a ledger. `counts` is false for a refund that is not due yet."""

    kind: str
    amount: int
    at: str
    exchange: int | None
    generation: int | None
    counts: bool


class AccountView(Struct, frozen=True):
    """An account with the last lines of its ledger. `entries` is the number of all lines."""

    id: int
    email: str
    full_name: str | None
    plan: str | None
    credits: int
    created_at: str
    generations: int
    session: int
    ledger: list[EntryView]
    entries: int


class Accounts(Struct, frozen=True):
    """A page of the accounts. `next` is the `since` of the following page."""

    accounts: list[AccountView]
    total: int
    next: int | None


def account_view(world: World, whose: Account) -> AccountView:
    """Return the view of an account."""
    entries = sorted(whose.ledger, key=lambda entry: entry.at)
    return AccountView(
        whose.id,
        whose.email,
        whose.full_name,
        whose.plan,
        world.balance(whose),
        iso(whose.created_at),
        len(whose.generations),
        whose.session,
        [_entry(world, entry) for entry in entries[-LEDGER:]],
        len(entries),
    )


def _entry(world: World, entry: LedgerEntry) -> EntryView:
    good = counts(entry, world.time.age)
    return EntryView(entry.kind, entry.amount, iso(entry.at), entry.exchange, entry.generation, good)


def index(request: ControlRequest) -> Accounts:
    """List the accounts by their ids."""
    world, since, limit = request.open_world(), request.number("since", 0), request.number("limit", PAGE, LONGEST_PAGE)
    later = sorted((account for account in world.accounts if account.id > since), key=lambda account: account.id)
    page = later[:limit]
    following = page[-1].id if page and len(later) > len(page) else None
    return Accounts([account_view(world, account) for account in page], len(world.accounts), following)


INDEX: Final = partial(
    ControlEndpoint,
    name="accounts",
    answer=index,
    summary="List the accounts with their wallets",
    view=Accounts,
    parameters=(SINCE, LIMIT),
    errors=(404,),
)


def show(request: ControlRequest) -> AccountView:
    """Show one account."""
    world = request.open_world()
    return account_view(world, _account(world, request.ids["email"]))


SHOW: Final = partial(
    ControlEndpoint,
    name="account",
    answer=show,
    summary="Show an account with its wallet",
    view=AccountView,
    errors=(404,),
)


def grant(request: ControlRequest) -> AccountView:
    """Add credits to an account, or take them."""
    body = request.body(GrantBody)
    return request.steer(partial(_granted, request.ids["email"], body.amount))


GRANT: Final = partial(
    ControlEndpoint,
    name="grant",
    answer=grant,
    summary="Add credits to an account, or take them",
    body=GrantBody,
    view=AccountView,
    errors=(404, 503),
)


def expire(request: ControlRequest) -> AccountView:
    """Make every token worthless that the account was issued."""
    request.body(NothingBody)
    return request.steer(partial(_logged_out, request.ids["email"]))


EXPIRE: Final = partial(
    ControlEndpoint,
    name="expire_tokens",
    answer=expire,
    summary="Make every token worthless that an account was issued",
    body=NothingBody,
    view=AccountView,
    errors=(404, 503),
)


def _granted(email: str, amount: int, world: World) -> AccountView:
    account = _account(world, email)
    give(world, account, amount)
    return account_view(world, account)


def _logged_out(email: str, world: World) -> AccountView:
    account = _account(world, email)
    log_out(account)
    return account_view(world, account)


def _account(world: World, email: str) -> Account:
    account = world.accounts.by_email(email)
    if account is None:
        known = few(account.email for account in world.accounts)
        raise NotFound(f"there is no account {worded(email)} in the world {world.name}; there is {known}")
    return account
