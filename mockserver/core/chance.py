"""Randomness without a stream: a choice is a hash of seed, purpose and key, so no request can shift another's."""

from hashlib import blake2b


def number(seed: int, purpose: str, *key: object) -> int:
    """Return a number in 0 ≤ n < 2⁶⁴ that depends on nothing but the arguments."""
    return int.from_bytes(secret(seed, purpose, *key)[:8], "big")


def secret(seed: int, purpose: str, *key: object) -> bytes:
    """Return 32 bytes that depend on nothing but the arguments."""
    text = "\x00".join([str(seed), purpose, *map(str, key)])
    return blake2b(text.encode(), digest_size=32).digest()
