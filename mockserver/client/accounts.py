"""The accounts of a world: read them, grant credits, log out everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mockserver.client.control import Control, segment, with_query
from mockserver.client.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One movement of credits."""

    kind: str
    """`grant`, `reserve` or `refund`."""

    amount: int
    at: datetime

    exchange: int | None
    """The number of the exchange that caused it, if any."""

    generation: int | None
    """The id of the generation that caused it, if any."""

    counts: bool
    """Whether the balance includes it by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account at one moment."""

    id: int
    email: str
    full_name: str | None
    plan: str | None
    credits: int
    """The balance that the account can spend."""

    created_at: datetime
    generations: int
    """The number of its generations."""

    session: int
    """The number of its session, which each logout everywhere raises."""

    ledger: tuple[Entry, ...]
    """The last hundred movements, oldest first."""

    entries: int
    """The number of all movements."""


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """One account. Each attribute is fetched when it is read.

    >>> you = world.accounts["you@example.com"]
    >>> you.credits
    100
    >>> you.grant(50).credits
    150
    >>> [(entry.kind, entry.amount) for entry in you.ledger]
    [('grant', 100), ('grant', 50)]
    """

    email: str
    _control: Control = field(repr=False)

    def view(self) -> AccountView:
        """Return everything about the account at one moment."""
        return self._control.read(AccountView, self._path)

    @property
    def credits(self) -> int:
        """The balance that the account can spend."""
        return self.view().credits

    @property
    def ledger(self) -> tuple[Entry, ...]:
        """Where the credits came from and went, oldest first; the last hundred entries."""
        return self.view().ledger

    def grant(self, amount: int) -> AccountView:
        """Add whole credits; a negative amount takes them, Invalid if that is more than there are."""
        return self._control.send(AccountView, "POST", f"{self._path}/credits", {"amount": amount})

    def expire_tokens(self) -> AccountView:
        """Make all tokens of the account invalid."""
        return self._control.send(AccountView, "POST", f"{self._path}/tokens/expire", {})

    @property
    def _path(self) -> str:
        return f"/accounts/{segment(self.email)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    accounts: tuple[AccountView, ...]
    total: int
    next: int | None


class Accounts:
    """The accounts of a world, in the order of their ids. An e-mail address selects one.

    >>> [account.email for account in world.accounts]
    ['you@example.com']
    >>> "nobody@example.com" in world.accounts
    False
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def __getitem__(self, email: str) -> Account:
        return Account(email, self._control)

    def __iter__(self) -> Iterator[Account]:
        return (self[view.email] for view in self.views())

    def __len__(self) -> int:
        return self._control.read(_Page, with_query("/accounts", {"limit": 1})).total

    def __contains__(self, email: object) -> bool:
        if not isinstance(email, str):
            return False
        try:
            self[email].view()
        except NotFound:
            return False
        return True

    def views(self) -> Iterator[AccountView]:
        """Yield a look at each account, fetched as they are read."""
        for page in self._control.pages(_Page, "/accounts", {}):
            yield from page.accounts
