"""Bind a listening socket. A server does this first, so it reports a bad address before it does anything else."""

import errno
import socket
from typing import Final

BACKLOG: Final = 2048
"""Connections that the kernel keeps waiting, as many as with Uvicorn."""

_REASONS: Final = {
    errno.EADDRINUSE: "the port is taken; stop what listens there, or choose another (0: any free one)",
    errno.EACCES: "this port is not permitted; choose one from 1024 on (0: any free one)",
    errno.EADDRNOTAVAIL: "this machine has no such address; choose 127.0.0.1, or 0.0.0.0 for all it has",
    errno.EAFNOSUPPORT: "this machine has no addresses of that kind; choose 127.0.0.1",
}


class AddressError(Exception):
    """The process cannot listen on an address; the text is one sentence with the reason and the way out."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on port {port} of {host or 'an empty host'}: {reason}")


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen. `port` 0 means any free one; a name with addresses of both families means the IPv4 one.

    Raises AddressError if the host is unknown or not of this machine, or the port is out of range, taken or not
    permitted.
    """
    if not 0 <= port <= 65535:
        raise AddressError(host, port, "a port is a number from 0 to 65535 (0: any free one)")
    try:
        family, *_, address = min(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (socket.gaierror, UnicodeError) as problem:  # UnicodeError: the name cannot be encoded for DNS
        raise AddressError(
            host, port, "the host is not known; choose 127.0.0.1, or 0.0.0.0 for all addresses"
        ) from problem
    try:
        return _bound(family, address)
    except OSError as problem:
        raise AddressError(host, port, _REASONS.get(problem.errno or 0, str(problem))) from problem


def _bound(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    # The protocol is given because asyncio switches Nagle's delay off only on sockets whose protocol is TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def url(listener: socket.socket, scheme: str = "http") -> str:
    """Return the base URL of a listener, such as `http://127.0.0.1:8402`."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
