"""The faults of one world: what each has seen of the requests, which of them fires, and why the others do not.

Looking costs every request, telling why only whoever asks: a search keeps what the rules saw, and the verdicts are
made of that when they are read.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, overload

from msgspec import Struct
from msgspec.json import encode

from mockserver.core import chance
from mockserver.core.faults import Counted, Fault
from mockserver.core.operation import Operation
from mockserver.core.rules import Condition, Fact, difference

MOST_COUNTED: Final = 100_000
"""How many accounts and generations one rule counts the calls of; beyond, those it met first are forgotten."""

KEPT: Final = 200
"""Characters that a verdict keeps of what it found."""

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

    `call` is the how-many-th match it was, None where it did not count: `difference` tells which conditions differed.
    """

    rule: str
    place: str
    call: int | None = None
    why: str = ""
    difference: dict[str, tuple[Condition, object]] = {}


class _Look(Struct, frozen=True, gc=False):
    """One rule's look at an exchange that meets its conditions: the how-many-th, its luck, and whether it would fire.

    `call` 0 is no look at all, because the effect that the rule waits for did not take place.
    """

    call: int = 0
    luck: float = 0
    fires: bool = False


_NO_LOOK: Final = _Look()


class Entry:
    """One fault in force: how often it was seen, and how often it has fired. Only its rulebook counts.

    `waits` tells that it can only look once the effect has taken place.
    """

    def __init__(self, name: str, fault: Fault) -> None:
        self.name = name
        self.fault = fault
        self.seen = 0
        self.fired = 0
        self._tests = fault.tests
        self.waits = fault.after
        self._together = fault.counted is Counted.WORLD
        self._matches: Counter[tuple[str, object]] = Counter()

    def look(self, facts: Mapping[str, object], occasion: Occasion, seed: int) -> _Look | None:
        """Count the occasion if it is one, and say whether the fault would fire; None if its conditions differ."""
        for key, _, holds in self._tests:
            if not holds(facts[key]):
                return None
        self.seen += 1
        call = self.seen if self._together else self._call(occasion)
        luck = 0 if self.fault.chance is None else self._luck(occasion, seed)
        return _Look(call, luck, self.fault.fires(call, occasion.elapsed, luck))

    def _call(self, occasion: Occasion) -> int:
        account = self.fault.counted is Counted.ACCOUNT
        return self._count("calls", occasion.account if account else occasion.generation)

    def _luck(self, occasion: Occasion, seed: int) -> float:
        whose = occasion.account if occasion.generation is None else occasion.generation
        return chance.number(seed, "chance", self.name, whose, self._count("chance", whose)) / _SCALE

    def _count(self, purpose: str, whose: object) -> int:
        self._matches[purpose, whose] += 1
        if len(self._matches) > MOST_COUNTED:
            del self._matches[next(iter(self._matches))]
        return self._matches[purpose, whose]


