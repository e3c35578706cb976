"""Randomness without a stream: a choice is a hash of seed, purpose and key, so no request can shift another's."""

from hashlib import blake2b
from typing import Final


def number(seed: int, purpose: str, *key: object) -> int:
    """Return a number in 0 ≤ n < 2⁶⁴ that depends on nothing but the arguments."""
    return int.from_bytes(secret(seed, purpose, *key)[:8], "big")


def secret(seed: int, purpose: str, *key: object) -> bytes:
    """Return 32 bytes that depend on nothing but the arguments."""
    return begun(seed, purpose, *key).digest()


Hash = blake2b
"""A hash that is begun. A key that is added to a copy of it gives a draw.

A draw is the number of the whole key as bytes, with more bytes behind it: of two draws the lower number is the less.
"""


def begun(seed: int, purpose: str, *key: object) -> Hash:
    """Begin the hash of all keys that begin with this one."""
    return blake2b("\x00".join([str(seed), purpose, *map(str, key)]).encode(), digest_size=32)


_SCALE: Final = 2**64


def luck(draw: bytes) -> float:
    """Return the number of a draw as one from 0 to 1."""
    return int.from_bytes(draw[:8], "big") / _SCALE


def bound(chance: float) -> bytes:
    """Return the bytes that are greater than exactly the draws whose luck is under a chance."""
    low, high = 0, _SCALE - 1
    while low < high:
        middle = (low + high) // 2
        if middle / _SCALE < chance:
            low = middle + 1
        else:
            high = middle
    return low.to_bytes(8, "big")


def ending(*key: object) -> bytes:
    """Write the end of a key, to be added to a hash."""
    return "".join(f"\x00{part}" for part in key).encode()
