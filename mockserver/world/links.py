"""The signed links to the files of one world."""

import re
from typing import Final

from mockserver.core import token
from mockserver.core.errors import Forbidden
from mockserver.core.instant import SECOND, whole_seconds
from mockserver.world.clock import Clock

# Seconds since 1970. The key is computed from the seed. So a client that knows the seed can sign any other text too.
_EXPIRES: Final = re.compile(r"[0-9]{1,15}")


class Links:
    """Signs the links of one world, and checks the signature and the expiry of a link that a client follows."""

    def __init__(self, clock: Clock, key: bytes, ttl: int | None) -> None:
        self._clock = clock
        self._key = key
        self._ttl = ttl
        """Microseconds for which a link is valid; None if it never expires."""

    def sign_as(self, key: bytes) -> None:
        """Sign with another key from now on, and accept its signatures only."""
        self._key = key

    def sign(self, path: str) -> str:
        """Return the path with a query that makes the path a valid link."""
        if self._ttl is None:
            return f"{path}?signature={token.sign(path, self._key)}"
        expires = whole_seconds(self._clock.now() + self._ttl)
        return f"{path}?expires={expires}&signature={token.sign(f'{path}?{expires}', self._key)}"

    def require(self, path: str, expires: str | None, signature: str) -> None:
        """Raise Forbidden unless this world signed the link and the link has not expired."""
        signed = token.signed(path if expires is None else f"{path}?{expires}", signature, self._key)
        if not signed or (expires is not None and not _EXPIRES.fullmatch(expires)):
            raise Forbidden("Invalid signature")
        if expires is not None and self._clock.now() >= int(expires) * SECOND:
            raise Forbidden(
                "Link expired", hint="read the generation again for a fresh link; `media: {ttl}` sets how long"
            )
