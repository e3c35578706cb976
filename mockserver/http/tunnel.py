"""The server as an HTTPS proxy: every tunnel leads back into the server.

One plain port is thus base URL and proxy. The server itself answers within a tunnel to the API's host, in TLS. It never
forwards anything: it refuses a request for another host, and notes the host.
"""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from starlette.types import Scope, Send

from mockserver.core.wording import worded
from mockserver.http.wire import connection
from mockserver.tls.authority import API_HOST, LibraryMissing, ServerTls
from mockserver.world.refused_hosts import LONGEST, RefusedHosts

_HTTP, _HTTPS = 80, 443
_HERE: Final = ("localhost", "127.0.0.1", "::1")

# Source: RFC 9110, section 7.2, and RFC 9112, section 3.2; text before an `@` never belongs to a host. A host that is
# refused is kept and shown, so only names of the DNS and addresses are taken.
_AUTHORITY: Final = re.compile(
    rf"(?:\[(?P<address>[0-9A-Fa-f:.]{{1,{LONGEST}}})\]|(?P<name>[A-Za-z0-9._-]{{0,{LONGEST - 1}}}[A-Za-z0-9_-]\.?))"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_URL: Final = re.compile(rf"(?P<scheme>(?i:https?))://(?P<authority>{_AUTHORITY.pattern})(?:[/?#].*)?")


class Place(Struct, frozen=True):
    """A host and a port. The host is in the form in which two hosts are compared."""

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
        self, names: Iterable[str] = (), vouching: ServerTls | None = None, refused: RefusedHosts | None = None
    ) -> None:
        self.vouching = vouching or ServerTls()
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


async def refuse(sentence: str, send: Send) -> None:
    """Answer a request for a whole URL of another host."""
    body = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def objection(scope: Scope, tunnels: Tunnels) -> str:
    """Return the reason why this server does not answer a request; an empty text where it does."""
    line = connection(scope)
    if line is None or line.whole_url is None:
        return ""
    return tunnels.objection_to(line.whole_url.decode("latin-1"), (scope.get("server") or ("", 0))[1])
