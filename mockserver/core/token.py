"""Access tokens and signed links.

A signature made with the key proves that a token is genuine, so a world need not store the tokens that it issued.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Final

from msgspec import DecodeError, Meta, Struct, ValidationError
from msgspec.json import Decoder, encode

from mockserver.core import instant
from mockserver.core.forms import LONGEST_DURATION, Duration

# Source: API reference, "Authentication": the published token begins with this segment.
HEADER: Final = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
"""The JOSE header `{"alg":"HS256","typ":"JWT"}`, encoded as in a token."""

LONGEST_TOKEN: Final = 2048
"""The most characters of a token that the mock reads. Its own tokens have about 250."""


class TokenSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The section `tokens`: how long a token is valid, in microseconds; None means a hundred years."""

    ttl: Duration | None = None


class Claims(Struct, frozen=True):
    """The claims of a token: its account (`sub`), its first and last second, its session, its world."""

    sub: Annotated[str, Meta(pattern=r"^[0-9]{1,18}\Z")]
    iat: int
    exp: int
    sid: int
    world: str


_claims = Decoder(Claims)


def claims(account: int, session: int, world: str, now: int, ttl: int | None) -> Claims:
    """Return the claims of a token that is issued at the instant `now`."""
    expires = now + (LONGEST_DURATION if ttl is None else ttl)
    return Claims(str(account), now // instant.SECOND, instant.whole_seconds(expires), session, world)


def issue(content: Claims, key: bytes) -> str:
    """Return the token: an HS256 JWT (RFC 7519)."""
    signed = f"{HEADER}.{_base64(encode(content))}"
    return f"{signed}.{_base64(_signature(signed, key))}"


def read(token: str, key: bytes) -> Claims | None:
    """Return the claims of a token, or None if the key did not sign the token. The token may have expired."""
    return _read(token, key) if len(token) <= LONGEST_TOKEN else None


def world(token: str) -> str | None:
    """Return the name of the world in the claims of a token; None if there is none. The signature is not checked."""
    _, _, payload = token.rpartition(".")[0].partition(".")
    content = _content(payload) if len(token) <= LONGEST_TOKEN else None
    return None if content is None else content.world


# This function is pure, so a cache of its last results saves time and changes nothing else.
@lru_cache(maxsize=1024)
def _read(token: str, key: bytes) -> Claims | None:
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    if header != HEADER or not _same(signature, _base64(_signature(signed, key))):
        return None
    return _content(payload)


def _content(payload: str) -> Claims | None:
    try:
        return _claims.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, DecodeError, ValidationError):
        return None


def sign(text: str, key: bytes) -> str:
    """Return the signature that a link carries for `text`."""
    return _base64(_signature(text, key)[:16])


def signed(text: str, signature: str, key: bytes) -> bool:
    """Return whether `signature` is the signature that the key gives for `text`."""
    return _same(signature, sign(text, key))


def _signature(text: str, key: bytes) -> bytes:
    return hmac.digest(key, text.encode(), sha256)


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
