"""The outcome of a command: its end, its requests to the API and to other hosts, and the summary for a person."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from mockserver.core.operation import Operation
from mockserver.core.wording import nearest
from mockserver.run.child import Ended
from mockserver.terminal import NEVER_FIRED
from mockserver.tls.authority import API_HOST
from mockserver.world.never_fired import NeverFired
from mockserver.world.refused_hosts import Refused

UNROUTED = "none"
"""The name in place of an operation, for requests that matched none."""

UNANSWERED = "no answer"
"""The name in place of a status, for requests without an answer."""


class RequestCount(Struct, frozen=True):
    """The number of requests of one operation, and the number of answers with each status."""

    operation: str
    count: int
    answers: Mapping[str, int]


class Outcome(Struct, frozen=True, kw_only=True):
    """The whole outcome of a command."""

    command: tuple[str, ...]
    ended: Ended
    scenario: str
    seed: int
    worlds: tuple[str, ...]
    asked: tuple[RequestCount, ...]
    refused: tuple[Refused, ...]
    rules: tuple[tuple[str, str], ...]
    """The name and place of each rule of the scenario."""

    idle: tuple[NeverFired, ...]
    """The rules that never fired."""

    exchanges: Sequence[Mapping[str, Any]]
    """The exchanges that the journals still keep."""

    strict: bool

    @property
    def status(self) -> int:
        """The exit status: the command's own; NEVER_FIRED instead of 0 if a rule never fired and `strict` is set."""
        return self.ended.status or (NEVER_FIRED if self.strict and self.idle else 0)

    @property
    def hints(self) -> Mapping[str, int]:
        """The hints of the mock's refusals, each with its number."""
        hints = (each["answer"]["headers"].get("x-mock-hint") for each in self.exchanges)
        return Counter(hint for hint in hints if hint is not None)


def count_requests(answers: Mapping[tuple[Operation | None, int], int]) -> Iterator[RequestCount]:
    """Yield the requests of each operation, in the order of the API's operations."""
    for operation in (*Operation, None):
        counts = {status: count for (each, status), count in sorted(answers.items(), key=_status) if each is operation}
        if counts:
            answers_by_status = {str(status or UNANSWERED): count for status, count in counts.items()}
            yield RequestCount(operation or UNROUTED, sum(counts.values()), answers_by_status)


def _status(each: tuple[tuple[Operation | None, int], int]) -> int:
    return each[0][1]


def summary(outcome: Outcome) -> Iterator[str]:
    """Yield the lines of the summary: a table of the requests, the hints, and the problems."""
    where = f"scenario {outcome.scenario}, seed {outcome.seed}"
    if len(outcome.worlds) > 1:
        where += f", worlds {', '.join(outcome.worlds)}"
    yield f"imaginelab-mock: the command ended with {outcome.ended} ({where})"
    if outcome.asked:
        yield from _table(outcome.asked)
    else:
        yield f"  nothing was asked of {API_HOST}{_perhaps(outcome)}"
    yield from (f"  hint{_times(count)}: {hint}" for hint, count in outcome.hints.items())
    yield from trouble(outcome)


def trouble(outcome: Outcome) -> Iterator[str]:
    """Yield a line for each refused host and each rule that never fired."""
    for each in outcome.refused:
        yield f"  refused{_times(each.count)}: {each.host}:{each.port}; {_way_out(each)}"
    yield from (f"warning: {rule}" for rule in outcome.idle)
    if outcome.status == NEVER_FIRED and not outcome.ended.status:
        yield f"imaginelab-mock: run ends with status {NEVER_FIRED}, as --strict wants every rule to fire"


def _perhaps(outcome: Outcome) -> str:
    if outcome.refused or outcome.ended.status:
        return ""
    return (
        ": if it should have been, the command may be told another address, clear its environment, run in a container,"
        " or trust certificates of its own alone"
    )


def _way_out(refused: Refused) -> str:
    if refused.host == API_HOST:
        return "the API is at port 443, and at 80 without TLS"
    if nearest(refused.host, [API_HOST]):
        return f"did you mean {API_HOST}?"
    return f"--no-proxy-for {refused.host} lets the command reach it"


def _times(count: int) -> str:
    return "" if count == 1 else f" {count} times"


def _table(asked: tuple[RequestCount, ...]) -> Iterator[str]:
    rows = [("operation", "asked", "answered"), *((each.operation, str(each.count), _answers(each)) for each in asked)]
    wide, narrow = (max(len(row[column]) for row in rows) for column in (0, 1))
    yield from (f"  {operation:{wide}}  {count:>{narrow}}  {answers}" for operation, count, answers in rows)


def _answers(asked: RequestCount) -> str:
    return ", ".join(status if count == 1 else f"{status} × {count}" for status, count in asked.answers.items())
