"""What a person sees when the command has ended: what was asked of the API, in a table, and what may be wrong."""

from collections.abc import Iterator

from mockserver.core.document import nearest
from mockserver.run.outcome import Asked, Outcome
from mockserver.terminal import NEVER_FIRED
from mockserver.tls.authority import API_HOST
from mockserver.world.refused_hosts import Refused


def summary(outcome: Outcome) -> Iterator[str]:
    """Yield the lines."""
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
    """Yield the lines that say what may have gone wrong."""
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


def _table(asked: tuple[Asked, ...]) -> Iterator[str]:
    rows = [("operation", "asked", "answered"), *((each.operation, str(each.count), _answers(each)) for each in asked)]
    wide, narrow = (max(len(row[column]) for row in rows) for column in (0, 1))
    yield from (f"  {operation:{wide}}  {count:>{narrow}}  {answers}" for operation, count, answers in rows)


def _answers(asked: Asked) -> str:
    return ", ".join(status if count == 1 else f"{status} × {count}" for status, count in asked.answers.items())
