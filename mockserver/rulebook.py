"""The faults of one world: what each has seen of the requests, which of them fires, and why the others do not.

Looking costs every request, telling why only whoever asks: a search keeps what the rules saw, and the verdicts are
made of that when they are read.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mockserver.core import chance
from mockserver.core.faults import Counted, Fault
from mockserver.core.operation import Operation
from mockserver.core.rules import Fact
from mockserver.core.verdict import DIFFERS, NO_VERDICTS, Cause, Verdict, Verdicts, differing, kept, weight

MOST_COUNTED: Final = 100_000
"""How many accounts and generations one rule counts the calls of; beyond, those it met first are forgotten."""

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


class _Look(Struct, frozen=True, gc=False):
    """One rule's look at an exchange that meets its conditions: the how-many-th, its luck, and whether it would fire.

    `call` 0 is no look at all, because the effect that the rule waits for did not take place.
    """

    call: int = 0
    luck: float = 0
    fires: bool = False


_NO_EFFECT: Final = _Look()


class Entry:
    """One fault in force: how often it was seen, and how often it has fired. Only its rulebook counts.

    `waits` tells that it can only look once the effect has taken place.
    """

    def __init__(self, name: str, fault: Fault) -> None:
        self.cause = Cause(name, fault.place)
        self.fault = fault
        self.seen = 0
        self.fired = 0
        self._tests = fault.tests
        self.waits = fault.after
        self._together = fault.counted is Counted.WORLD
        self._matches: Counter[tuple[str, object]] = Counter()

    @property
    def name(self) -> str:
        """What the fault is called."""
        return self.cause.name

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


class _Seen(Verdicts):
    """What became of each fault that was considered at one exchange; `end` is the index of the one that ended it."""

    def __init__(self, search: "Search", end: int | None) -> None:
        self._entries, self._looks, self._found = search.entries, search.looks, kept(search.facts)
        self._elapsed, self._end = search.occasion.elapsed, end

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes that they are counted with, at most."""
        matched = len(self._entries) - self._looks.count(None)
        return 200 + 8 * len(self._entries) + 64 * matched + weight(self._found)

    def _verdict(self, i: int) -> Verdict:
        entry, look = self._entries[i], self._looks[i]
        name, place = entry.cause.name, entry.cause.place
        if look is None:
            return Verdict(name, place, None, DIFFERS, differing(entry.fault.tests, self._found))
        if look is _NO_EFFECT:
            return Verdict(name, place, None, "the effect that it waits for did not take place")
        why = entry.fault.silence(look.call, self._elapsed, look.luck)
        if not why and self._end is not None and i > self._end:
            why = "an earlier rule answered"
        return Verdict(name, place, look.call, why)


class _Refused(Verdicts):
    """What became of each fault at an exchange that a limit refused."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes that they are counted with, at most."""
        return 100

    def _verdict(self, i: int) -> Verdict:
        cause = self._entries[i].cause
        return Verdict(cause.name, cause.place, None, "a limit refused the request before any fault was asked")


class Script(Struct, frozen=True):
    """What the rules have in store for one exchange.

    `answer` is the fault that answers in place of the API, if one does; `change` the one that changes the answer;
    `additions` add to it. `causes` are all of them, in their order.
    """

    answer: Fault | None = None
    change: Fault | None = None
    additions: tuple[Fault, ...] = ()
    causes: tuple[Cause, ...] = ()


class Search:
    """One request, put to the rules for its operation in their order: the first that fires ends it.

    Those that only add end nothing. A rule of the phase `after` can only be asked once the API has acted, so that a
    search begins before that and ends after it.
    """

    def __init__(self, watch: "_Watch", occasion: Occasion, seed: int) -> None:
        self.occasion, self.entries, self._watch, self._seed = occasion, watch.entries, watch, seed
        self.facts = facts = {key: occasion.fact(key) for key in watch.keys}
        # The first condition is asked right here: most rules differ in it, and a call to each would take half the time.
        self.looks = [
            _NO_EFFECT if entry.waits else entry.look(facts, occasion, seed) if not holds or holds(facts[key]) else None
            for entry, key, holds in watch.firsts
        ]
        self._fires = self._firing()
        end = self._end(self._fires)
        last = None if end is None else watch.entries[end].fault
        self.answer = last if last is not None and last.then.replaces else None
        """The fault that answers before the API is asked, if one does."""

    def end(self, *, succeeded: bool) -> tuple[Script, Verdicts]:
        """Ask the rules that waited for the API, if it has acted with success, and return what came out."""
        for i in self._watch.waiting if succeeded else ():
            self.looks[i] = self.entries[i].look(self.facts, self.occasion, self._seed)
        firing = self._firing() if succeeded and self._watch.waiting else self._fires
        end = self._end(firing)
        fired = [self.entries[i] for i in firing if end is None or i <= end]
        for entry in fired:
            entry.fired += 1
        return _script(fired, ended=end is not None), _Seen(self, end)

    def _firing(self) -> list[int]:
        return [i for i, look in enumerate(self.looks) if look is not None and look.fires]

    def _end(self, firing: Sequence[int]) -> int | None:
        """Return the index of the first rule that fires and does more than add."""
        return next((i for i in firing if not self.entries[i].fault.then.adds), None)


