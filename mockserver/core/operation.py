"""The operations of the API, and the traits of each operation that other modules use."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct


class Operation(StrEnum):
    """One thing that a client can ask for. Source: API reference; `media` are the URLs in `outputs`.

    Scenarios, the journal and the documentation use these names.
    """

    SIGNUP = "signup"
    LOGIN = "login"
    ME = "me"
    FORGOT_PASSWORD = "forgot_password"  # noqa: S105 - a word of the API, not a secret
    MODELS = "models"
    CREATE = "create"
    HISTORY = "history"
    STATUS = "status"
    RESULT = "result"
    DELETE = "delete"
    MEDIA = "media"


class Traits(Struct, frozen=True, kw_only=True):
    """The traits of one operation that other modules use."""

    names_generation: bool = False
    """The path names a generation."""
    polls: bool = False
    """The client reads the state of a generation. A repeated read moves a `poll` clock."""
    needs_token: bool = True
    """The client must send a token. If this is false, the request names its account in another way."""
    secret_body: bool = False
    """The body holds a password, so the journal keeps no byte of it."""
    keyless: str | None = None
    """A description of the answer, if the answer has no keys that a fault could patch or remove."""
    filters: tuple[str, ...] = ()
    """The keys of `when` that are parameters in the query of the operation."""


_DECLARED: Final = {
    Operation.SIGNUP: Traits(needs_token=False, secret_body=True),
    Operation.LOGIN: Traits(needs_token=False, secret_body=True),
    Operation.ME: Traits(),
    Operation.FORGOT_PASSWORD: Traits(needs_token=False),
    Operation.MODELS: Traits(keyless="a list", filters=("generation_type",)),
    Operation.CREATE: Traits(),
    Operation.HISTORY: Traits(filters=("status", "generation_type", "project_id")),
    Operation.STATUS: Traits(names_generation=True, polls=True),
    Operation.RESULT: Traits(names_generation=True, polls=True),
    Operation.DELETE: Traits(names_generation=True),
    Operation.MEDIA: Traits(names_generation=True, needs_token=False, keyless="the bytes of a file"),
}

TRAITS: Final[Mapping[Operation, Traits]] = {operation: _DECLARED[operation] for operation in Operation}
"""The traits of every operation. If an operation has no row above, the import fails."""

POLLS: Final = frozenset(operation for operation, traits in TRAITS.items() if traits.polls)
"""The operations that read the state of a generation."""

ADDRESSING: Final = tuple(operation for operation, traits in TRAITS.items() if traits.names_generation)
"""The operations whose path names a generation."""

OPEN: Final = frozenset(operation for operation, traits in TRAITS.items() if not traits.needs_token)
"""The operations that need no token."""
