"""How much one server holds. At a bound the server refuses or forgets, and says so."""

from msgspec import Struct


class Bounds(Struct, frozen=True, kw_only=True):
    """The bounds that options of the server set: worlds, and the entries and bytes in the journal of a world."""

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
"""Entries of one account's ledger. Beyond it, no credits can be granted."""

MOST_ADDED_FAULTS = 1_000
"""Faults of one world that were added while it ran."""

MOST_ADDED_FAULT_BYTES = 16 * 1024 * 1024
"""Bytes of the requests by which those faults were added."""

MOST_LISTENERS = 16
"""Listeners to the events of one server at a time."""

MOST_WAITING = 64
"""Requests that wait for an exchange of one world at a time."""
