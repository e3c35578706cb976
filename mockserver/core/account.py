"""Accounts: their declarations in a scenario, and the state of each account in a running world."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct

from mockserver.core.errors import Flaw, Invalid
from mockserver.core.wallet import Credits, Ledger

# Source: API reference, "Programmatic access".
PLANS_WITH_KEYS: Final = ("Ultimate Visionary Studio", "Titan Studio")
"""The plans that include a dedicated API key."""

_EMAIL = re.compile(r"[^\s@\x00-\x20]{1,64}@[^\s@.\x00-\x20]+(\.[^\s@.\x00-\x20]+)+")

Id = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]


class Declaration(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of the section `accounts`: `id` None means the id of the account before plus 1, or 17 for the first."""

    email: Text
    password: Text
    credits: Credits = 100
    id: Id | None = None
    full_name: Text | None = None
    plan: Text | None = None
    api_key: Text | None = None


# Source: API reference, "Authentication" and "Create a generation" (`user_id`).
FIRST_ID: Final = 17
REFERENCE_ACCOUNT: Final = Declaration(email="you@example.com", password="YOUR_PASSWORD")  # noqa: S106
"""The account with which every published example logs in."""


def numbered(declarations: Iterable[Declaration]) -> Iterator[tuple[int, Declaration]]:
    """Yield each declaration with its id.

    A declaration without an id gets the id of the account before plus 1; the first account gets 17.
    """
    last = FIRST_ID - 1
    for declaration in declarations:
        last = declaration.id or last + 1
        yield last, declaration


class Account(Struct, kw_only=True, eq=False):
    """The state of one account. Only its world changes this state.

    `created_at` is an instant; `session` is a number that rises when all tokens of the account are revoked.
    `generations` are the ids of its generations that are not deleted, oldest first.
    """

    id: int
    email: str
    password: str
    full_name: str | None
    plan: str | None
    api_key: str | None
    created_at: int
    ledger: Ledger
    session: int = 1
    generations: dict[int, None] = {}


def require_email(email: str) -> None:
    """Raise Invalid if the text does not have the form of an e-mail address. Assumed: the reference is silent."""
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Invalid(Flaw("email", "expected an e-mail address such as you@example.com"))
