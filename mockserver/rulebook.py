"""The faults of one world: what each has seen of the requests, which of them fires, and why the others do not."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, structs

from mockserver.core import chance
from mockserver.core.faults import Counted, Fault
from mockserver.core.operation import Operation
from mockserver.core.rules import Condition, Fact, difference

_SCALE: Final = 2**64


class Occasion(Struct, frozen=True):
    """What rules look at: the operation, the facts of the request, whose it is, and when.

    `account` is the caller's e-mail, else the one in the body, else the address; `generation` is the one that the path
    names; `elapsed` is in microseconds since the world began.
    """

    operation: Operation
    fact: Fact
    account: str
    generation: int | None
    elapsed: int


class Verdict(Struct, frozen=True):
    """What became of one rule at one exchange: it fired if `why` is empty, else `why` says what kept it from firing.

    `call` is the how-many-th match it was, None where the conditions did not hold: `difference` tells which.
    """

    rule: str
    place: str
    call: int | None = None
    why: str = ""
    difference: dict[str, tuple[Condition, object]] = {}


class Entry:
    """One fault in force: how often it was seen, and how often it has fired. Only its rulebook counts."""

    def __init__(self, name: str, fault: Fault) -> None:
        self.name = name
        self.fault = fault
        self.seen = 0
        self.fired = 0
        self._matches: Counter[tuple[str, object]] = Counter()

    def look(self, occasion: Occasion, seed: int) -> Verdict:
        """Count the occasion if it is one, and say whether the fault would fire."""
        differing = difference(self.fault.tests, occasion.fact)
        if differing:
            return Verdict(self.name, self.fault.place, why="its conditions do not hold", difference=differing)
        self.seen += 1
        call = self._count(occasion)
        why = self.fault.silence(call, occasion.elapsed, self._luck(occasion, seed))
        return Verdict(self.name, self.fault.place, call, why)

    def _count(self, occasion: Occasion) -> int:
        if self.fault.counted is Counted.WORLD:
            return self.seen
        account = self.fault.counted is Counted.ACCOUNT
        key = ("counted", occasion.account if account else occasion.generation)
        self._matches[key] += 1
        return self._matches[key]

    def _luck(self, occasion: Occasion, seed: int) -> float:
        if self.fault.chance is None:
            return 0
        key = ("chance", occasion.account if occasion.generation is None else occasion.generation)
        self._matches[key] += 1
        return chance.number(seed, "chance", self.name, key[1], self._matches[key]) / _SCALE


class Script(Struct, frozen=True):
    """What the rules have in store for one exchange.

    `answer` is the fault that answers in place of the API, if one does; `change` the one that changes the answer;
    `additions` add to it. `waiting` are those still to be looked at, once the API has answered with success.
    `verdicts` says of every rule looked at why it fires or not.
    """

    answer: Fault | None = None
    change: Fault | None = None
    additions: tuple[Fault, ...] = ()
    waiting: tuple[Entry, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


class _Search:
    """One pass over rules in their order: the first that fires ends it, but those that only add do not."""

    def __init__(self, script: Script) -> None:
        self._answer, self._change = script.answer, script.change
        self._additions, self._verdicts = [*script.additions], [*script.verdicts]
        self._waiting: list[Entry] = []

    def look(self, entry: Entry, occasion: Occasion, seed: int) -> None:
        verdict = entry.look(occasion, seed)
        if not verdict.why and (self._answer or self._change):
            verdict = structs.replace(verdict, why="an earlier rule answered")
        if not verdict.why:
            self._fire(entry)
        self._verdicts.append(verdict)

    def _fire(self, entry: Entry) -> None:
        entry.fired += 1
        if entry.fault.then.replaces:
            self._answer = entry.fault
        elif entry.fault.then.changes:
            self._change = entry.fault
        else:
            self._additions.append(entry.fault)

    def wait(self, entry: Entry) -> None:
        self._waiting.append(entry)

    @property
    def script(self) -> Script:
        return Script(self._answer, self._change, tuple(self._additions), tuple(self._waiting), tuple(self._verdicts))


class Rulebook:
    """The faults in force, by operation; every one that is for an operation looks at each request for it, in order."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self.entries = [Entry(fault.name or f"faults.{i}", fault) for i, fault in enumerate(faults, start=1)]
        self._seed = seed
        self._by_operation = {
            operation: tuple(entry for entry in self.entries if operation in entry.fault.on) for operation in Operation
        }

    def watches(self, operation: Operation) -> bool:
        """Tell whether any rule is for an operation."""
        return bool(self._by_operation[operation])

    def script(self, occasion: Occasion) -> Script:
        """Look at the rules that need no effect, before the API does anything."""
        search = _Search(Script())
        for entry in self._by_operation[occasion.operation]:
            if entry.fault.after:
                search.wait(entry)
            else:
                search.look(entry, occasion, self._seed)
        return search.script

    def after(self, script: Script, occasion: Occasion) -> Script:
        """Look at the rules that were waiting for the effect, now that it has taken place."""
        search = _Search(script)
        for entry in script.waiting:
            search.look(entry, occasion, self._seed)
        return search.script
