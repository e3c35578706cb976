"""The scenario for every program, and the diary that every program must write with its client."""

from typing import Any, Final

SCENARIO: Final = """
clock: {mode: poll, step: 2s}
accounts: [{email: you@example.com, password: YOUR_PASSWORD, credits: 12, plan: Titan Studio}]
faults: [{on: create, calls: 1, then: {status: 429, retry_after: 2s}}]
"""
"""The credits suffice for a picture and a text, but not for a film; a fault answers the first create with a 429."""

DIARY: Final[dict[str, Any]] = {
    "wrong password": [401, "Incorrect email or password"],
    "nobody": [401, "Missing or invalid bearer token"],
    "logged in": "bearer",
    "offered": ["seedream-5.0-lite"],
    "too fast": [429, "Too Many Requests", "2"],
    "ordered": [1842, "image", "pending", 5, "2026-06-07T12:00:02Z", 7],
    "polled": [["pending", 0], ["processing", 0], ["processing", 33], ["processing", 66], ["completed", 100]],
    # Every PNG has these first and last eight bytes.
    "downloaded": ["89504e470d0a1a0a", "49454e44ae426082"],
    "written": [1843, "text", None],
    "balance": [5, "Titan Studio", None],
    "too dear": [402, "Insufficient credits"],
    "history": [2, [1843, 1842]],
    "deleted": "Generation deleted",
    "gone": [404, "Generation not found"],
}
"""For each step: the facts of the answer, or the status and the sentence of a refusal."""
