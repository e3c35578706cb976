"""How many exchanges of each kind there were since a world began: counts that outlive the exchanges themselves.

A kind is an operation, a status and the rules that acted, so that the count of any combination is exact. The counts of
a whole server are summed up on request; only the counts of ended worlds are kept for that.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec import UNSET, UnsetType

from mockserver.core.operation import Operation
from mockserver.core.verdict import Cause

MOST: Final = 10_000
"""Kinds with rules that one world tells apart, and rules that one server does; further rules are not counted."""

Rules = tuple[Cause, ...]
"""The rules that had a hand in an exchange, in their order."""

FURTHER: Final = Cause("", "")
"""The cause that stands for all rules beyond the bound."""

_UNTOLD: Final[Rules] = (FURTHER,)

Kind = tuple[Operation | None, int, Rules]


class Counts:
    """Exchanges by operation (None: the request reached none), status (0: no answer) and rules.

    `complete` turns false when there are too many kinds: from then on counts of rules are too low.
    """

    def __init__(self, most: int = MOST) -> None:
        self.complete = True
        self._counts: dict[Kind, int] = {}
        self._left = most

    def add(self, operation: Operation | None, status: int, rules: Rules) -> None:
        """Count one exchange."""
        kind = operation, status, rules
        count = self._counts.get(kind)
        if count is None:
            kind = operation, status, self._told(rules)
            count = self._counts.get(kind, 0)
        self._counts[kind] = count + 1

    def _told(self, rules: Rules) -> Rules:
        """Return the rules of a new kind, or FURTHER alone if there are too many kinds."""
        if rules and not self._left:
            self.complete = False
            return _UNTOLD
        self._left -= bool(rules)
        return rules

    def count(
        self, operation: Operation | UnsetType | None = UNSET, status: int | None = None, rule: str | None = None
    ) -> int:
        """Return how many there were of an operation (UNSET: any), a status, and a rule by its name or place."""
        return sum(
            count
            for (reached, answered, rules), count in self._counts.items()
            if (operation is UNSET or reached is operation)
            and (status is None or answered == status)
            and (rule is None or named(rule, rules))
        )

    def operations(self) -> Counter[Operation | None]:
        """Return how many there were of each operation."""
        counts: Counter[Operation | None] = Counter()
        for (operation, _, _), count in self._counts.items():
            counts[operation] += count
        return counts

    def statuses(self) -> Counter[int]:
        """Return how many there were of each status."""
        counts: Counter[int] = Counter()
        for (_, status, _), count in self._counts.items():
            counts[status] += count
        return counts

    def rules(self) -> Counter[str]:
        """Return how many each rule had a hand in, by its name."""
        counts: Counter[str] = Counter()
        for (_, _, rules), count in self._counts.items():
            for name in {rule.name: None for rule in rules if rules is not _UNTOLD}:
                counts[name] += count
        return counts

    def answers(self) -> Counter[tuple[Operation | None, int]]:
        """Return how many there were of each operation and status together."""
        counts: Counter[tuple[Operation | None, int]] = Counter()
        for (operation, status, _), count in self._counts.items():
            counts[operation, status] += count
        return counts

    def causes(self) -> Counter[Cause]:
        """Return how many each rule had a hand in, those that are not told apart as FURTHER."""
        counts: Counter[Cause] = Counter()
        for (_, _, rules), count in self._counts.items():
            for rule in set(rules):
                counts[rule] += count
        return counts


class _CountsOfEndedWorld(Counts):
    """The counts of a world that has ended. They also pass on the exchanges that were still under way."""

    def __init__(self, counts: Counts, past: "PastCounts") -> None:
        super().__init__()
        self.complete, self._counts, self._left, self._past = counts.complete, counts._counts, counts._left, past

    def add(self, operation: Operation | None, status: int, rules: Rules) -> None:
        """Count an exchange that was under way when its world ended."""
        super().add(operation, status, rules)
        self._past.add(operation, status, rules)


class Totals:
    """The exchanges and the generations of all present worlds of a server together, so that a sum visits no world."""

    def __init__(self) -> None:
        self.exchanges = 0
        self.generations = 0


class PastCounts:
    """The counts of the ended worlds of a server. Together with the counts of the present worlds they never fall.

    The first `most` rules are told apart for good. All other rules are counted together, as FURTHER.
    """

    def __init__(self, most: int = MOST) -> None:
        self._answers: Counter[tuple[Operation | None, int]] = Counter()
        self._causes: Counter[Cause] = Counter()
        self._told = {FURTHER}
        self._most = most + 1

    def add(self, operation: Operation | None, status: int, rules: Rules) -> None:
        """Count one exchange."""
        self._answers[operation, status] += 1
        for rule in set(rules):
            self._causes[self._as_told(rule)] += 1

    def take(self, counts: Counts) -> Counts:
        """Add the counts of a world that ends, and return the counts for its exchanges that are still under way."""
        self._answers.update(counts.answers())
        self._sum(self._causes, counts)
        return _CountsOfEndedWorld(counts, self)

    def answers(self, present: Iterable[Counts]) -> Counter[tuple[Operation | None, int]]:
        """Return how many there ever were of each operation and status, `present` being the worlds that there are."""
        total = self._answers.copy()
        for counts in present:
            total.update(counts.answers())
        return total

    def causes(self, present: Iterable[Counts]) -> Counter[Cause]:
        """Return how many each rule ever had a hand in, `present` being the worlds that there are."""
        total = self._causes.copy()
        for counts in present:
            self._sum(total, counts)
        return total

    def _sum(self, causes: Counter[Cause], counts: Counts) -> None:
        for rule, count in counts.causes().items():
            causes[self._as_told(rule)] += count

    def _as_told(self, rule: Cause) -> Cause:
        if len(self._told) < self._most:
            self._told.add(rule)
        return rule if rule in self._told else FURTHER


def named(rule: str, rules: Rules) -> bool:
    """Tell whether a rule is among others, by its name or place."""
    return rules is not _UNTOLD and any(rule in (each.name, each.place) for each in rules)
