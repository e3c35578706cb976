"""The journal of a world: its exchanges, the reasons for each answer, and the counts."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from mockserver.core.errors import Flaw, Invalid
from mockserver.core.instant import iso
from mockserver.core.operation import Operation
from mockserver.core.verdict import Cause, Verdict, Verdicts
from mockserver.core.wording import few, nearest, quoted
from mockserver.http.control.exchanges import ExchangeView, RuleName, exchange_view, rule_names
from mockserver.http.control.faults import rules_view
from mockserver.http.control.request import (
    ACCOUNT,
    LIMIT,
    LONGEST_PAGE,
    MOST,
    PAGE,
    SINCE,
    ControlEndpoint,
    ControlRequest,
    up_to,
)
from mockserver.http.endpoints import TEXT, Parameter
from mockserver.world.counts import Counts
from mockserver.world.journal import Query
from mockserver.world.steering import FINISH
from mockserver.world.world import World

LONGEST_WAIT: Final = 30
"""Real seconds that a client may wait for an exchange to come."""

NONE: Final = "none"
"""The word for no operation and for no answer."""

PARAMETERS: Final = (
    Parameter(
        "operation",
        f"Only those of this operation; `{NONE}` for requests that reached none.",
        {"enum": [*Operation, NONE]},
    ),
    Parameter(
        "status",
        f"Only those that were answered with this HTTP status; `{NONE}` for those that were not answered.",
        {"type": "string", "pattern": f"^([1-5][0-9]{{2}}|0|{NONE})$"},
    ),
    ACCOUNT,
    Parameter("generation", "Only those of the generation with this id.", up_to(MOST)),
    Parameter("rule", "Only those that this rule had a hand in: its name, or its file and line.", TEXT),
    SINCE,
    LIMIT,
    Parameter(
        "wait",
        "Real seconds to wait for one that matches; 0 where it is absent.",
        {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT},
    ),
)
"""The parameters that select exchanges."""


class CountsView(Struct, frozen=True):
    """The numbers of exchanges since the world began. Evicted exchanges are included."""

    operation: dict[str, int]
    status: dict[str, int]
    rule: dict[str, int]


class Page(Struct, frozen=True):
    """A page of the exchanges that match, oldest first.

    `count` is the number that match since the world began; `complete` is false if this number may be too low.
    `repeatable` is false on a `real` clock, where times differ from run to run. `next` is the `since` of the following
    page.
    """

    world: str
    repeatable: bool
    total: int
    kept: int
    evicted: int
    count: int
    complete: bool
    counts: CountsView
    exchanges: list[ExchangeView]
    next: int | None


class VerdictView(Struct, frozen=True):
    """The verdict on one rule. `why` is the reason why it did not fire; `call` is the number of this match, from 1.

    `difference` has, for each condition that failed, the `expected` and the `found` value; `found` may be absent.
    """

    name: str
    place: str
    fired: bool
    call: int | None
    why: str
    difference: dict[str, dict[str, object]]


class ExplanationView(Struct, frozen=True):
    """The explanation of an exchange: the verdict on every rule that was considered, in order."""

    number: int
    at: str
    operation: str | None
    status: int | None
    rules: list[RuleName]
    limits: list[VerdictView]
    faults: list[VerdictView]
    generations: list[VerdictView]


async def index(request: ControlRequest) -> Page:
    """Show the exchanges that match, or wait for the first."""
    query, wait, world = _query(request), _wait(request), request.open_world()
    if query.rule is not None:
        _require_rule(world, query.rule)
    with suppress(TimeoutError):
        async with asyncio.timeout(wait):
            while wait and not world.journal.search(query).exchanges:
                await world.events.exchange_arrived(wait)
                if world.events.ended:
                    break
                world = request.open_world()
    return _page(world, query)


INDEX: Final = partial(
    ControlEndpoint,
    name="journal",
    answer=index,
    summary="Show what was asked and what was answered",
    view=Page,
    parameters=PARAMETERS,
    errors=(404, 503),
)


def show(request: ControlRequest) -> ExchangeView:
    """Show one exchange."""
    world = request.open_world()
    return exchange_view(world.journal.exchange(request.id()))


SHOW: Final = partial(
    ControlEndpoint,
    name="exchange",
    answer=show,
    summary="Show one exchange",
    view=ExchangeView,
    errors=(404,),
)


def explain(request: ControlRequest) -> ExplanationView:
    """Tell why an exchange went as it did."""
    exchange = request.open_world().journal.exchange(request.id())
    considered = exchange.explanation
    return ExplanationView(
        exchange.number,
        iso(exchange.at),
        exchange.operation,
        exchange.status or None,
        rule_names(exchange.rules),
        _verdicts(considered.limits),
        _verdicts(considered.faults),
        _verdicts(considered.generations),
    )


EXPLAIN: Final = partial(
    ControlEndpoint,
    name="explain",
    answer=explain,
    summary="Tell why an exchange went as it did",
    view=ExplanationView,
    errors=(404,),
)


# The query


def _query(request: ControlRequest) -> Query:
    asked = request.sent.query
    return Query(
        operation=_operation(asked),
        status=_status(asked),
        rule=asked.get("rule"),
        account=asked.get("account"),
        generation=request.number("generation", 0) if "generation" in asked else None,
        since=request.number("since", 0),
        limit=request.number("limit", PAGE, LONGEST_PAGE),
    )


def _operation(asked: Mapping[str, str]) -> Operation | UnsetType | None:
    word = asked.get("operation")
    if word is None:
        return UNSET
    if word == NONE:
        return None
    if word not in [*Operation]:
        near = nearest(word, [*Operation])
        way_out = f"did you mean {near}?" if near else f"expected one of {', '.join(Operation)}, or {NONE}"
        raise Invalid(Flaw("operation", f"unknown operation {quoted(word)}; {way_out}", "query"))
    return Operation(word)


def _status(asked: Mapping[str, str]) -> int | None:
    word = asked.get("status")
    if word is None:
        return None
    if word in (NONE, "0"):
        return 0
    if not _STATUS.fullmatch(word):
        raise Invalid(
            Flaw(
                "status", f"expected an HTTP status such as 201, or {NONE} for no answer, found {quoted(word)}", "query"
            )
        )
    return int(word)


def _wait(request: ControlRequest) -> float:
    word = request.sent.query.get("wait", "0")
    if not _SECONDS.fullmatch(word) or float(word) > LONGEST_WAIT:
        expected = f"expected seconds of real time from 0 to {LONGEST_WAIT}"
        raise Invalid(Flaw("wait", f"{expected}, found {quoted(word)}", "query"))
    return float(word)


def _require_rule(world: World, rule: str) -> None:
    """Raise Invalid for a rule that no exchange can have had."""
    rules = _rules(world)
    known = list(dict.fromkeys(chain(*((each.name, each.place) for each in rules))))
    if rule in known or not world.journal.counts.complete:
        return
    bare, near = rule.rpartition(":")[0], nearest(rule, known)
    if bare in known:
        way_out = f"a place is a file and a line: did you mean {bare}?"
    elif near:
        way_out = f"did you mean {near}?"
    else:
        way_out = f"there is {few(dict.fromkeys(each.name for each in rules if each != FINISH))}"
    raise Invalid(Flaw("rule", f"there is no rule {quoted(rule)} in the world {world.name}; {way_out}", "query"))


def _rules(world: World) -> list[Cause]:
    """Return every rule that may have acted: the rules in force, then those of the scenario, then the counted ones."""
    view = rules_view(world)
    in_force = [Cause(rule.name, rule.place) for rule in (*view.faults, *view.limits, *view.generations)]
    scripted = [entry.cause for entry in world.faults.scripted]
    # Of an added fault that was removed only its name is left.
    counted = [Cause(name, f"control:{name}") for name in world.journal.counts.rules()]
    return [*in_force, *scripted, FINISH, *counted]


_STATUS: Final = re.compile(r"[1-5][0-9]{2}")
_SECONDS: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,9})?")


# The answer


def _page(world: World, query: Query) -> Page:
    journal, found = world.journal, world.journal.search(query)
    return Page(
        world.name,
        not world.clock.ticks,
        journal.total,
        len(journal),
        journal.evicted,
        found.count,
        found.complete,
        _counts(journal.counts),
        [exchange_view(exchange) for exchange in found.exchanges],
        found.next,
    )


def _counts(tally: Counts) -> CountsView:
    return CountsView(
        {operation or NONE: count for operation, count in tally.operations().items()},
        {str(status or NONE): count for status, count in sorted(tally.statuses().items())},
        dict(tally.rules()),
    )


def _verdicts(verdicts: Verdicts) -> list[VerdictView]:
    return [_verdict(verdict) for verdict in verdicts]


def _verdict(verdict: Verdict) -> VerdictView:
    difference = {
        key: {"expected": expected} | ({} if found is UNSET else {"found": found})
        for key, (expected, found) in verdict.difference.items()
    }
    return VerdictView(verdict.rule, verdict.place, verdict.fired, verdict.call, verdict.why, difference)
