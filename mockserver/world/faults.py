"""The faults of one world.

This module counts the calls of each fault, finds the fault that fires, and gives the reasons why the others do not.

The search runs at every request, so it must be fast. The reasons are computed only when a reader needs them. So a
search keeps the values that each fault saw, and a verdict is computed from these values later.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mockserver.core import chance
from mockserver.core.faults import Counted, Fault
from mockserver.core.operation import Operation
from mockserver.core.rules import Fact, named
from mockserver.core.verdict import DIFFERS, NO_VERDICTS, Cause, Verdict, Verdicts, differing, kept, weight
from mockserver.world.rules_in_force import InForce

MOST_COUNTED: Final = 100_000
"""The most accounts and generations for which one fault counts calls.

Beyond this number, the fault forgets the account or generation that it met first.
"""


class Occasion(Struct, frozen=True):
    """One request, as the faults see it."""

    operation: Operation
    fact: Fact
    account: str
    """The e-mail of the caller, else the e-mail in the body, else the client's address."""
    generation: int | None
    """The generation that the path names."""
    elapsed: int
    """Microseconds since the world began."""


_Look = tuple[int, bytes, bool]
"""The result of checking one fault against a request that meets its conditions.

The tuple holds three values. The first is the number of this match, from 1; it is 0 if the fault must hide an effect,
but the API had no effect. The second is the draw for `chance`. The third is whether the fault fires.
"""

_NO_DRAW: Final = b"\0"

_NO_EFFECT: Final[_Look] = (0, _NO_DRAW, False)


class _Chances:
    """The parts of a draw for `chance` that all faults share at one request."""

    def __init__(self, seed: int, occasion: Occasion) -> None:
        self.seed = seed
        self.whose: object = occasion.account if occasion.generation is None else occasion.generation
        """The generation that the path names, else the account. Each has its own draws for `chance`."""
        self.endings: dict[int, bytes] = {}
        """The end of the key by the number of draws.

        Most faults have made the same number of draws, so they share an end.
        """

    def end(self, count: int) -> bytes:
        """Write the end of a key."""
        self.endings[count] = chance.ending(self.whose, count)
        return self.endings[count]


class FaultInForce(InForce[Fault]):
    """One fault in force, with a count of calls for each account and generation."""

    def __init__(self, name: str, fault: Fault) -> None:
        super().__init__(name, fault)
        self.ends = not fault.then.adds
        """Whether the search ends when this fault fires."""
        self.waits = fault.after
        """Whether the fault can be checked only after the API has acted."""
        self._tests = fault.tests
        self._together = fault.counted is Counted.WORLD
        self._bound = None if fault.chance is None else chance.bound(fault.chance)
        """The fault fires if its draw is less than these bytes; None if it has no `chance`."""
        self._timed = fault.calls is not None or fault.between is not None
        """Whether the fault fires only on some calls, or only at some times."""
        self._begun: chance.Hash | None = None
        self._calls: dict[object, int] = {}
        """The number of calls of each account or generation."""
        self._drawn: dict[object, int] = {}
        """The number of draws for each account or generation."""

    def look(self, facts: Mapping[str, object], occasion: Occasion, chances: _Chances) -> _Look | None:
        """Check the request against the fault, and count it if it meets the conditions. Return None if it does not."""
        for key, _, holds in self._tests:
            if not holds(facts[key]):
                return None
        self.seen = call = self.seen + 1
        if not self._together:
            call = self._call(occasion)
        draw, fires = _NO_DRAW, True
        if self._bound is not None:
            # This code is not in a method of its own: with very many faults, the calls would take a tenth of the time
            # of a request.
            whose, drawn = chances.whose, self._drawn
            count = drawn.get(whose)
            count = drawn[whose] = count + 1 if count is not None else _count(drawn, whose)
            # All draws of a fault begin with the same key, so the beginning of the hash is computed once.
            whole = (self._begun or self._begin(chances.seed)).copy()
            whole.update(chances.endings.get(count) or chances.end(count))
            draw = whole.digest()
            fires = draw < self._bound
        if self._timed:
            fires = fires and self.rule.fires(call, occasion.elapsed)
        return call, draw, fires

    def _begin(self, seed: int) -> chance.Hash:
        self._begun = chance.begun(seed, "chance", self.name)
        return self._begun

    def _call(self, occasion: Occasion) -> int:
        account = self.rule.counted is Counted.ACCOUNT
        return _count(self._calls, occasion.account if account else occasion.generation)


