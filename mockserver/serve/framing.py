"""Uvicorn's HTTP protocol, but a request with `Upgrade` keeps its body.

For the parser, httptools, a head with `Upgrade` ends HTTP on the connection: it reads no body, and Uvicorn parses the
body's bytes as the next request. This server ignores every `Upgrade`, as RFC 9110, section 7.8, allows. The body is
then as long as `Content-Length` or `Transfer-Encoding` says.
"""

from typing import Final, cast

import httptools
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.http.tunnel import TARGET

# Source: RFC 9112, section 6.3.
_FRAMING: Final = (b"content-length", b"transfer-encoding")


class HttpProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, but it ignores every `Upgrade`, and keeps the whole URL of a request to a proxy."""

    _repeating = False
    """True while a new parser reads a copy of the head of a request that has already begun."""

    def data_received(self, data: bytes) -> None:
        """Parse the bytes; answer bytes that are no HTTP with a 400, and close."""
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
                # The parser stopped after a head; its argument is the place in `data`.
                data = memoryview(data)[stop.args[0] :]
                self._read_on()
            else:
                return

    def _read_on(self) -> None:
        """Let a new parser read the body of the present request, and all requests after it."""
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
            # Only the first request of a connection can open a tunnel. The bytes after this one may be meant for a
            # tunnel and be no HTTP: the parser must not read them.
            raise httptools.HttpParserError
        if not self.url.startswith((b"/", b"*")):
            self._name_whole_url(cast("Scope", self.scope))
        super().on_headers_complete()
        # Fields after a chunked body are no headers: the request keeps its own list, and they go to a new one.
        self.headers = []

    def _name_whole_url(self, scope: Scope) -> None:
        scope["extensions"] = {TARGET: self.url}
        if self.url[:6].lower() == b"https:":
            scope["scheme"] = "https"

    def on_message_complete(self) -> None:
        """End the body, unless the parser skipped it for an `Upgrade`."""
        if not self.parser.should_upgrade():
            super().on_message_complete()
