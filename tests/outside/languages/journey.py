"""What a client lives through that waits as it is told: one 429, a picture after five polls, one download."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

SCENARIO = """
clock: {mode: poll, step: 2s}
faults:
  - {on: create, calls: 1, then: {status: 429, retry_after: 1s}}
"""
"""A second is the shortest Retry-After that makes anybody wait."""

PATIENT = [
    ("login", 200),
    ("create", 429),
    ("create", 201),
    *[("status", 200)] * 5,
    ("result", 200),
    ("media", 200),
]
"""What is asked of the API, and how it answers."""

PASSWORD = "YOUR_PASSWORD"


@dataclass(frozen=True)
class Played:
    """How a client ended, what it said, and where its picture was to be."""

    status: int
    out: str
    err: str
    picture: Path

    def __str__(self) -> str:
        return f"ended with {self.status}\n{self.out}\n{self.err}"


Exchange = Mapping[str, Any]
"""One of the journal's exchanges, as JSON has it."""


def asked(exchanges: Sequence[Exchange]) -> list[tuple[str, int]]:
    """Return what was asked and how it was answered."""
    return [(each["operation"], each["answer"]["status"]) for each in exchanges]


def succeeded(played: Played, exchanges: Sequence[Exchange], url: str = "https://api.imagineview.art") -> None:
    """Fail unless a client made its picture, and asked for no more and no sooner than a patient one does.

    `url`: where the client asked, and so where its link must lead.
    """
    assert played.status == 0, played
    assert asked(exchanges) == PATIENT, played
    refused, accepted = (datetime.fromisoformat(exchanges[i]["real"]["at"]) for i in (1, 2))
    assert (accepted - refused).total_seconds() >= 1
    told = json.loads(played.out.splitlines()[-1])
    assert told.pop("output").startswith(f"{url}/"), played
    picture = played.picture.read_bytes()
    assert told == {"id": 1842, "status": "completed", "bytes": len(picture)}
    assert picture.startswith(b"\x89PNG")
    assert exchanges[-1]["answer"]["size"] == len(picture)
