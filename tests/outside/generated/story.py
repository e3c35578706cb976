"""What every program lives through with its client: told by each in its own words, and by all to the same end."""

from typing import Any, Final

SCENARIO: Final = """
clock: {mode: poll, step: 2s}
accounts: [{email: you@example.com, password: YOUR_PASSWORD, credits: 12, plan: Titan Studio}]
faults: [{on: create, calls: 1, then: {status: 429, retry_after: 2s}}]
"""
"""Credits for a picture and a text, not for a film; the first create comes too fast."""

DIARY: Final[dict[str, Any]] = {
    "wrong password": [401, "Incorrect email or password"],
    "nobody": [401, "Missing or invalid bearer token"],
    "logged in": "bearer",
    "offered": ["seedream-5.0-lite"],
    "too fast": [429, "Too Many Requests", "2"],
    "ordered": [1842, "image", "pending", 5, "2026-06-07T12:00:02Z", 7],
    "polled": [["pending", 0], ["processing", 0], ["processing", 33], ["processing", 66], ["completed", 100]],
    # The first and the last eight bytes of every PNG.
    "downloaded": ["89504e470d0a1a0a", "49454e44ae426082"],
    "written": [1843, "text", None],
    "balance": [5, "Titan Studio", None],
    "too dear": [402, "Insufficient credits"],
    "history": [2, [1843, 1842]],
    "deleted": "Generation deleted",
    "gone": [404, "Generation not found"],
}
"""By what was done: an answer's facts, or the status and the sentence of a refusal."""
