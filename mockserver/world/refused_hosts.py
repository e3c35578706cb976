"""The other hosts that clients asked this server to connect them to. A server refuses all of them and keeps a list."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from mockserver.core.wording import quoted

MOST: Final = 1000
"""The most hosts that are counted separately. Requests for further hosts are counted only in the total."""


LONGEST: Final = 253
"""The most characters of a host.

Source: RFC 1035, section 3.1: 255 bytes, which are 253 characters without the last dot.
"""

_HOST: Final = re.compile(rf"[A-Za-z0-9._:-]{{1,{LONGEST}}}")


class Refused(Struct, frozen=True):
    """A host and port, and how often clients asked for them."""

    host: str
    port: int
    count: int


class RefusedHosts:
    """The hosts and ports that a server refused to connect a client to, each with a count.

    A host is a name or an address: at most LONGEST characters of `A-Z a-z 0-9 . _ : -`, so it can be kept and shown.
    `tell` is called with the host and port at each refusal.
    """

    def __init__(self, tell: Callable[[str, int], object] | None = None) -> None:
        self.total = 0
        """The number of requests for other hosts."""
        self._tell = tell
        self._counts: dict[tuple[str, int], int] = {}

    def note(self, host: str, port: int) -> None:
        """Count a request for another host. Raises ValueError if the text is not a valid host."""
        if not _HOST.fullmatch(host):
            msg = f"expected the name or address of a host, found {quoted(host)}"
            raise ValueError(msg)
        self.total += 1
        if (host, port) in self._counts or len(self._counts) < MOST:
            self._counts[host, port] = self._counts.get((host, port), 0) + 1
        if self._tell is not None:
            self._tell(host, port)

    def __iter__(self) -> Iterator[Refused]:
        return (Refused(host, port, count) for (host, port), count in tuple(self._counts.items()))
