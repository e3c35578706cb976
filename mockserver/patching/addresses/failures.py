"""Connection failures on the way to the API's host, before any HTTP. Each is real, and the client itself notices it.

A connection is sent to an address that refuses it, or to one that never answers. So each client raises its own error,
after its own time-out, and no client is imitated.
"""

import socket
from contextlib import ExitStack
from enum import StrEnum
from typing import Final

from mockserver.tls.authority import Authority

# Two fill the queue on Linux; the others are for systems that let some more in than they are asked to.
_FILLERS: Final = 8


class Kind(StrEnum):
    """The kinds of failure. Connections that are already open go on."""

    DNS = "dns"
    """The name is not known."""

    REFUSED = "refused"
    """The address refuses connections."""

    TIMEOUT = "connect-timeout"
    """The address never answers."""

    UNTRUSTED = "untrusted"
    """The certificate is from an unknown authority."""


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
        """Give back the sockets; a client that still waits is refused at its next attempt."""
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
