"""The bounds of one server. A server says so whenever it refuses or forgets something at a bound."""

from msgspec import Struct


class Bounds(Struct, frozen=True, kw_only=True):
    """The bounds that options of the server set."""

    worlds: int = 256
    journal_entries: int = 1000
    """Exchanges that the journal of each world keeps."""
    journal_bytes: int = 2 * 1024 * 1024
    """Bytes that the journal of each world keeps."""


MOST_GENERATIONS = 200_000
"""Generations of one world."""

MOST_ORDER_BYTES = 128 * 1024 * 1024
"""Bytes of the orders that one world keeps, as `Order.weight` counts them."""

MOST_ACCOUNTS = 10_000
"""Accounts of one world."""

MOST_ENTRIES = 1_000_000
"""Entries of one account's ledger beyond which nothing is granted any more."""

MOST_ADDED_FAULTS = 1_000
"""Faults of one world that were added while it ran."""

MOST_ADDED_FAULT_BYTES = 16 * 1024 * 1024
"""Bytes of the requests by which those faults were added."""

MOST_LISTENERS = 16
"""Listeners to the events of one server at a time."""

MOST_WAITING = 64
"""Requests that wait for an exchange of one world at a time."""
