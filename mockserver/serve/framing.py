"""Uvicorn's HTTP protocol, where what a request offers never changes where its body ends.

The parser, httptools, takes a head with `Upgrade` for the end of HTTP on that connection: it reads no body, and Uvicorn
has it read the bytes that follow as the next request. This server ignores every `Upgrade`, as RFC 9110, section 7.8,
allows. The body is then as long as `Content-Length` or `Transfer-Encoding` says.
"""

from typing import Final, cast

import httptools
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.http.tunnel import TARGET

# Source: RFC 9112, section 6.3.
_FRAMING: Final = (b"content-length", b"transfer-encoding")


class HttpProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which ignores every `Upgrade` and keeps the whole URL that a request to a proxy is for."""

    _repeating = False
    """Whether the parser is fed the head of a request that was already begun."""

    def data_received(self, data: bytes) -> None:
        """Read what came; refuse what is no HTTP, and close."""
        self._unset_keepalive_if_required()
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def _parse(self, data: bytes | memoryview) -> None:
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as stop:
                # The parser stopped behind a head, and says where.
                data = memoryview(data)[stop.args[0] :]
                self._read_on()
            else:
                return

    def _read_on(self) -> None:
        """Have a new parser read the body of the request whose head was read last, and what follows."""
        fields = [b"%s: %s\r\n" % field for field in self.scope["headers"] if field[0] in _FRAMING]
        version = self.scope["http_version"].encode()
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as Uvicorn does
        self._repeating = True
        self.parser.feed_data(b"POST / HTTP/%s\r\n%s\r\n" % (version, b"".join(fields)))
        self._repeating = False

    def on_headers_complete(self) -> None:
        """Begin to answer the request, once."""
        if self._repeating:
            return
        if self.parser.get_method() == b"CONNECT":
            # Only the first request of a connection opens a tunnel. What follows this one may be meant for a tunnel and
            # be no HTTP: the parser must read none of it.
            raise httptools.HttpParserError
        if not self.url.startswith((b"/", b"*")):
            self._name_whole_url(cast("Scope", self.scope))
        super().on_headers_complete()
        # Fields behind a body in chunks are no headers: the request keeps the list that it has.
        self.headers = []

    def _name_whole_url(self, scope: Scope) -> None:
        scope["extensions"] = {TARGET: self.url}
        if self.url[:6].lower() == b"https:":
            scope["scheme"] = "https"

    def on_message_complete(self) -> None:
        """End the body, unless the parser skipped it for an `Upgrade`."""
        if not self.parser.should_upgrade():
            super().on_message_complete()
