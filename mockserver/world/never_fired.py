"""How often each rule of a scenario was met and fired, and for each rule that never fired, the nearest miss.

A rule that never fires is likely a mistake, in the scenario or in the client. Limits are not reported, because a
correct client stays below the limits. Counting is cheap enough for every reset. The reasons are read from the journal
once, at the end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from msgspec import UNSET, Struct
from msgspec.json import encode

from mockserver.core.faults import Fault
from mockserver.core.generation import Life
from mockserver.core.rules import named
from mockserver.core.scenario import Scenario
from mockserver.core.verdict import Verdict
from mockserver.core.wording import quoted
from mockserver.world.rules_in_force import InForce
from mockserver.world.world import World


class Use(Struct, frozen=True):
    """How often the conditions of one rule were met, and how often it fired."""

    seen: int = 0
    fired: int = 0

    def __add__(self, other: "Use") -> "Use":
        return Use(self.seen + other.seen, self.fired + other.fired)


class NeverFired(Struct, frozen=True):
    """A rule that never fired: its name, its file and line, and the reason."""

    name: str
    place: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: the rule {self.name} never fired: {self.why}"


def uses(world: World, before: Sequence[Use] = ()) -> tuple[Use, ...]:
    """Return the use of each life, and then of each fault, of a world's scenario.

    `before` is the earlier use to add.
    """
    rules: tuple[InForce[Any], ...] = (*world.lives, *world.faults.scripted)
    present = tuple(Use(rule.seen, rule.fired) for rule in rules)
    return tuple(map(Use.__add__, before, present)) if before else present


def never_fired(scenario: Scenario, worlds: Sequence[World], before: Sequence[Use] = ()) -> Iterator[NeverFired]:
    """Yield, in order, the rules of a scenario that have not fired.

    They fired neither in `worlds`, which play this scenario, nor in `before`, the earlier use.
    """
    lives, faults = scenario.generations, scenario.faults
    total = before or [Use()] * (len(lives) + len(faults))
    for world in worlds:
        total = uses(world, total)
    for (name, life), use in zip(named("generations", lives), total[: len(lives)], strict=True):
        if not use.fired:
            yield NeverFired(name, life.place, _missed_orders(life, use.seen))
    for (name, fault), use in zip(named("faults", faults), total[len(lives) :], strict=True):
        if not use.fired:
            yield NeverFired(name, fault.place, _missed_requests(fault, use.seen, _verdicts(worlds, name)))


def _verdicts(worlds: Iterable[World], rule: str) -> list[Verdict]:
    exchanges = chain.from_iterable(world.journal.exchanges() for world in worlds)
    return [verdict for exchange in exchanges for verdict in exchange.explanation.faults if verdict.rule == rule]


def _missed_orders(life: Life, seen: int) -> str:
    if not seen:
        return "no order that was accepted met its conditions"
    which = "" if life.calls is None else f", and it is for calls {life.calls} only"
    return f"{_times(seen)}{which or ', each time behind a rule that fired'}"


def _missed_requests(fault: Fault, seen: int, verdicts: Sequence[Verdict]) -> str:
    """Describe the nearest miss among the requests that the journal still holds."""
    met = [verdict.why for verdict in verdicts if verdict.call is not None]
    if seen:
        return _times(seen) + (f"; the last time, {met[-1]}" if met else "")
    differing = [verdict.difference for verdict in verdicts if verdict.difference]
    if differing:
        return f"no request met its conditions; the nearest had {_told(min(differing, key=len))}"
    return verdicts[-1].why if verdicts else f"no request for {', '.join(fault.on)} met its conditions"


def _times(seen: int) -> str:
    return f"its conditions were met {'once' if seen == 1 else f'{seen} times'}"


def _told(difference: Mapping[str, tuple[object, object]]) -> str:
    return ", ".join(
        f"{key} {_shown(found)} instead of {_shown(wanted)}" for key, (wanted, found) in difference.items()
    )


def _shown(value: object) -> str:
    if value is UNSET:
        return "nothing"
    return quoted(value) if isinstance(value, str) else encode(value).decode()
