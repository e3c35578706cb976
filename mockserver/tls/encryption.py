"""The server's side of TLS, on a connection that has begun or on one that is open already."""

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol


class Encryption(SSLProtocol):
    """The server's side of TLS between a protocol and its transport, which is in `transports` while it is open.

    Written out, because the TLS of the event loops hides what is encrypted and not sent yet; and because they take no
    context but of the class that bears the name at that time.
    """

    def __init__(self, within: asyncio.Protocol, context: ssl.SSLContext, transports: set[asyncio.Transport]) -> None:
        super().__init__(asyncio.get_running_loop(), within, context, None, server_side=True)  # type: ignore[arg-type]
        self._transports = transports

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to agree with the client; what is within hears of it when that is done."""
        self._beneath = transport
        self._transports.add(transport)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End for what is within too."""
        self._transports.discard(self._beneath)
        super().connection_lost(exc)
