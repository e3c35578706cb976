"""The server as a proxy: which hosts it refused to lead to, and whom a client has to trust for what is in a tunnel."""

from msgspec import Struct

from mockserver.core.errors import NotFound
from mockserver.http.control.route import Raw
from mockserver.http.control.visit import Visit
from mockserver.tls.authority import LibraryMissing
from mockserver.world.refused_hosts import Refused


class RefusedView(Struct, frozen=True):
    """The other hosts that were asked for in whatever world, and how often altogether."""

    hosts: list[Refused]
    total: int


def refused(visit: Visit) -> RefusedView:
    """List other hosts in the order in which they were first asked for."""
    hosts = visit.tunnels.refused
    return RefusedView(list(hosts), hosts.total)


def certificate(visit: Visit) -> Raw:
    """Show the certificate of the authority, in PEM; NotFound without the extra `tls`."""
    try:
        return Raw(visit.tunnels.vouching.authority.certificate.encode(), b"application/x-pem-file")
    except LibraryMissing as problem:
        raise NotFound(str(problem)) from problem
