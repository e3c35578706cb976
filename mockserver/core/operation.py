"""The operations of the API, by the words that scenarios, journal and documentation share."""

from enum import StrEnum
from typing import Final


class Operation(StrEnum):
    """One thing that a client can ask for. Source: API reference; `media` are the URLs in `outputs`."""

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


POLLS: Final = frozenset({Operation.STATUS, Operation.RESULT})
"""The operations with which a client asks how a generation is doing; asking again moves a `poll` clock."""
