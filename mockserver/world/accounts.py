"""The accounts of one world, found by id, by e-mail address or by API key."""

from collections.abc import Iterator

from mockserver.core.account import FIRST_ID, Account, Declaration
from mockserver.core.wallet import Ledger


class Accounts:
    """Every account that was declared or signed up. No account is ever removed."""

    def __init__(self) -> None:
        self._ids: dict[int, Account] = {}
        self._emails: dict[str, Account] = {}
        self._api_keys: dict[str, Account] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._ids.values())

    def __getitem__(self, id_: int) -> Account:
        return self._ids[id_]

    @property
    def next_id(self) -> int:
        """The id of the next account to sign up."""
        return max(self._ids, default=FIRST_ID - 1) + 1

    def open(self, id_: int, declaration: Declaration, now: int) -> Account:
        """Add an account, opened at an instant, its ledger empty."""
        account = Account(
            id=id_,
            email=declaration.email,
            password=declaration.password,
            full_name=declaration.full_name,
            plan=declaration.plan,
            api_key=declaration.api_key,
            created_at=now,
            ledger=Ledger(),
        )
        self._ids[id_] = self._emails[account.email] = account
        if account.api_key is not None:
            self._api_keys[account.api_key] = account
        return account

    def by_id(self, id_: int) -> Account | None:
        """Return the account with an id."""
        return self._ids.get(id_)

    def by_email(self, email: str) -> Account | None:
        """Return the account with an address."""
        return self._emails.get(email)

    def by_api_key(self, key: str) -> Account | None:
        """Return the account that an API key was issued to."""
        return self._api_keys.get(key)
