"""The requests of a client that obeys Retry-After: one 429, a picture after five polls, one download."""

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
"""One second is the shortest Retry-After that makes a client wait."""

PATIENT = [
    ("login", 200),
    ("create", 429),
    ("create", 201),
    *[("status", 200)] * 5,
    ("result", 200),
    ("media", 200),
]
"""The operations of a patient client, each with the status of its answer."""

PASSWORD = "YOUR_PASSWORD"


@dataclass(frozen=True)
class Played:
    """The result of a run: the exit status of the client, its output and errors, and the path of its picture."""

    status: int
    out: str
    err: str
    picture: Path

    def __str__(self) -> str:
        return f"ended with {self.status}\n{self.out}\n{self.err}"


Exchange = Mapping[str, Any]
"""One exchange of the journal, decoded from JSON."""


def asked(exchanges: Sequence[Exchange]) -> list[tuple[str, int]]:
    """Return the operation and the status of each exchange."""
    return [(each["operation"], each["answer"]["status"]) for each in exchanges]


def succeeded(played: Played, exchanges: Sequence[Exchange], url: str = "https://api.imagineview.art") -> None:
    """Fail unless a client made its picture with the requests of a patient client, and none of them too early.

    `url`: the server that the client called; the link to the picture must begin with it.
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
