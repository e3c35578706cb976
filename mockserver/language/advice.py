"""Warnings about parts of a valid scenario that are probably mistakes. A warning does not stop the program."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from mockserver.core.clock import PATIENCE
from mockserver.core.document import Finding, below
from mockserver.core.faults import PAGES, RetryAfter, Then
from mockserver.core.instant import SECOND
from mockserver.core.rules import When
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import DEFAULT_LIFE, FAILED, FINAL, Step
from mockserver.core.wording import did_you_mean, quoted, worded
from mockserver.language import conditions

_STATUSES: Final = (*(step.status for step in DEFAULT_LIFE.steps), FAILED)

_NUMBER_AND_UNIT: Final = re.compile(r"\s*\d+(\.\d+)?\s*[A-Za-z]+\s*")


def warnings(scenario: Scenario) -> Iterator[Finding]:
    """Yield the warnings about a valid scenario."""
    yield from _clock(scenario)
    yield from _unseen(scenario)
    known, first = _known(scenario), scenario.api.first_generation
    for i, life in enumerate(scenario.generations):
        yield from below(("generations", i, "when"), _strangers(life.when, known, first))
        yield from below(("generations", i, "then"), _misspelt(life.then or ()))
    for i, fault in enumerate(scenario.faults):
        yield from below(("faults", i, "when"), _strangers(fault.when, known, first))
        yield from below(("faults", i, "then"), _then(fault.then))
    for i, limit in enumerate(scenario.limits):
        if limit.then is not None:
            yield from below(("limits", i, "then"), _then(limit.then))


def _clock(scenario: Scenario) -> Iterator[Finding]:
    clock = scenario.clock
    if clock.rate != 1 and clock.mode is not None and not clock.mode.ticks:
        yield ("clock", "rate"), f"rate: a {clock.mode} clock does not follow real time, so that it has no rate"
    if clock.step != PATIENCE and clock.mode is not None and not clock.mode.holds:
        yield ("clock", "step"), f"step: a {clock.mode} clock does not move when a client asks again"
    virtual = isinstance(clock.start, int) or (clock.start is None and clock.mode is not None and not clock.mode.ticks)
    if scenario.tokens.ttl is not None and virtual:
        remedy = "a client that compares them with its own clock needs clock: {start: now}"
        yield ("tokens", "ttl"), f"ttl: `exp` and HTTP dates are virtual; {remedy}"


def _unseen(scenario: Scenario) -> Iterator[Finding]:
    step = scenario.clock.step
    if (scenario.clock.mode is not None and not scenario.clock.mode.holds) or step == "next":
        return
    for i, life in enumerate(scenario.generations):
        for j, part in enumerate(life.then or ()):
            if part.lasts is not None and part.lasts < step:
                sentence = f"for: {worded(part.status)} is shorter than the clock's step of {step / SECOND:g}s"
                yield ("generations", i, "then", j, "for"), f"{sentence}; a client that polls may never see it"


def _misspelt(steps: Iterable[Step]) -> Iterator[Finding]:
    """Yield the statuses that look like a misspelt status of the reference.

    A scenario can use any word as a status, but clients know only the four statuses of the reference.
    """
    for i, step in enumerate(steps):
        near = "" if step.status in _STATUSES else did_you_mean(step.status, _STATUSES)
        if near:
            yield (i, "status"), f"{worded(step.status)} is a status that the reference does not know{near}"


Known = dict[str, tuple[str, dict[str, None]]]
"""For each key of `when`, the values that the scenario declares, and the consequence of any other value."""


def _known(scenario: Scenario) -> Known:
    emails = (account.email for account in scenario.accounts)
    scripted = (step.status for life in scenario.generations for step in life.then or ())
    statuses = (*(step.status for step in DEFAULT_LIFE.steps), *FINAL, *scripted)
    known: Known = {
        "account": ("it holds for nobody but who signs up so", dict.fromkeys(emails)),
        "status": ("no generation ever has it", dict.fromkeys(statuses)),
    }
    if scenario.api.unknown_models == "reject":
        known["model_name"] = ("orders of it are rejected", dict.fromkeys(model.name for model in scenario.models))
    return known


def _strangers(when: When, known: Known, first: int) -> Iterator[Finding]:
    """Yield the conditions that name things the scenario does not declare.

    `first` is the id of the first generation.
    """
    for key in [key for key in known if key in when]:
        consequence, words = known[key]
        for path, word in conditions.choices(key, when[key]):
            if word not in words and not conditions.matches_any(word, words):
                near = did_you_mean(str(word), tuple(words))
                yield path, f"{key}: nothing declared matches {quoted(str(word))}; {consequence}{near}"
    for path, id_ in conditions.choices("id", when.get("id", first)):
        if isinstance(id_, int) and id_ < first:
            yield path, f"id: no generation has the id {id_}; the first one is {first} (`api: {{first_generation}}`)"


def _then(then: Then) -> Iterator[Finding]:
    if then.text is not None and then.text not in PAGES:
        near = did_you_mean(then.text, tuple(PAGES))
        if near:
            yield ("text",), f"text: {quoted(then.text)} is sent as it is{near}"
    if isinstance(then.retry_after, RetryAfter) and _NUMBER_AND_UNIT.fullmatch(then.retry_after.raw or ""):
        raw = quoted(then.retry_after.raw or "")
        yield ("retry_after",), f"retry_after: {raw} is sent as it is; a duration is written 500ms, 2s, 5m or 1h"