def _script(fired: Sequence[Entry], *, ended: bool) -> Script:
    if not fired:
        return _NOTHING
    causes, faults = tuple(entry.cause for entry in fired), tuple(entry.fault for entry in fired)
    if not ended:
        return Script(additions=faults, causes=causes)
    *additions, last = faults
    if last.then.replaces:
        return Script(last, None, tuple(additions), causes)
    return Script(None, last, tuple(additions), causes)


_NOTHING: Final = Script()


_NONE: Final = ("", None, None)
"""What stands for the first condition of a rule that has none."""


class _Watch(Struct, frozen=True):
    """The rules for one operation in their order, which of them wait for the effect, and the keys of all conditions.

    `firsts` has each rule with the key and the test of its first condition, None where it has none.
    """

    entries: tuple[Entry, ...]
    firsts: tuple[tuple[Entry, str, Callable[[object], bool] | None], ...]
    waiting: tuple[int, ...]
    keys: tuple[str, ...]


class Rulebook:
    """The faults in force, by operation; every one that is for an operation looks at each request for it, in order."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self.scripted = tuple(Entry(fault.name or f"faults.{i}", fault) for i, fault in enumerate(faults, start=1))
        """Those of the scenario, whether or not they are still in force."""
        self.entries = list(self.scripted)
        """Those in force: added ones first, the newest before the others."""
        self.added = 0
        self._sizes: dict[str, int] = {}
        self._seed = seed
        self._watch_all()

    def _watch_all(self) -> None:
        self._watches = {operation: _watch(operation, self.entries) for operation in Operation}

    def watches(self, operation: Operation) -> bool:
        """Tell whether any rule is for an operation."""
        return bool(self._watches[operation].entries)

    @property
    def added_bytes(self) -> int:
        """Bytes of the requests that added the faults in force."""
        return sum(self._sizes.values())

    def add(self, name: str, fault: Fault, size: int = 0) -> Entry:
        """Put a fault before all others, from the next request on; its name must be new among those in force.

        `size` is the bytes of the request that adds it.
        """
        self._sizes[name] = size
        entry = Entry(name, fault)
        self.entries.insert(0, entry)
        self.added += 1
        self._watch_all()
        return entry

    def remove(self, name: str) -> Entry | None:
        """Take the fault of this name out of force and return it; None if there is none."""
        entry = next((entry for entry in self.entries if entry.name == name), None)
        if entry is not None:
            self.entries.remove(entry)
            self._sizes.pop(name, None)
            self._watch_all()
        return entry

    def search(self, occasion: Occasion) -> Search:
        """Put a request to the rules, before the API does anything."""
        return Search(self._watches[occasion.operation], occasion, self._seed)

    def unasked(self, operation: Operation) -> Verdicts:
        """Return what becomes of the rules for an operation at a request that a limit refuses."""
        entries = self._watches[operation].entries
        return _Refused(entries) if entries else NO_VERDICTS


def _watch(operation: Operation, entries: Sequence[Entry]) -> _Watch:
    concerned = tuple(entry for entry in entries if operation in entry.fault.on)
    firsts = tuple((entry, key, holds) for entry in concerned for key, _, holds in (*entry.fault.tests, _NONE)[:1])
    keys = dict.fromkeys(key for entry in concerned for key, _, _ in entry.fault.tests)
    waiting = tuple(i for i, entry in enumerate(concerned) if entry.waits)
    return _Watch(concerned, firsts, waiting, tuple(keys))
