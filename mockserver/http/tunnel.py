"""The server as an HTTPS proxy: every tunnel leads back into the server.

One plain port is thus base URL and proxy. The server itself answers within a tunnel to the API's host, in TLS. It never
forwards anything: it refuses a request for another host, and notes the host.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct
from starlette.types import Scope, Send

from mockserver.core.document import worded
from mockserver.tls.authority import API_HOST, LibraryMissing
from mockserver.tls.vouching import Vouching
from mockserver.world.refused_hosts import RefusedHosts

TARGET: Final = "imaginelab.target"
"""The extension of a scope under which a request for a whole URL, as proxies get it, has that URL."""

_HTTP, _HTTPS = 80, 443
_HERE: Final = ("localhost", "127.0.0.1", "::1")

# Source: RFC 9110, section 7.2, and RFC 9112, section 3.2; text before an `@` never belongs to a host.
_AUTHORITY: Final = re.compile(
    r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s/:@\[\]?#]+))(?::(?P<port>[0-9]{1,5}))?"
)
_URL: Final = re.compile(rf"(?P<scheme>(?i:https?))://(?P<authority>{_AUTHORITY.pattern})(?:[/?#].*)?")


class Place(Struct, frozen=True):
    """A host, as hosts are compared, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _place(match: re.Match[str], port: int) -> Place:
    name = match["address"] or match["name"]
    return Place(name.lower().removesuffix("."), int(match["port"] or port))


class Tunnels:
    """The hosts that a server answers for as a proxy: the API's, and the `names` of its own.

    `refused` collects all other hosts; `vouching` has the authority whose certificate is shown within a tunnel.
    """

    def __init__(
        self, names: Iterable[str] = (), vouching: Vouching | None = None, refused: RefusedHosts | None = None
    ) -> None:
        self.vouching = vouching or Vouching()
        self.refused = refused or RefusedHosts()
        self._names = frozenset(name.lower().removesuffix(".") for name in (API_HOST, *names))

    def objection(self, target: str) -> str:
        """Return the reason why no tunnel leads to the target of a `CONNECT`; an empty text where one does."""
        match = _AUTHORITY.fullmatch(target)
        if match is None or match["port"] is None:
            return f"expected CONNECT {API_HOST}:443, found {worded(target)}\n"
        place = _place(match, _HTTPS)
        if place.host not in self._names or place.port != _HTTPS:
            return self._refusal(place)
        try:
            # The client waits for this only once, since the authority is kept.
            _ = self.vouching.authority
        except LibraryMissing as problem:
            return f"{problem}\n"
        return ""

    def objection_to(self, url: str, own: int) -> str:
        """Return the reason why the server does not answer for a whole URL; an empty text where it does.

        `own` is the server's port.
        """
        match = _URL.fullmatch(url)
        if match is None:
            return f"expected a URL such as http://{API_HOST}/, found {worded(url)}\n"
        # Some clients ask a proxy for https without a tunnel, as Python's urllib does when a request is sent again.
        secure = match["scheme"].lower() == "https"
        place = _place(match, _HTTPS if secure else _HTTP)
        ports = (_HTTPS,) if secure else (_HTTP, own)
        named = place.host in self._names and place.port in ports
        return "" if named or (place.host in _HERE and place.port == own) else self._refusal(place)

    def _refusal(self, place: Place) -> str:
        self.refused.note(place.host, place.port)
        return f"imaginelab-mock leads nowhere but to {API_HOST}, and connects to no other host: not to {place}\n"


REASON: Final = b"Forbidden by imaginelab-mock"
"""The phrase beside the status 403. Many clients of proxies show only this."""

_AGREED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_VERB: Final = b"CONNECT "
_END: Final = b"\r\n\r\n"

# Bytes of the longest head of a CONNECT that is read.
_LONGEST: Final = 16 * 1024


def _refused(sentence: str) -> bytes:
    body = sentence.encode()
    about = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close" % len(body)
    return b"HTTP/1.1 403 %s\r\n%s\r\n\r\n%s" % (REASON, about, body)


async def refuse(sentence: str, send: Send) -> None:
    """Answer a request for a whole URL of another host."""
    body = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def objection(scope: Scope, tunnels: Tunnels) -> str:
    """Return the reason why this server does not answer a request; an empty text where it does."""
    url: bytes | None = scope.get("extensions", {}).get(TARGET)
    return "" if url is None else tunnels.objection_to(url.decode("latin-1"), (scope.get("server") or ("", 0))[1])


class Entrance(asyncio.Protocol):
    """A connection before its first bytes: they show whether it carries HTTP or a tunnel.

    `plain` and `encrypted` make the protocol for each. `transports` has the connections that no protocol owns yet.
    """

    def __init__(
        self,
        tunnels: Tunnels,
        plain: Callable[[], asyncio.Protocol],
        encrypted: Callable[[ssl.SSLContext], asyncio.BufferedProtocol],
        transports: set[asyncio.Transport],
    ) -> None:
        self._tunnels = tunnels
        self._plain = plain
        self._encrypted = encrypted
        self._transports = transports
        self._head = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first bytes."""
        self._transport = transport
        self._transports.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget a connection that ended before its first bytes."""
        self._transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Choose the protocol as soon as the first bytes allow."""
        self._head += data
        if not self._head.startswith(_VERB[: len(self._head)]):
            self._go_on(self._plain())
        elif _END in self._head:
            self._connect(*self._head.split(_END, 1))
        elif len(self._head) > _LONGEST:
            self._refuse(f"expected a CONNECT of at most {_LONGEST} bytes\n")

    def _go_on(self, protocol: asyncio.Protocol) -> None:
        self._transports.discard(self._transport)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._head)

    def _connect(self, head: bytes, early: bytes) -> None:
        _, _, rest = head.partition(b" ")
        sentence = self._tunnels.objection(rest.partition(b"\r\n")[0].rpartition(b" ")[0].decode("latin-1"))
        if sentence:
            self._refuse(sentence)
            return
        self._transports.discard(self._transport)
        self._transport.write(_AGREED)
        within = self._encrypted(self._tunnels.vouching.context)
        self._transport.set_protocol(within)
        within.connection_made(self._transport)
        _feed(within, early)

    def _refuse(self, sentence: str) -> None:
        self._transport.write(_refused(sentence))
        self._transport.close()


def _feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Give a protocol the bytes that came before it was made."""
    while data:
        buffer = memoryview(protocol.get_buffer(len(data))).cast("B")
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]