class Verdicts(Sequence[Verdict]):
    """What became of each rule that was considered at one exchange, in their order, made when it is read."""

    def __init__(
        self,
        entries: Sequence[Entry] = (),
        looks: Sequence[_Look | None] = (),
        facts: Mapping[str, object] | None = None,
        elapsed: int = 0,
        end: int | None = None,
    ) -> None:
        self._entries, self._looks, self._elapsed = entries, looks, elapsed
        self._facts = {key: _brief(value) for key, value in (facts or {}).items()}
        self._end = end
        matched = len(entries) - looks.count(None)
        self.size = 8 * len(entries) + 56 * matched + (2 * KEPT) * len(self._facts)
        """Bytes that they are counted with, at most."""

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, i: int) -> Verdict: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, i: int | slice) -> Verdict | Sequence[Verdict]:
        if isinstance(i, slice):
            return tuple(self)[i]
        return self._verdict(range(len(self))[i])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verdicts) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(verdict.rule for verdict in self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _verdict(self, i: int) -> Verdict:
        entry, look = self._entries[i], self._looks[i]
        name, place = entry.name, entry.fault.place
        if look is None:
            return Verdict(name, place, None, "its conditions do not hold", self._difference(entry.fault))
        if look is _NO_LOOK:
            return Verdict(name, place, None, "the effect that it waits for did not take place")
        why = entry.fault.silence(look.call, self._elapsed, look.luck)
        if not why and self._end is not None and i > self._end:
            why = "an earlier rule answered"
        return Verdict(name, place, look.call, why)

    def _difference(self, fault: Fault) -> dict[str, tuple[Condition, object]]:
        # What was cut short may meet a condition that the whole did not: then all of them are told.
        whole = {key: (condition, self._facts[key]) for key, condition, _ in fault.tests}
        return difference(fault.tests, self._facts.__getitem__) or whole


NO_VERDICTS: Final = Verdicts()
"""Those of an exchange at which no rule was considered."""


def _brief(value: object) -> object:
    """Return a value as it may be kept: a text cut short, and what is neither text nor scalar as its JSON."""
    text = encode(value).decode() if isinstance(value, dict | list) else value
    return text[:KEPT] + "…" if isinstance(text, str) and len(text) > KEPT else text


class Script(Struct, frozen=True):
    """What the rules have in store for one exchange.

    `answer` is the fault that answers in place of the API, if one does; `change` the one that changes the answer;
    `additions` add to it.
    """

    answer: Fault | None = None
    change: Fault | None = None
    additions: tuple[Fault, ...] = ()


class Search:
    """One request, put to the rules for its operation in their order: the first that fires ends it.

    Those that only add end nothing. A rule of the phase `after` can only be asked once the API has acted, so that a
    search begins before that and ends after it.
    """

    def __init__(self, watch: "_Watch", occasion: Occasion, seed: int) -> None:
        self._watch, self._occasion, self._seed = watch, occasion, seed
        self._facts = facts = {key: occasion.fact(key) for key in watch.keys}
        self._looks = [_NO_LOOK if entry.waits else entry.look(facts, occasion, seed) for entry in watch.entries]
        end = self._end(self._firing())
        last = None if end is None else watch.entries[end].fault
        self.answer = last if last is not None and last.then.replaces else None
        """The fault that answers before the API is asked, if one does."""

    def end(self, *, succeeded: bool) -> tuple[Script, Verdicts]:
        """Ask the rules that waited for the API, if it has acted with success, and return what came out."""
        entries = self._watch.entries
        for i in self._watch.waiting if succeeded else ():
            self._looks[i] = entries[i].look(self._facts, self._occasion, self._seed)
        firing = self._firing()
        end = self._end(firing)
        fired = [entries[i] for i in firing if end is None or i <= end]
        for entry in fired:
            entry.fired += 1
        script = _script([entry.fault for entry in fired], ended=end is not None)
        return script, Verdicts(entries, self._looks, self._facts, self._occasion.elapsed, end)

    def _firing(self) -> list[int]:
        return [i for i, look in enumerate(self._looks) if look is not None and look.fires]

    def _end(self, firing: Sequence[int]) -> int | None:
        """Return the index of the first rule that fires and does more than add."""
        return next((i for i in firing if not self._watch.entries[i].fault.then.adds), None)


def _script(fired: Sequence[Fault], *, ended: bool) -> Script:
    additions, last = (tuple(fired[:-1]), fired[-1]) if ended else (tuple(fired), None)
    if last is not None and last.then.replaces:
        return Script(last, None, additions)
    return Script(None, last, additions)


class _Watch(Struct, frozen=True):
    """The rules for one operation in their order, which of them wait for the effect, and the keys of all conditions."""

    entries: tuple[Entry, ...]
    waiting: tuple[int, ...]
    keys: tuple[str, ...]


class Rulebook:
    """The faults in force, by operation; every one that is for an operation looks at each request for it, in order."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self.entries = [Entry(fault.name or f"faults.{i}", fault) for i, fault in enumerate(faults, start=1)]
        self._seed = seed
        self._watches = {operation: _watch(operation, self.entries) for operation in Operation}

    def watches(self, operation: Operation) -> bool:
        """Tell whether any rule is for an operation."""
        return bool(self._watches[operation].entries)

    def search(self, occasion: Occasion) -> Search:
        """Put a request to the rules, before the API does anything."""
        return Search(self._watches[occasion.operation], occasion, self._seed)


def _watch(operation: Operation, entries: Sequence[Entry]) -> _Watch:
    concerned = tuple(entry for entry in entries if operation in entry.fault.on)
    keys = dict.fromkeys(key for entry in concerned for key, _, _ in entry.fault.tests)
    waiting = tuple(i for i, entry in enumerate(concerned) if entry.waits)
    return _Watch(concerned, waiting, tuple(keys))