def _count(counts: dict[object, int], whose: object) -> int:
    """Count one more call of an account or a generation, and return its new count."""
    count = counts.get(whose)
    if count is None:
        count = 0
        if len(counts) >= MOST_COUNTED:
            del counts[next(iter(counts))]
    counts[whose] = count + 1
    return count + 1


class _SearchVerdicts(Verdicts):
    """The verdict on each fault of a search.

    `end` is the index of the fault that ended the search; None if no fault did.
    """

    def __init__(self, search: "Search", end: int | None) -> None:
        self._faults, self._looks, self._found = search.faults, search.looks, kept(search.facts)
        self._elapsed, self._end = search.occasion.elapsed, end

    def __len__(self) -> int:
        return len(self._faults)

    @property
    def size(self) -> int:
        """The most bytes that the journal counts for these verdicts."""
        matched = len(self._faults) - self._looks.count(None)
        return 200 + 8 * len(self._faults) + 64 * matched + weight(self._found)

    def _verdict(self, i: int) -> Verdict:
        fault, look = self._faults[i], self._looks[i]
        if look is None:
            return Verdict(fault.name, fault.place, None, DIFFERS, differing(fault.rule.tests, self._found))
        if look is _NO_EFFECT:
            return Verdict(fault.name, fault.place, None, "the effect that it waits for did not take place")
        call, draw, _ = look
        why = fault.rule.silence(call, self._elapsed, chance.luck(draw))
        if not why and self._end is not None and i > self._end:
            why = "an earlier rule answered"
        return Verdict(fault.name, fault.place, call, why)


class _UnaskedVerdicts(Verdicts):
    """The verdict on each fault when a limit refused the request before the faults were checked."""

    def __init__(self, faults: Sequence[FaultInForce]) -> None:
        self._faults = faults

    def __len__(self) -> int:
        return len(self._faults)

    @property
    def size(self) -> int:
        """The most bytes that the journal counts for these verdicts."""
        return 100

    def _verdict(self, i: int) -> Verdict:
        fault = self._faults[i]
        return Verdict(fault.name, fault.place, None, "a limit refused the request before any fault was asked")


class Effects(Struct, frozen=True):
    """The faults that act on one request."""

    answer: Fault | None = None
    """The fault that answers in place of the API."""
    change: Fault | None = None
    """The fault that changes the answer of the API."""
    additions: tuple[Fault, ...] = ()
    """The faults that add headers or delays to the answer."""
    causes: tuple[Cause, ...] = ()
    """All of these faults, in the order in which they were checked."""


class Search:
    """The check of one request against the faults for its operation, in order.

    The first fault that fires ends the search.

    A fault that only adds to the answer does not end the search. A fault of the phase `after` can be checked only once
    the API has acted. So a search begins before the API acts, and ends after the API has acted.
    """

    def __init__(
        self,
        watch: "Watch",
        occasion: Occasion,
        chances: _Chances,
        facts: Mapping[str, object],
        looks: list[_Look | None],
    ) -> None:
        self.occasion, self.faults, self._watch, self._chances = occasion, watch.faults, watch, chances
        self.facts = facts
        self.looks = looks
        self._fires = self._firing()
        end = self._end(self._fires)
        last = None if end is None else watch.faults[end].rule
        self.answer = last if last is not None and last.then.replaces else None
        """The fault that answers before the API acts; None if there is no such fault."""

    def end(self, *, succeeded: bool) -> tuple[Effects, Verdicts]:
        """Return the effects and all verdicts. If the API succeeded, first check the faults that waited for the API."""
        for i in self._watch.waiting if succeeded else ():
            self.looks[i] = self.faults[i].look(self.facts, self.occasion, self._chances)
        firing = self._firing() if succeeded and self._watch.waiting else self._fires
        end = self._end(firing)
        fired = [self.faults[i] for i in firing if end is None or i <= end]
        for fault in fired:
            fault.fired += 1
        return _effects(fired, ended=end is not None), _SearchVerdicts(self, end)

    def _firing(self) -> list[int]:
        return [i for i, look in enumerate(self.looks) if look is not None and look[2]]

    def _end(self, firing: Sequence[int]) -> int | None:
        """Return the index of the first fault that fires and replaces or changes the answer; None if there is none."""
        return next((i for i in firing if self.faults[i].ends), None)


