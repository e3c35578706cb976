"""Randomness without a stream.

A random choice is a hash of seed, purpose and key. So no request changes the choices made for another request.
"""

from hashlib import blake2b
from typing import Final


def number(seed: int, purpose: str, *key: object) -> int:
    """Return a number n, 0 ≤ n < 2⁶⁴, that depends only on the arguments."""
    return int.from_bytes(secret(seed, purpose, *key)[:8], "big")


def secret(seed: int, purpose: str, *key: object) -> bytes:
    """Return 32 bytes that depend only on the arguments."""
    return begun(seed, purpose, *key).digest()


Hash = blake2b
"""A hash of the beginning of a key. Adding the end of the key to a copy of this hash gives a draw.

A draw is the `number` of the whole key, written as bytes, followed by more bytes. Comparing two draws as bytes compares
their numbers.
"""


def begun(seed: int, purpose: str, *key: object) -> Hash:
    """Return the hash of the beginning of a key."""
    return blake2b("\x00".join([str(seed), purpose, *map(str, key)]).encode(), digest_size=32)


_SCALE: Final = 2**64


def luck(draw: bytes) -> float:
    """Return the number of a draw, scaled to the range from 0 to 1."""
    return int.from_bytes(draw[:8], "big") / _SCALE


def bound(chance: float) -> bytes:
    """Return the limit below which draws succeed.

    A draw is less than these bytes exactly if its `luck` is less than `chance`.
    """
    low, high = 0, _SCALE - 1
    while low < high:
        middle = (low + high) // 2
        if middle / _SCALE < chance:
            low = middle + 1
        else:
            high = middle
    return low.to_bytes(8, "big")


def ending(*key: object) -> bytes:
    """Return the end of a key as bytes, to add to a hash."""
    return "".join(f"\x00{part}" for part in key).encode()
