"""What a person sees when the command has ended: what was asked of the API, in a table, and what may be wrong."""

from collections.abc import Iterator
from typing import Final

from mockserver.run.outcome import Asked, Outcome
from mockserver.tls import API_HOST

_NOTHING: Final = (
    f"nothing was asked of {API_HOST}: a client that runs in a container, clears its environment or trusts only"
    " certificates of its own does not come here; docs/run.md says what to do"
)


def summary(outcome: Outcome) -> Iterator[str]:
    """Yield the lines."""
    where = f"scenario {outcome.scenario}, seed {outcome.seed}"
    if len(outcome.worlds) > 1:
        where += f", worlds {', '.join(outcome.worlds)}"
    yield f"imaginelab-mock: the command ended with {outcome.ended} ({where})"
    if outcome.asked:
        yield from _table(outcome.asked)
    else:
        yield f"  {_NOTHING}"
    yield from trouble(outcome)


def trouble(outcome: Outcome) -> Iterator[str]:
    """Yield the lines that say what may have gone wrong."""
    for each in outcome.refused:
        times = "once" if each.count == 1 else f"{each.count} times"
        yield f"  refused: {each.host}:{each.port}, {times}; --no-proxy-for {each.host} lets the command reach it"
    yield from (f"warning: {rule}" for rule in outcome.idle)


def _table(asked: tuple[Asked, ...]) -> Iterator[str]:
    rows = [("operation", "asked", "answered"), *((each.operation, str(each.count), _answers(each)) for each in asked)]
    wide, narrow = (max(len(row[column]) for row in rows) for column in (0, 1))
    yield from (f"  {operation:{wide}}  {count:>{narrow}}  {answers}" for operation, count, answers in rows)


def _answers(asked: Asked) -> str:
    return ", ".join(status if count == 1 else f"{status} × {count}" for status, count in asked.answers.items())
