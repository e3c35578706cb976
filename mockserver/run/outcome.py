"""What came of a command: how it ended, what it asked of the API, and whom else it asked for."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from mockserver.core.operation import Operation
from mockserver.run.child import Ended
from mockserver.terminal import NEVER_FIRED
from mockserver.world.never_fired import NeverFired
from mockserver.world.refused_hosts import Refused

UNROUTED = "none"
"""What stands for the operation of a request that reached none."""

UNANSWERED = "no answer"


class Asked(Struct, frozen=True):
    """How often one operation was asked for, and how often it was answered with each status."""

    operation: str
    count: int
    answers: Mapping[str, int]


class Outcome(Struct, frozen=True, kw_only=True):
    """All of it; `rules` are the names and places of the scenario's, `exchanges` those that the journals still have."""

    command: tuple[str, ...]
    ended: Ended
    scenario: str
    seed: int
    worlds: tuple[str, ...]
    asked: tuple[Asked, ...]
    refused: tuple[Refused, ...]
    rules: tuple[tuple[str, str], ...]
    idle: tuple[NeverFired, ...]
    exchanges: Sequence[Mapping[str, Any]]
    strict: bool

    @property
    def status(self) -> int:
        """What `run` ends with: the command's own, unless it ended well and a rule that had to fire did not."""
        return self.ended.status or (NEVER_FIRED if self.strict and self.idle else 0)

    @property
    def hints(self) -> Mapping[str, int]:
        """What the mock said beside its refusals, and how often."""
        told = (each["answer"]["headers"].get("x-mock-hint") for each in self.exchanges)
        return Counter(hint for hint in told if hint is not None)


def tabled(answers: Mapping[tuple[Operation | None, int], int]) -> Iterator[Asked]:
    """Yield what was asked, in the order of the API's operations."""
    for operation in (*Operation, None):
        counts = {status: count for (each, status), count in sorted(answers.items(), key=_status) if each is operation}
        if counts:
            told = {str(status or UNANSWERED): count for status, count in counts.items()}
            yield Asked(operation or UNROUTED, sum(counts.values()), told)


def _status(each: tuple[tuple[Operation | None, int], int]) -> int:
    return each[0][1]
