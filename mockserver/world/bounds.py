"""How much one server holds. Nothing is dropped silently at a bound: what it refuses or forgets, it says."""

from msgspec import Struct


class Bounds(Struct, frozen=True, kw_only=True):
    """What whoever starts the server can set: worlds, and the entries and bytes that each world's journal keeps."""

    worlds: int = 256
    journal_entries: int = 1000
    journal_bytes: int = 2 * 1024 * 1024


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
"""Who may listen to the events of one server at a time."""

MOST_WAITING = 64
"""Who may wait for an exchange of one world at a time."""
