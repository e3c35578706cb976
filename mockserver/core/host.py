"""Tells the IP addresses from the names of hosts."""

from ipaddress import ip_address


def is_address(text: str) -> bool:
    """Return whether a text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
