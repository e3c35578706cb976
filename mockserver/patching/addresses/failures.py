"""Connection failures on the way to the API's host, before any HTTP. Each failure is real.

A connection goes to an address that refuses it, or to one that never answers. So each client raises its own error after
its own time-out.
"""

import socket
from contextlib import ExitStack
from enum import StrEnum
from typing import Final

from mockserver.tls.authority import Authority

# Two connections fill the queue on Linux; other systems accept some more than the program asks for.
_FILLERS: Final = 8


class FailureKind(StrEnum):
    """The kinds of failure. Connections that are already open are not affected."""

    DNS = "dns"
    """The name is not known."""

    REFUSED = "refused"
    """The address refuses connections."""

    TIMEOUT = "connect-timeout"
    """The address never answers."""

    UNTRUSTED = "untrusted"
    """The certificate is from an unknown authority."""


class Failure:
    """One failure, in force until `end`. Connections go to `address` meanwhile; None: to the usual address."""

    def __init__(self, kind: FailureKind, authority: Authority) -> None:
        self.kind = kind
        self.address: tuple[str, int] | None = None
        self._held = ExitStack()
        if kind is FailureKind.UNTRUSTED:
            self._held.enter_context(authority.replaced())
        if kind is FailureKind.REFUSED:
            self.address = self._bound().getsockname()
        if kind is FailureKind.TIMEOUT:
            self.address = self._full()

    def end(self) -> None:
        """Close the sockets; a client that still waits is refused at its next attempt."""
        self._held.close()

    def _bound(self) -> socket.socket:
        # Bound, so that no other process can listen there, and not listening itself.
        bound = self._held.enter_context(socket.socket())
        bound.bind(("127.0.0.1", 0))
        return bound

    def _full(self) -> tuple[str, int]:
        """Return an address whose queue of new connections is full: further connections get no answer."""
        listener = self._bound()
        listener.listen(1)
        address: tuple[str, int] = listener.getsockname()
        for _ in range(_FILLERS):
            filler = self._held.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
        return address
