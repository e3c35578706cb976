"""The way by TLS into the session's own server: always there, and vouched for from when somebody first asks by whom."""

import ssl
from functools import cached_property

from mockserver.tls import Authority


class Door:
    """What the API's own address leads to: `context` is the server's, `address` where it listens with that."""

    address: tuple[str, int]

    def __init__(self) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.sni_callback = self._choose

    @cached_property
    def authority(self) -> Authority:
        """Who vouches for the server; LibraryMissing without the extra `tls`.

        Made when it is needed: most sessions never are, and to import what makes it takes longer than to start.
        """
        return Authority()

    def _choose(self, connection: ssl.SSLObject, name: str, context: ssl.SSLContext) -> None:
        connection.context = self.authority.context
        chosen = self.authority.context.sni_callback
        if chosen is not None:
            chosen(connection, name, context)
