"""Decide where a connection goes: the API's host to the mock, any other host to itself or nowhere.

A look-up of the API's host returns a special address, a marker. Some clients keep only this address and connect to it
later in another way, so the address alone must show that the connection goes to the mock.
"""

import errno
import ipaddress
import os
import socket
from collections.abc import Iterable
from typing import Any, Final, Protocol
from zlib import crc32

from mockserver.core.wording import printable
from mockserver.patching.addresses.failures import Failure, FailureKind

Address = tuple[Any, ...]
"""An address of a socket: a host, a port, and with IPv6 perhaps two numbers more."""

MAPPED: Final = "::ffff:"
"""The prefix that makes an IPv6 address of an IPv4 one. Source: RFC 4291, 2.5.5.2."""

# The text of Linux; other systems have other texts for the same number.
_UNKNOWN: Final = (socket.EAI_NONAME, "Name or service not known")


def normal(name: object) -> str:
    """Return the normal form of a name or an address: lower case, no dot at the end; "" for other values."""
    text = name.decode("latin-1") if isinstance(name, bytes | bytearray) else name
    return text.lower().rstrip(".") if isinstance(text, str) else ""


def marker(host: str) -> str:
    """Return the marker address of a host: a loopback address at which nothing listens.

    The address depends only on the name, because some clients keep the address for longer than the mock runs.
    """
    number = crc32(host.encode())
    return f"127.73.{number >> 8 & 255}.{number & 255}"


def local(name: str) -> bool:
    """Return whether a name or an address, in its normal form, is this machine's loopback interface, or none at all."""
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    meant = getattr(address, "ipv4_mapped", None) or address
    return bool(meant.is_loopback or meant.is_unspecified)


class BlockedHost(RuntimeError):
    """A blocked host was refused. This is no OSError, because clients treat an OSError as a network failure."""

    def __init__(self, host: str, port: object, why: str) -> None:
        super().__init__(host, port, why)
        self.host = host

    def __str__(self) -> str:
        host, port, why = self.args
        return printable(f"{host if port is None else f'{host}:{port}'} {why}")


class AddressPolicy(Protocol):
    """Decides where a look-up and a connection lead, before either is made."""

    def leads(self, name: object) -> bool:
        """Return whether a name or an address leads to the mock."""

    def lookup(self, name: object, port: object = None, family: int = 0, flags: int = 0) -> tuple[Any, int]:
        """Return the name to look up instead, and the flags."""

    def note_addresses(self, addresses: Iterable[object], flags: int = 0) -> None:
        """Record the addresses that a look-up of a name with these flags returned."""

    def connection(self, address: Address, *, six: bool = False, patient: bool = False) -> Address:
        """Return the address for a TCP connection. `six`: an IPv6 address. `patient`: the client has no time-out."""

    def check_datagram(self, address: Address) -> None:
        """Raise unless a datagram may be sent to an address."""


class Route:
    """The policy that leads a host to the mock at `address`; `failure` is the failure in force, None if there is none.

    With `block`, a connection to any host but this host, this machine and the allowed hosts raises BlockedHost;
    `blocked` has a sentence for each refused host, in order of refusal.
    """

    def __init__(self, host: str, address: tuple[str, int], *, block: bool = False, allow: Iterable[str] = ()) -> None:
        self.host = normal(host)
        self.marker = marker(self.host)
        self.failure: Failure | None = None
        self.blocked: dict[str, None] = {}
        self._address = address
        self._block = block
        self._allowed = {normal(name) for name in allow}
        self._markers = (self.marker, MAPPED + self.marker)

    def leads(self, name: object) -> bool:
        """Return whether a name or an address leads to the mock."""
        return (name := normal(name)) == self.host or name in self._markers

    def lookup(self, name: object, port: object = None, family: int = 0, flags: int = 0) -> tuple[Any, int]:
        """Return the name to look up instead, and the flags.

        Raises gaierror if the failure in force is `dns`. Raises BlockedHost for a blocked host.
        """
        if normal(name) == self.host:
            failure = self.failure
            if failure is not None and failure.kind is FailureKind.DNS:
                raise socket.gaierror(*_UNKNOWN)
            if port and not _https(port):
                raise self._misled(port)
            # A machine without a network has no address but the loopback one, which this flag does not count.
            return _by(self.marker, six=family == socket.AF_INET6), flags & ~socket.AI_ADDRCONFIG
        if not flags & socket.AI_PASSIVE and not self.leads(name):
            self.require_allowed(name, port)
        return name, flags

    def note_addresses(self, addresses: Iterable[object], flags: int = 0) -> None:
        """Let connections reach the addresses of a name that was allowed and was looked up with these flags."""
        if self._block and not flags & socket.AI_PASSIVE:
            self._allowed.update(normal(address) for address in addresses)

    def connection(self, address: Address, *, six: bool = False, patient: bool = False) -> Address:
        """Return the address to which a TCP connection is to go.

        `six`: return an IPv6 address. `patient`: the client has no time-out, so a time-out fails at once.
        """
        name, port, *rest = address
        failure = self.failure
        if not self.leads(name):
            self.require_allowed(name, port)
            return address
        if not _https(port):
            raise self._misled(port)
        if patient and failure is not None and failure.kind is FailureKind.TIMEOUT:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        host, port = self._address
        if failure is not None and failure.address is not None:
            host, port = failure.address
        return _by(host, six=six), port, *rest

    def check_datagram(self, address: Address) -> None:
        """Raise BlockedHost unless a datagram may be sent to an address; none leads to the mock."""
        name, port, *_ = address
        if self.leads(name):
            raise self._refused(self.host, port, "does not lead to the mock by UDP: only TCP does")
        self.require_allowed(name, port)

    def require_allowed(self, name: object, port: object) -> None:
        """Raise BlockedHost unless a host that is not the API's may be reached."""
        host = normal(name)
        if self._block and not (host in self._allowed or local(host)):
            raise self._refused(
                host, port, f"is blocked: only {self.host}, this machine and what `allow` names are not"
            )

    def _misled(self, port: object) -> BlockedHost:
        return self._refused(self.host, port, "does not lead to the mock: only port 443 does (https)")

    def _refused(self, host: str, port: object, why: str) -> BlockedHost:
        refusal = BlockedHost(host, port, why)
        self.blocked[str(refusal)] = None
        return refusal


def _https(port: object) -> bool:
    return port in (443, "443", "https", b"443", b"https")


def _by(host: str, *, six: bool) -> str:
    return MAPPED + host if six else host
