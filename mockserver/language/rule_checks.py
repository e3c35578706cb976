"""Finds the mistakes within one rule: a life without an end, a fault that never fires, an incomplete limit."""

from collections.abc import Iterator

from mockserver.core.document import Finding, below
from mockserver.core.faults import Counted, Fault
from mockserver.core.forms import LONGEST_DURATION
from mockserver.core.generation import Life
from mockserver.core.instant import SECOND
from mockserver.core.limits import Limit
from mockserver.core.operation import ADDRESSING, TRAITS, Operation
from mockserver.core.rules import Rule
from mockserver.core.timeline import Step
from mockserver.core.wording import either, quoted, worded
from mockserver.language import conditions, then_checks


def of_life(life: Life) -> Iterator[Finding]:
    """Yield the mistakes in one entry of `generations`."""
    yield from _name(life.name)
    yield from below(("when",), conditions.impossible(life.when, conditions.NEW_GENERATIONS))
    yield from _calls(life)
    if life.then is not None:
        yield from below(("then",), _timeline(life.then))


def of_fault(fault: Fault) -> Iterator[Finding]:
    """Yield the mistakes in one entry of `faults`."""
    yield from _name(fault.name)
    yield from _operations(fault.on)
    yield from below(("when",), conditions.impossible(fault.when, conditions.subjects(fault.on)))
    yield from _calls(fault)
    yield from _counted(fault)
    if fault.between is not None and fault.between[0] >= fault.between[1]:
        start = f"{fault.between[0] / SECOND:g}s"
        yield ("between", 1), f"between: expected a time after {start}, since it ends there; like this it never fires"
    contradictions = list(below(("then",), then_checks.of_fault(fault.then)))
    yield from contradictions or _effect(fault)


def of_limit(limit: Limit) -> Iterator[Finding]:
    """Yield the mistakes in one entry of `limits`."""
    yield from _name(limit.name)
    yield from _operations(limit.on)
    if limit.active is None:
        yield from _window(limit)
    else:
        yield from _cap(limit)
    if limit.then is not None:
        yield from below(("then",), then_checks.of_limit(limit.then))


def _name(name: str | None) -> Iterator[Finding]:
    if name is not None and not name.isprintable():
        expected = "expected printable characters on one line, since logs and reports show it"
        yield ("name",), f"name: {expected}, found {quoted(name)}; leave the others out"


def _operations(on: tuple[Operation, ...]) -> Iterator[Finding]:
    before: set[Operation] = set()
    for i, operation in enumerate(on):
        if operation in before:
            yield ("on", i), f"on: {operation} stands in this list already; leave one of them out"
        before.add(operation)


def _calls(rule: Rule) -> Iterator[Finding]:
    if rule.calls is not None and not rule.calls.spans and rule.calls.every is None:
        yield ("calls",), "calls: expected {every: 3}, found no number, so that the rule never fires"


def _counted(fault: Fault) -> Iterator[Finding]:
    strays = [operation for operation in fault.on if operation not in ADDRESSING]
    if fault.counted is Counted.GENERATION and strays:
        who = "any request" if set(fault.on) == set(Operation) else f"a request for {strays[0]}"
        possible = either(list(ADDRESSING))
        yield ("counted",), f"counted: {who} need not name a generation; expected `on` to be {possible}"


def _effect(fault: Fault) -> Iterator[Finding]:
    if fault.phase is not None and not fault.then.replaces:
        yield (
            ("phase",),
            "phase: here the API itself answers, so that its effect takes place at once; leave `phase` out",
        )
    keyless = [operation for operation in fault.on if TRAITS[operation].keyless]
    if keyless and set(fault.on) != set(Operation):
        for key in ("patch", "remove"):
            if getattr(fault.then, key):
                answer = f"{keyless[0]} answers with {TRAITS[keyless[0]].keyless}, which has no keys"
                yield ("then", key), f"{key}: {answer}; write the whole answer with `status` and `body` or `text`"


def _window(limit: Limit) -> Iterator[Finding]:
    if limit.allow is None and limit.per is None:
        expected = "`allow` and `per`, such as `allow: 10, per: 60s`, or on create `active: 3`"
        yield (), f"a limit that limits nothing; expected {expected}"
    elif limit.per is None:
        yield ("allow",), "allow: expected `per` beside it, the time in which so many are allowed, such as `per: 60s`"
    elif limit.allow is None:
        yield ("per",), "per: expected `allow` beside it, how many are allowed in this time, such as `allow: 10`"
    elif limit.per == 0:
        yield ("per",), "per: expected a time over 0, found none, so that the limit never refuses"


def _cap(limit: Limit) -> Iterator[Finding]:
    for key in ("allow", "per"):
        if getattr(limit, key) is not None:
            sentence = "counts requests, and `active` unfinished generations; write two limits, or keep one of them"
            yield (key,), f"{key}: {sentence}"
    stray = next((operation for operation in limit.on if operation is not Operation.CREATE), None)
    if stray is not None:
        found = "any" if set(limit.on) == set(Operation) else stray
        yield ("on",), f"on: expected create, since only that adds a generation to the `active` ones, found {found}"


def _timeline(steps: tuple[Step, ...]) -> Iterator[Finding]:
    *before, last = steps
    for i, step in enumerate(before):
        if step.lasts is None:
            endless = f"{worded(step.status)} has no `for` and lasts for ever, so that no later step begins"
            yield (i,), f"{endless}; give it a length, such as {quoted(f'{step.status}: 2s')}"
    if last.lasts is not None:
        yield (len(before), "for"), "for: the last step lasts for ever; leave its length out, or add the step after it"
    elif isinstance(last.progress, tuple):
        spread = "a list is spread over the step's `for`, and the last step lasts for ever"
        yield (len(before), "progress"), f"progress: {spread}; write one number"
    if sum(step.lasts or 0 for step in steps) > LONGEST_DURATION:
        yield (), "then: expected at most a hundred years, found more in all"
