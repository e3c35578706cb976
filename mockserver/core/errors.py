"""The API's error table: one class for each documented status.

Errors are raised deep in the code, and one place answers them.

    ApiError
    ├── Invalid               400  a field is missing or wrong
    ├── Unauthorized          401  no good bearer token
    ├── InsufficientCredits   402  the balance is lower than the cost
    ├── Forbidden             403  a media link has expired or was changed
    ├── NotFound              404  it does not exist, or belongs to another account
    ├── MethodNotAllowed      405  the path exists, this method does not
    ├── TooLarge              413  the body is over the limit
    ├── UnsupportedMediaType  415  the body has an encoding that is not supported
    ├── HeadersTooLarge       431  the headers are over the limit
    └── Unavailable           503  a bound of the emulator itself is reached

`detail` is for the client. `hint` is for the developer of the client, in the header `X-Mock-Hint`. Both are printable,
even if they repeat text from the request.
"""

from typing import ClassVar, Final, Literal

from msgspec import Struct

from mockserver.core.wording import printable


class ApiError(Exception):
    """An error answer of the API. `detail` is the sentence in the body of the answer."""

    status: ClassVar[int]
    phrase: ClassVar[str]

    def __init__(self, detail: str | None = None, *, hint: str | None = None) -> None:
        self.detail = printable(detail or self.phrase)
        self.hint = None if hint is None else printable(hint)
        super().__init__(self.detail)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers that this error adds to the headers of every answer."""
        return ()


class Flaw(Struct, frozen=True):
    """One mistake in a request: the field, a sentence, and the part of the request that contains the field.

    An empty field means the whole part.
    """

    field: str
    sentence: str
    source: Literal["body", "query"] = "body"
    missing: bool = False

    def __str__(self) -> str:
        return printable(f"{self.field}: {self.sentence}" if self.field else self.sentence)


class Invalid(ApiError):
    """The request has fields that are missing or wrong.

    The error names each of these fields. Source: API reference, "Errors & Limits": 400.
    """

    status = 400
    phrase = "Bad request"

    def __init__(self, *flaws: Flaw, hint: str | None = None) -> None:
        super().__init__("; ".join(map(str, flaws)), hint=hint)
        self.flaws = flaws


class Unauthorized(ApiError):
    """The request has no valid token. Source: API reference, "Errors & Limits": 401."""

    status = 401
    phrase = "Missing or invalid bearer token"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The `WWW-Authenticate` challenge that RFC 6750 requires."""
        return (("www-authenticate", "Bearer"),)


class InsufficientCredits(ApiError):
    """The order costs more than the balance. Source: API reference, "Credits & Wallet"."""

    status = 402
    phrase = "Insufficient credits"


class Forbidden(ApiError):
    """The media link has expired, or was changed after it was signed. Assumed: the reference is silent."""

    status = 403
    phrase = "Forbidden"


class NotFound(ApiError):
    """The requested thing does not exist, or belongs to another account. Source: "Errors & Limits": 404."""

    status = 404
    phrase = "Not found"


class MethodNotAllowed(ApiError):
    """The path does not have the method of the request.

    The error names the methods of the path. Assumed: the reference is silent.
    """

    status = 405
    phrase = "Method not allowed"

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__()
        self.allowed = allowed

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The `Allow` header that RFC 9110 requires."""
        return (("allow", ", ".join(self.allowed)),)


class TooLarge(ApiError):
    """The body is larger than the limit. Assumed: the reference is silent."""

    status = 413
    phrase = "Request body too large"


class UnsupportedMediaType(ApiError):
    """The body is compressed, or the control plane got a body that is not JSON. Assumed: the reference is silent."""

    status = 415
    phrase = "Unsupported media type"


class HeadersTooLarge(ApiError):
    """The headers are larger than the limit. Assumed: the reference is silent."""

    status = 431
    phrase = "Request header fields too large"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The end of the connection: the rest of the request is not read."""
        return (("connection", "close"),)


class Unavailable(ApiError):
    """The request would exceed a bound of the emulator. The detail names the bound."""

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
"""Every error of the API. The OpenAPI document uses the phrases of these classes."""
