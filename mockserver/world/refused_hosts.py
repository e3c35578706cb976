"""Other hosts that clients asked this server the way to: it leads nowhere but to itself, and keeps a list of them."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

MOST: Final = 1000
"""Hosts that are told apart; what is asked of further ones is counted all together."""


class Refused(Struct, frozen=True):
    """A host and port, and how often it was asked for."""

    host: str
    port: int
    count: int


class RefusedHosts:
    """Whom a server refused to lead to, each host and port with a count; `total` counts all.

    `tell` is told of each time.
    """

    def __init__(self, tell: Callable[[str, int], object] | None = None) -> None:
        self.total = 0
        self._tell = tell
        self._counts: dict[tuple[str, int], int] = {}

    def note(self, host: str, port: int) -> None:
        """Count a request for another host."""
        self.total += 1
        if (host, port) in self._counts or len(self._counts) < MOST:
            self._counts[host, port] = self._counts.get((host, port), 0) + 1
        if self._tell is not None:
            self._tell(host, port)

    def __iter__(self) -> Iterator[Refused]:
        return (Refused(host, port, count) for (host, port), count in tuple(self._counts.items()))
