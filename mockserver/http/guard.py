"""The guard against pages of strangers: it decides from the head of a request alone, before the server acts on it.

A browser lets every page that its user visits send requests here. With each it sends facts that the page can neither
choose nor hide: the host name, the origin of the page, and whether the type of the body needed permission.
"""

import hmac
import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from mockserver.core.errors import ApiError, Forbidden, Unauthorized, UnsupportedMediaType
from mockserver.core.host import is_address
from mockserver.core.wording import quoted, worded
from mockserver.tls.authority import API_HOST

HEALTH: Final = "/__mock/health"
"""The path of health checks. It needs no token, and any host name will do."""

Fields = Sequence[tuple[bytes, bytes]]
"""Headers as they came, names in lower case. Of a repeated one each value counts: none hides behind another."""

_READS: Final = ("GET", "HEAD")
_JSON: Final = b"application/json"
_OWN_PAGES: Final = (b"same-origin", b"none")

# Source: Docker Desktop's documentation, "Networking": how a container calls the machine that it runs on.
_OUTSIDE_OF_A_CONTAINER: Final = "host.docker.internal"

# Source: RFC 9110, section 7.2. The names are those that browsers and containers have, in ASCII; some clients leave
# the brackets of an IPv6 address out.
_HOST: Final = re.compile(
    r"(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::[0-9]{0,5})?"
    r"|\[(?P<address>[0-9a-f]*:[0-9a-f:.]+)\](?::[0-9]{0,5})?"
    r"|(?P<bare>[0-9a-f]*:[0-9a-f:.]+)"
)


class Guard(Struct, frozen=True):
    """The rule for requests: a host name that is local or one of `hosts`, and the `token` if there is one.

    It holds for the control plane. For the API it holds where a request would make a world.
    """

    hosts: tuple[str, ...] = ()
    token: str | None = None

    def refusal(self, method: str, path: str, scheme: str, headers: Fields) -> ApiError | None:
        """Return why a request is refused, None where it may go on; `path` is without the prefix of a world.

        In this order: Forbidden for the name it was sent to, and for the page it was sent by; raises
        Unauthorized without the token; raises UnsupportedMediaType for a write that is no JSON.
        """
        health = path == HEALTH
        return (
            (None if health else _misnamed(headers, self.hosts))
            or _sent_from_elsewhere(headers, scheme)
            or (None if health else _unknown(headers, self.token))
            or (None if method in _READS else _no_json(headers))
        )

    def objection_to_world(self, name: str, headers: Fields, cors: str | None) -> Forbidden | None:
        """Return why a request to the API may not make a world, None where it may; `cors` is its scenario's setting.

        Otherwise any page that a user visits could fill the server with worlds.
        """
        if _misnamed(headers, (*self.hosts, API_HOST)) is not None:
            hosts = _shown(_values(headers, b"host"))
            return Forbidden(
                hint=f"the request would make the world {name}, and the server is not known as {hosts}; if that is its"
                " name, start it with --allow-host"
            )
        origins = _values(headers, b"origin")
        if b"cross-site" in _values(headers, b"sec-fetch-site") and not (origins and _named(cors, origins)):
            return Forbidden(
                hint=f"the request would make the world {name}, and comes from a page of another site; to let pages in,"
                " name their origin in the scenario (api: {cors: ...})"
            )
        return None


def _values(headers: Fields, name: bytes) -> list[bytes]:
    return [value for each, value in headers if each == name]


def _shown(values: Sequence[bytes]) -> str:
    return ", ".join(quoted(value.decode("latin-1")) for value in values) or "none"


# The host name it was sent to


def _misnamed(headers: Fields, allowed: Sequence[str]) -> Forbidden | None:
    """Refuse a host name that a stranger may own: its owner can let it lead here once a page of that name is open.

    Browsers always send a `Host`, so a request without one passes.
    """
    hosts = _values(headers, b"host")
    if not hosts:
        return None
    name = _name(hosts[0]) if len(hosts) == 1 else None
    if name is None:
        return Forbidden(f"Host: expected one name or address, with a port or without, found {_shown(hosts)}")
    if _familiar(name) or name in (each.lower().removesuffix(".") for each in allowed):
        return None
    told = worded(name)
    return Forbidden(f"Host: the control plane is not known as {told}; if that is its name, add --allow-host {told}")


def _name(host: bytes) -> str | None:
    """Return the name or address in a `Host`, as names are compared; None where it is malformed."""
    match = _HOST.fullmatch(host.decode("latin-1").lower())
    if match is None:
        return None
    address = match["address"] or match["bare"]
    return address if address and is_address(address) else match["name"]


def _familiar(name: str) -> bool:
    """Tell whether no stranger can own a name: it is an address, of this machine, or of the network it is in."""
    return "." not in name or name.endswith(".localhost") or name == _OUTSIDE_OF_A_CONTAINER or is_address(name)


# The page it was sent by


def _sent_from_elsewhere(headers: Fields, scheme: str) -> Forbidden | None:
    """Refuse a request from a page of another origin, by script, form or link. Another port is another origin."""
    sites = _values(headers, b"sec-fetch-site")
    if any(site not in _OWN_PAGES for site in sites):
        return Forbidden(
            f"Sec-Fetch-Site: expected same-origin or none, found {_shown(sites)}; pages of other origins are refused:"
            " to look at this one, type its address in"
        )
    own = [b"%s://%s" % (scheme.encode(), host) for host in _values(headers, b"host")]
    origins = _values(headers, b"origin")
    if any(origin not in own for origin in origins):
        return Forbidden(f"Origin: expected that of this server, found {_shown(origins)}; other origins are refused")
    return None


def _named(cors: str | None, origins: Sequence[bytes]) -> bool:
    """Tell whether the setting `cors` lets pages of these origins in."""
    return cors == "*" or (cors is not None and all(origin == cors.encode() for origin in origins))


# Its token and its body


def _unknown(headers: Fields, token: str | None) -> Unauthorized | None:
    """Refuse a request without the token. The comparison takes the same time however much of the token is right."""
    if token is None:
        return None
    values = _values(headers, b"authorization")
    scheme, _, given = values[0].partition(b" ") if len(values) == 1 else (b"", b"", b"")
    given = given.strip() if scheme.lower() == b"bearer" else b""
    if hmac.compare_digest(given, token.encode()):
        return None
    found = "this is not the token" if given else "expected Bearer and the token"
    return Unauthorized(
        f"Authorization: {found} that the server was given with --control-token or IMAGINELAB_MOCK_CONTROL_TOKEN"
    )


def _no_json(headers: Fields) -> UnsupportedMediaType | None:
    """Refuse a body that is announced or described as anything else; none at all is fine.

    A page can send every other kind to another origin without asking it first.
    """
    types = _values(headers, b"content-type")
    described = all(kind.partition(b";")[0].strip().lower() == _JSON for kind in types)
    if described and (types or not _announces_body(headers)):
        return None
    return UnsupportedMediaType(f"Content-Type: expected application/json, found {_shown(types)}")


def _announces_body(headers: Fields) -> bool:
    lengths = _values(headers, b"content-length")
    return bool(_values(headers, b"transfer-encoding")) or any(length.strip(b"0") for length in lengths)
