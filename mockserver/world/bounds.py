"""The bounds of one server. When a server refuses or forgets something because of a bound, it reports this."""

from msgspec import Struct


class Bounds(Struct, frozen=True, kw_only=True):
    """The bounds that the options of the server set."""

    worlds: int = 256
    journal_entries: int = 1000
    """The most exchanges that the journal of each world keeps."""
    journal_bytes: int = 2 * 1024 * 1024
    """The most bytes that the journal of each world keeps."""


MOST_GENERATIONS = 200_000
"""The most generations in one world."""

MOST_ORDER_BYTES = 128 * 1024 * 1024
"""The most bytes that the orders of one world may take. `Order.weight` computes the size of one order."""

MOST_ACCOUNTS = 10_000
"""The most accounts in one world."""

MOST_ENTRIES = 1_000_000
"""The number of entries in the ledger of one account from which on no more credits are granted."""

MOST_ADDED_FAULTS = 1_000
"""The most faults that can be added to one world while it runs."""

MOST_ADDED_FAULT_BYTES = 16 * 1024 * 1024
"""The largest total size, in bytes, of the requests that added these faults."""

MOST_PAST_BYTES = 16 * 1024 * 1024
"""The most bytes that the past of one world may take: the requests that changed it, and copies of the world."""

MOST_STAGED = 1_000
"""The most generations in a world of which its past keeps copies. Copying them holds the server for 5 milliseconds."""

MOST_LISTENERS = 16
"""The most listeners that receive the events of one server at the same time."""

MOST_WAITING = 64
"""The most requests that wait for an exchange of one world at the same time."""
