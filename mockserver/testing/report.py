"""The report of a failed test: its requests, the rules that never fired, and the command that runs the test again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final

from mockserver.client.accounts import AccountView
from mockserver.client.errors import ControlError
from mockserver.client.faults import Rule
from mockserver.client.journal import Exchange, Verdict
from mockserver.client.world import World
from mockserver.core.wording import printable

MOST_EXCHANGES: Final = 60
"""The last exchanges, which the report shows; the nearest miss of a rule that never fired is one of them."""

MOST_ACCOUNTS: Final = 5

MOST_ENTRIES: Final = 12
"""The last entries of an account's ledger, which the report shows."""

NOTHING: Final = "  nothing was asked; a client that has the API's own address in it comes here with intercept=True"

LONGEST_ANSWER: Final = 60
"""Characters that the report shows of the text of an error."""


def report(world: World, rerun: str, diagnosis: str = "") -> str:
    """Return the printable lines about a world, or one line that says why its server does not answer.

    `rerun` is the command that runs the test again, `diagnosis` is a further problem of the test.
    """
    try:
        return "\n".join(map(printable, _lines(world, rerun, diagnosis)))
    except ControlError as error:
        return printable(f"the world {world.name} cannot be asked any more: {error}")


def _lines(world: World, rerun: str, diagnosis: str) -> Iterator[str]:
    script, clock, page = world.scenario, world.clock.view(), world.journal.page(1)
    yield f"world {world.name}, {_since(clock.began, clock.now)} after it began ({clock.mode} clock)"
    shown = list(world.journal.exchanges(since=max(page.total - MOST_EXCHANGES, 0)))
    if page.total > len(shown):
        yield f"  … {page.total - len(shown)} exchanges before these"
    yield from (f"  warning: {warning.place}: {warning.sentence}" for warning in script.warnings)
    yield from _table([_row(world, exchange, clock.began) for exchange in shown]) or [NOTHING]
    if diagnosis:
        yield f"  {diagnosis}"
    yield from _idle(world, shown)
    yield from map(_wallet, islice(world.accounts.views(), MOST_ACCOUNTS))
    if len(world.accounts) > MOST_ACCOUNTS:
        yield f"  … {len(world.accounts) - MOST_ACCOUNTS} accounts more"
    yield f"  again: {rerun} (scenario {script.name}, seed {script.seed}, world {world.name})"


def _since(began: datetime, at: datetime) -> str:
    return f"{(at - began) / timedelta(seconds=1):g}s"


def _wallet(account: AccountView) -> str:
    entries = [f"{entry.kind} {entry.amount}" for entry in account.ledger if entry.counts]
    before = ["…"] if len(entries) > MOST_ENTRIES else []
    listed = ", ".join((*before, *entries[-MOST_ENTRIES:])) or "no entries"
    return f"  {account.email} has {account.credits} credits: {listed}"


# Exchanges


def _row(world: World, exchange: Exchange, began: datetime) -> tuple[str, ...]:
    rules = ", ".join(f"{rule.name} ({rule.place})" for rule in exchange.rules)
    path = exchange.request.target.removeprefix(f"/w/{world.name}")
    asked = exchange.operation or f"{exchange.request.method} {path}"
    subject = "" if exchange.generation is None else f" {exchange.generation}"
    return f"{exchange.number}", f"+{_since(began, exchange.at)}", f"{asked}{subject}", _answer(exchange), rules


def _answer(exchange: Exchange) -> str:
    """Return the status, and beside it the text of an error or the state of a generation."""
    answer, view = exchange.answer, _object(exchange)
    if answer.status is None:
        return "no answer"
    if answer.status < 400:
        return " ".join(
            str(word) for word in (answer.status, *map(view.get, ("status", "progress"))) if word is not None
        )
    said = " ".join(str(view.get("detail", answer.text)).split())
    rest = "…" if len(said) > LONGEST_ANSWER else ""
    return f"{answer.status} {said[:LONGEST_ANSWER]}{rest}"


def _object(exchange: Exchange) -> Mapping[str, object]:
    """Return the JSON object of the answer; an empty object if the answer has no object, or was cut short."""
    try:
        view = exchange.answer.json
    except ValueError:
        return {}
    return view if isinstance(view, dict) else {}


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


# Rules that never fired


def _idle(world: World, shown: Sequence[Exchange]) -> Iterator[str]:
    rules = chain(world.faults.limits, world.faults, world.faults.lives)
    idle = [rule for rule in rules if not rule.fired]
    verdicts = _verdicts(world, shown) if idle else []
    for rule in idle:
        yield f"  never fired: {rule.name} ({rule.place}): {_why(rule, verdicts)}"


def _verdicts(world: World, shown: Sequence[Exchange]) -> list[tuple[int, Verdict]]:
    explained = (world.journal.explain(exchange.number) for exchange in shown if exchange.operation is not None)
    return [
        (explanation.number, verdict)
        for explanation in explained
        for verdict in (*explanation.limits, *explanation.faults, *explanation.generations)
    ]


def _why(rule: Rule, verdicts: Sequence[tuple[int, Verdict]]) -> str:
    """Return the nearest miss: the last request that met all conditions, else the request that missed the fewest."""
    own = [(number, verdict) for number, verdict in verdicts if verdict.name == rule.name]
    if not own:
        return f"nothing was asked that it is for ({', '.join(rule.on) or 'create'})"
    met = [(number, verdict.why) for number, verdict in own if not verdict.difference]
    if met:
        number, why = met[-1]
    else:
        number, nearest = min(own, key=lambda each: len(each[1].difference))
        why = ", ".join(_differences(nearest))
    return f"the nearest was {number}: {why}"


def _differences(verdict: Verdict) -> Iterator[str]:
    for key, each in verdict.difference.items():
        found = repr(each["found"]) if "found" in each else "nothing"
        yield f"{key} was {found} instead of {each['expected']!r}"
