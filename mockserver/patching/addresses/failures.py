"""Troubles on the way to the API's host, before a word of HTTP is said: each is real, and its client's own to notice.

A connection is sent to where it is refused, or to where nobody answers. So every client raises what it would raise,
after the time that it gives a connection, and no client is imitated.
"""

import socket
from contextlib import ExitStack
from enum import StrEnum
from typing import Final

from mockserver.tls.authority import Authority

# Two fill the queue on Linux; the others are for systems that let some more in than they are asked to.
_FILLERS: Final = 8


class Kind(StrEnum):
    """What goes wrong. Connections that are open already go on."""

    DNS = "dns"
    """The name is not known."""

    REFUSED = "refused"
    """Nobody listens there."""

    TIMEOUT = "connect-timeout"
    """Nobody answers there."""

    UNTRUSTED = "untrusted"
    """The certificate is from an authority that nobody knows."""


class Trouble:
    """One trouble in force, until its end; `address` is where connections go meanwhile, None where they always go."""

    def __init__(self, kind: Kind, authority: Authority) -> None:
        self.kind = kind
        self.address: tuple[str, int] | None = None
        self._held = ExitStack()
        if kind is Kind.UNTRUSTED:
            self._held.enter_context(authority.replaced())
        if kind is Kind.REFUSED:
            self.address = self._bound().getsockname()
        if kind is Kind.TIMEOUT:
            self.address = self._full()

    def end(self) -> None:
        """Give back what it took; who still waits for an answer is refused the next time it asks."""
        self._held.close()

    def _bound(self) -> socket.socket:
        # Bound, so that nobody else can come to listen there, and not listening itself.
        bound = self._held.enter_context(socket.socket())
        bound.bind(("127.0.0.1", 0))
        return bound

    def _full(self) -> tuple[str, int]:
        """Return an address whose queue of new connections is full: what else asks to be let in is not answered."""
        listener = self._bound()
        listener.listen(1)
        address: tuple[str, int] = listener.getsockname()
        for _ in range(_FILLERS):
            filler = self._held.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
        return address
