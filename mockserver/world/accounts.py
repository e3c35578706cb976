"""The accounts of one world, and the tokens and API keys that identify them."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from mockserver.core import chance, token
from mockserver.core.account import FIRST_ID, Account, Declaration, numbered, require_email
from mockserver.core.errors import Flaw, Invalid, Unauthorized, Unavailable
from mockserver.core.generation import Generation
from mockserver.core.instant import SECOND
from mockserver.core.scenario import Scenario
from mockserver.core.wallet import EntryKind, Ledger, LedgerEntry
from mockserver.core.wording import few, quoted
from mockserver.world.bounds import MOST_ACCOUNTS
from mockserver.world.clock import Clock

# Source: WHATWG URL, "application/x-www-form-urlencoded": a plus sign in a form means a space.
_SENT_PLUS: Final = re.compile(r"\S \S+@")


MOST_REMEMBERED: Final = 256
"""The most tokens and API keys whose caller one world remembers. Clients send the same ones again and again."""


class Caller(Struct, frozen=True):
    """The account that a request names, even if its token is no longer valid."""

    account: Account
    until: int | None = None
    """The instant from which the token is no longer valid; None if the request carries the API key of the account."""
    session: int = 0
    """The session of the account to which the token belongs. A token of an earlier session is no longer valid."""


def signing_key(seed: int, name: str) -> bytes:
    """Return the key with which a world of this name signs its tokens and links."""
    return chance.secret(seed, "key", name)


class Accounts:
    """Every account that the scenario declared or a client signed up. No account is ever removed."""

    def __init__(self, scenario: Scenario, name: str, clock: Clock, key: bytes) -> None:
        self._ids: dict[int, Account] = {}
        self._emails: dict[str, Account] = {}
        self._api_keys: dict[str, Account] = {}
        self._world = name
        self._clock = clock
        self._key = key
        self._ttl = scenario.tokens.ttl
        self._callers: dict[str, Caller] = {}
        """The callers by token or API key. Entries stay correct: no account is removed, and no claim changes."""
        for id_, declaration in numbered(scenario.accounts):
            self.open(id_, declaration)

    def sign_as(self, name: str, key: bytes) -> None:
        """Issue tokens in the name of another world from now on, and accept its tokens only."""
        self._world, self._key = name, key
        self._callers.clear()

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._ids.values())

    def __getitem__(self, id_: int) -> Account:
        return self._ids[id_]

    def by_id(self, id_: int) -> Account | None:
        """Return the account with this id."""
        return self._ids.get(id_)

    def by_email(self, email: str) -> Account | None:
        """Return the account with this e-mail address."""
        return self._emails.get(email)

    def refund_age(self, generation: Generation) -> int | None:
        """Return the age, in microseconds, at which a generation is refunded; None if it never is."""
        refund = self._ids[generation.owner].ledger.refund(generation.id)
        return None if refund is None else refund.due

    def open(self, id_: int, declaration: Declaration, exchange: int | None = None) -> Account:
        """Open an account now and grant its first credits.

        `exchange` is the number of the request that signs up the account; None for an account that the scenario
        declares.
        """
        account = Account(
            id=id_,
            email=declaration.email,
            password=declaration.password,
            full_name=declaration.full_name,
            plan=declaration.plan,
            api_key=declaration.api_key,
            created_at=self._clock.now(),
            ledger=Ledger(),
        )
        self._ids[id_] = self._emails[account.email] = account
        if account.api_key is not None:
            self._api_keys[account.api_key] = account
        account.ledger.write(LedgerEntry(EntryKind.GRANT, declaration.credits, account.created_at, exchange))
        return account

    def sign_up(self, declaration: Declaration, exchange: int) -> Account:
        """Open an account for a client. Raises Invalid if the e-mail address is malformed or taken."""
        require_email(declaration.email)
        if declaration.email in self._emails:
            raise Invalid(Flaw("email", "an account with this address exists already"))
        if len(self._ids) >= MOST_ACCOUNTS:
            raise Unavailable(hint=f"a world holds at most {MOST_ACCOUNTS} accounts; reset it")
        return self.open(max(self._ids, default=FIRST_ID - 1) + 1, declaration, exchange)

    def log_in(self, email: str, password: str) -> str:
        """Return a new access token. Raises Unauthorized if there is no such account or the password is wrong."""
        account = self._emails.get(email)
        if account is None or account.password != password:
            raise Unauthorized("Incorrect email or password", hint=self._why_no_login(email))
        claims = token.claims(account.id, account.session, self._world, self._clock.now(), self._ttl)
        return token.issue(claims, self._key)

    def _why_no_login(self, email: str) -> str:
        """Say why a login with this address fails.

        The emulator may give the reason, because it guards no real account.
        """
        if email in self._emails:
            return f"{email} has another password in the world {self._world}"
        unknown = f"there is no account {quoted(email)} in the world {self._world}"
        if _SENT_PLUS.search(email):
            return f"{unknown}; a + in a form is written %2B, else it means a space"
        return f"{unknown}; there is {few(self._emails)}"

    def identify(self, bearer: str) -> Caller | None:
        """Return the caller that a token or an API key names, or None if there is no such account.

        An expired token still names its account.
        """
        caller = self._callers.get(bearer)
        if caller is None:
            caller = self._read(bearer)
            if caller is not None:
                self._callers[bearer] = caller
                if len(self._callers) > MOST_REMEMBERED:
                    del self._callers[next(iter(self._callers))]
        return caller

    def _read(self, bearer: str) -> Caller | None:
        claims = token.read(bearer, self._key)
        if claims is None:
            owner = self._api_keys.get(bearer)
            return None if owner is None else Caller(owner)
        account = self._ids.get(int(claims.sub)) if claims.world == self._world else None
        return None if account is None else Caller(account, claims.exp * SECOND, claims.sid)

    def admit(self, caller: Caller | None) -> Account:
        """Return the account of a caller.

        Raises Unauthorized if there is no caller, or if its token is no longer valid.
        """
        if caller is None:
            raise Unauthorized(
                hint="no bearer token that this world signed: log in here; another seed or world signs others"
            )
        if caller.until is not None and (caller.session != caller.account.session or self._clock.now() >= caller.until):
            raise Unauthorized(hint="this token has expired; `tokens: {ttl}` sets how long one is good")
        return caller.account
