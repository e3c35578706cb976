"""Hosts as clients name them: with capitals, with a dot at the end, as bytes, as an address."""

import ipaddress
from typing import Final
from zlib import crc32

MAPPED: Final = "::ffff:"
"""The prefix that makes an IPv4 address an IPv6 one. Source: RFC 4291, 2.5.5.2."""


def normal(name: object) -> str:
    """Return the normal form of a name or an address; an empty text for anything else."""
    text = name.decode("latin-1") if isinstance(name, bytes | bytearray) else name
    return text.lower().rstrip(".") if isinstance(text, str) else ""


def marker(host: str) -> str:
    """Return the address that stands for a host: one of the loopback interface, so that it leads nowhere by itself.

    It follows from the name alone, as some clients remember it for longer than the mock lives.
    """
    number = crc32(host.encode())
    return f"127.73.{number >> 8 & 255}.{number & 255}"


def local(name: str) -> bool:
    """Tell whether a name or an address, in its normal form, is this machine's loopback interface, or none at all."""
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    meant = getattr(address, "ipv4_mapped", None) or address
    return bool(meant.is_loopback or meant.is_unspecified)