def _effects(fired: Sequence[FaultInForce], *, ended: bool) -> Effects:
    if not fired:
        return _NO_EFFECTS
    causes, faults = tuple(fault.cause for fault in fired), tuple(fault.rule for fault in fired)
    if not ended:
        return Effects(additions=faults, causes=causes)
    *additions, last = faults
    if last.then.replaces:
        return Effects(last, None, tuple(additions), causes)
    return Effects(None, last, tuple(additions), causes)


_NO_EFFECTS: Final = Effects()


_NO_CONDITION: Final = ("", None, None)
"""The value that replaces the first condition of a fault without conditions."""


class Watch(Struct, frozen=True):
    """The faults for one operation, prepared for a search."""

    faults: tuple[FaultInForce, ...]
    firsts: tuple[tuple[FaultInForce, str, Callable[[object], bool] | None], ...]
    """Each fault with the key and the test of its first condition; the test is None if it has no conditions."""
    waiting: tuple[int, ...]
    """The indices of the faults that wait for the API to act."""
    keys: tuple[str, ...]
    """The keys of all conditions."""


class Faults:
    """The faults in force in one world. Each request is checked against all faults for its operation, in order."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self.scripted = tuple(FaultInForce(name, fault) for name, fault in named("faults", faults))
        """The faults of the scenario, including faults that were removed."""
        self.in_force = list(self.scripted)
        """The faults in force: added ones first, the newest before the others."""
        self.added = 0
        """The number of faults that were added since the world began."""
        self._sizes: dict[str, int] = {}
        self._seed = seed
        self.concerned: frozenset[Operation]
        """The operations to which any fault applies."""
        self._prepare()

    def _prepare(self) -> None:
        self._watches = {operation: _watch(operation, self.in_force) for operation in Operation}
        self.concerned = frozenset(operation for operation, watch in self._watches.items() if watch.faults)

    @property
    def added_bytes(self) -> int:
        """The total size, in bytes, of the requests that added the faults now in force."""
        return sum(self._sizes.values())

    def add(self, name: str, fault: Fault, size: int = 0) -> FaultInForce:
        """Put a fault before all other faults, from the next request on. No other fault in force may have its name.

        `size` is the number of bytes of the request that adds the fault.
        """
        self._sizes[name] = size
        added = FaultInForce(name, fault)
        self.in_force.insert(0, added)
        self.added += 1
        self._prepare()
        return added

    def remove(self, name: str) -> FaultInForce | None:
        """Remove the fault with this name and return the fault; None if no fault in force has this name."""
        removed = next((fault for fault in self.in_force if fault.name == name), None)
        if removed is not None:
            self.in_force.remove(removed)
            self._sizes.pop(name, None)
            self._prepare()
        return removed

    def search(self, occasion: Occasion) -> Search:
        """Begin to check a request against the faults, before the API acts.

        Each fault whose conditions the request meets counts the request.
        """
        watch, chances = self._watches[occasion.operation], _Chances(self._seed, occasion)
        facts = {key: occasion.fact(key) for key in watch.keys}
        # The first condition is tested here, because most faults already fail at it. Calling a method for each fault
        # would take half of the time.
        looks = [
            _NO_EFFECT
            if fault.waits
            else fault.look(facts, occasion, chances)
            if not holds or holds(facts[key])
            else None
            for fault, key, holds in watch.firsts
        ]
        return Search(watch, occasion, chances, facts, looks)

    def unasked(self, operation: Operation) -> Verdicts:
        """Return the verdicts on the faults for an operation, for a request that a limit refused."""
        faults = self._watches[operation].faults
        return _UnaskedVerdicts(faults) if faults else NO_VERDICTS


def _watch(operation: Operation, faults: Sequence[FaultInForce]) -> Watch:
    concerned = tuple(fault for fault in faults if operation in fault.rule.on)
    firsts = tuple((fault, key, holds) for fault in concerned for key, _, holds in _first_test(fault.rule))
    keys = dict.fromkeys(key for fault in concerned for key, _, _ in fault.rule.tests)
    waiting = tuple(i for i, fault in enumerate(concerned) if fault.waits)
    return Watch(concerned, firsts, waiting, tuple(keys))


def _first_test(fault: Fault) -> tuple[tuple[str, object, Callable[[object], bool] | None], ...]:
    return (*fault.tests, _NO_CONDITION)[:1]
