"""The API's error table: one class a documented status, raised deep in the code and answered in one place.

    ApiError
    ├── Invalid               400  a field is missing or wrong
    ├── Unauthorized          401  no good bearer token
    ├── InsufficientCredits   402  the balance is lower than the cost
    ├── Forbidden             403  a media link is no longer good
    ├── NotFound              404  not there, or not yours
    ├── MethodNotAllowed      405  the path exists, this method does not
    ├── TooLarge              413  the body is over the limit
    ├── UnsupportedMediaType  415  the body is written in a way that is not read
    ├── HeadersTooLarge       431  the headers are over the limit
    └── Unavailable           503  a bound of the emulator itself is reached

`detail` is for the client; `hint` is for the person behind it, in the header `X-Mock-Hint`. Both are printable,
whatever words of the request they repeat.
"""

from typing import ClassVar, Final, Literal

from msgspec import Struct

from mockserver.core.wording import printable


class ApiError(Exception):
    """An answer of the API that is not a success; `detail` is the sentence that its body carries."""

    status: ClassVar[int]
    phrase: ClassVar[str]

    def __init__(self, detail: str | None = None, *, hint: str | None = None) -> None:
        self.detail = printable(detail or self.phrase)
        self.hint = None if hint is None else printable(hint)
        super().__init__(self.detail)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers that belong to this error, beside those of every answer."""
        return ()


class Flaw(Struct, frozen=True):
    """One mistake in a request: the field (empty: the whole), a sentence, and the part that holds the field."""

    field: str
    sentence: str
    source: Literal["body", "query"] = "body"
    missing: bool = False

    def __str__(self) -> str:
        return printable(f"{self.field}: {self.sentence}" if self.field else self.sentence)


class Invalid(ApiError):
    """Name each field that is missing or wrong. Source: API reference, "Errors & Limits": 400."""

    status = 400
    phrase = "Bad request"

    def __init__(self, *flaws: Flaw, hint: str | None = None) -> None:
        super().__init__("; ".join(map(str, flaws)), hint=hint)
        self.flaws = flaws


class Unauthorized(ApiError):
    """Refuse a request without a good token. Source: API reference, "Errors & Limits": 401."""

    status = 401
    phrase = "Missing or invalid bearer token"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that RFC 6750 asks for."""
        return (("www-authenticate", "Bearer"),)


class InsufficientCredits(ApiError):
    """Refuse an order that costs more than the balance. Source: API reference, "Credits & Wallet"."""

    status = 402
    phrase = "Insufficient credits"


class Forbidden(ApiError):
    """Refuse a media link that has expired or was tampered with. Assumed: the reference is silent."""

    status = 403
    phrase = "Forbidden"


class NotFound(ApiError):
    """Say that a thing does not exist, or belongs to another account. Source: "Errors & Limits": 404."""

    status = 404
    phrase = "Not found"


class MethodNotAllowed(ApiError):
    """Name the methods that a path has. Assumed: the reference is silent."""

    status = 405
    phrase = "Method not allowed"

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__()
        self.allowed = allowed

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The `Allow` that RFC 9110 asks for."""
        return (("allow", ", ".join(self.allowed)),)


class TooLarge(ApiError):
    """Refuse a body over the limit. Assumed: the reference is silent."""

    status = 413
    phrase = "Request body too large"


class UnsupportedMediaType(ApiError):
    """Refuse a body that is compressed or, by the control plane, no JSON. Assumed: the reference is silent."""

    status = 415
    phrase = "Unsupported media type"


class HeadersTooLarge(ApiError):
    """Refuse headers over the limit. Assumed: the reference is silent."""

    status = 431
    phrase = "Request header fields too large"


class Unavailable(ApiError):
    """Refuse a request beyond a bound of the emulator; the detail names the bound."""

    status = 503
    phrase = "Service unavailable"


ERRORS: Final[tuple[type[ApiError], ...]] = (
    Invalid,
    Unauthorized,
    InsufficientCredits,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    UnsupportedMediaType,
    HeadersTooLarge,
    Unavailable,
)
"""Every error of the API. The OpenAPI document takes the phrases of its refusals from here."""
