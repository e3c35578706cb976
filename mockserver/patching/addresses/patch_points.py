"""The functions of the standard library that nearly every client calls: look-ups, connections, TLS contexts."""

import _socket
import socket
import ssl
from typing import Any, Final

from mockserver.patching.addresses.patches import Decorator, Function, Patches
from mockserver.patching.addresses.route import Address, AddressPolicy, BlockedHost, Route
from mockserver.patching.addresses.trust import Trust
from mockserver.tls.authority import standard

_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)


def install(patches: Patches, route: Route, trust: Trust) -> None:
    """Redirect clients written in Python by a route, and let them trust the route's server."""
    patches.chain(socket, "getaddrinfo", _getaddrinfo(route))
    _chain_sockets(patches, route)
    owner: type = standard(ssl.SSLContext, "ssl")
    patches.chain(owner, "wrap_socket", preparing(trust, 4))
    patches.chain(owner, "wrap_bio", preparing(trust, 3))


def install_beneath(patches: Patches, policy: AddressPolicy) -> None:
    """Apply a policy to each look-up as late as possible: beneath the replacements of other code.

    `socket.getaddrinfo` is written in Python and calls `_socket.getaddrinfo`, also for a client that imported
    the function early.
    """
    patches.chain(_socket, "getaddrinfo", _getaddrinfo(policy))
    patches.chain(socket, "gethostbyaddr", _gethostbyname(policy))
    _chain_sockets(patches, policy)


def _chain_sockets(patches: Patches, policy: AddressPolicy) -> None:
    for name in ("gethostbyname", "gethostbyname_ex"):
        patches.chain(socket, name, _gethostbyname(policy))
    # Where pytest-socket guards sockets, the class that bears the name now only refuses to be made.
    owner: type = standard(socket.socket, "socket")
    patches.chain(owner, "connect", _connect(policy))
    patches.chain(owner, "connect_ex", _connect_ex(policy))
    # The address is behind the data, and perhaps flags; behind buffers, other data and flags.
    patches.chain(owner, "sendto", _send(policy, 1))
    patches.chain(owner, "sendmsg", _send(policy, 3))


def _getaddrinfo(policy: AddressPolicy) -> Decorator:
    def make(previous: Function) -> Function:
        def look_up(  # noqa: PLR0913, PLR0917  (the parameters are the library's)
            host: Any,
            port: Any,
            family: int = 0,
            type: int = 0,  # noqa: A002
            proto: int = 0,
            flags: int = 0,
        ) -> Any:
            target, flags = policy.lookup(host, port, family, flags)
            found = previous(target, port, family, type, proto, flags)
            policy.note_addresses((address[0] for *_, address in found), flags)
            return found

        return look_up

    return make


def _gethostbyname(policy: AddressPolicy) -> Decorator:
    def make(previous: Function) -> Function:
        def look_up(host: Any) -> Any:
            found = previous(policy.lookup(host)[0])
            policy.note_addresses([found] if isinstance(found, str) else found[2])
            return found

        return look_up

    return make


def _connect(policy: AddressPolicy) -> Decorator:
    return lambda previous: lambda sock, address: previous(sock, _target(policy, sock, address))


def _connect_ex(policy: AddressPolicy) -> Decorator:
    def make(previous: Function) -> Function:
        def connect(sock: socket.socket, address: Address) -> Any:
            try:
                return previous(sock, _target(policy, sock, address))
            except TimeoutError as problem:
                return problem.errno

        return connect

    return make


def _target(policy: AddressPolicy, sock: socket.socket, address: Address) -> Address:
    if not _far(sock, address):
        return address
    try:
        if sock.type == socket.SOCK_STREAM:
            return policy.connection(address, six=sock.family == socket.AF_INET6, patient=sock.gettimeout() is None)
        policy.check_datagram(address)
    except BlockedHost:
        # Clients close a socket that fails to connect, but only for errors of a network.
        sock.close()
        raise
    return address


def _far(sock: socket.socket, address: object) -> bool:
    """Return whether an address may be another machine's; the socket itself refuses an invalid one."""
    return sock.family in _INTERNET and isinstance(address, tuple) and len(address) >= 2


def _send(policy: AddressPolicy, position: int) -> Decorator:
    def make(previous: Function) -> Function:
        def send(sock: socket.socket, *args: Any) -> Any:
            if len(args) > position and _far(sock, args[-1]):
                policy.check_datagram(args[-1])
            return previous(sock, *args)

        return send

    return make


def preparing(trust: Trust, position: int) -> Decorator:
    """Return a function that prepares a context for the host whose connection it wraps.

    `position` is the place of the host among the arguments after the context, if it is not given by its name.
    """

    def make(previous: Function) -> Function:
        def wrap(context: Any, *args: Any, **options: Any) -> Any:
            host = args[position] if len(args) > position else options.get("server_hostname")
            trust.prepare(context, host)
            return previous(context, *args, **options)

        return wrap

    return make
