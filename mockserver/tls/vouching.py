"""Who vouches for a server over TLS, made when somebody first asks: that takes longer than to start."""

import ssl
from collections.abc import Callable
from functools import cached_property

from mockserver.tls.authority import Authority, standard


class Vouching:
    """An authority that is not there before it is needed, and a server's context that needs it with the first client.

    `make` makes the authority.
    """

    def __init__(self, make: Callable[[], Authority] = Authority) -> None:
        self._make = make

    @cached_property
    def authority(self) -> Authority:
        """Who vouches for the server; LibraryMissing without the extra `tls`."""
        return self._make()

    @cached_property
    def context(self) -> ssl.SSLContext:
        """What a server speaks TLS with."""
        # Where truststore is injected, the class that bears the name now is made for clients.
        context = standard(ssl.SSLContext, "ssl")(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject, name: str, context: ssl.SSLContext) -> None:
        connection.context = self.authority.context
        chosen = self.authority.context.sni_callback
        if chosen is not None:
            chosen(connection, name, context)
