"""How many exchanges of each kind there were since a world began. The counts outlive the exchanges in the journal.

A kind is an operation, a status and the rules that acted, so the count of any combination is exact. The counts of a
whole server are summed up on demand; for that, only the counts of worlds that have ended are kept.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec import UNSET, UnsetType

from mockserver.core.operation import Operation
from mockserver.core.verdict import Cause

MOST: Final = 10_000
"""Kinds with rules that one tally tells apart, and rules that one server does; further rules are not counted."""

Rules = tuple[Cause, ...]
"""The rules that acted in an exchange, in their order."""

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
        """Return the rules to count a new kind under: its own, or one stand-in beyond the bound."""
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
        """Return in how many exchanges each rule acted; rules beyond the bound count as FURTHER."""
        counts: Counter[Cause] = Counter()
        for (_, _, rules), count in self._counts.items():
            for rule in set(rules):
                counts[rule] += count
        return counts


class _Left(Counts):
    """The counts of a world that has ended. Exchanges still running there are counted here and in the past."""

    def __init__(self, tally: Counts, past: "Past") -> None:
        super().__init__()
        self.complete, self._counts, self._left, self._past = tally.complete, tally._counts, tally._left, past

    def add(self, operation: Operation | None, status: int, rules: Rules) -> None:
        """Count an exchange that was under way when its world ended."""
        super().add(operation, status, rules)
        self._past.add(operation, status, rules)


class Past:
    """The counts of worlds that have ended. Together with the counts of present worlds they never fall.

    The first `most` rules are counted one by one; all others count as FURTHER.
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

    def take(self, tally: Counts) -> Counts:
        """Add the counts of a world that ends, and return the counts for the exchanges still running there."""
        self._answers.update(tally.answers())
        self._sum(self._causes, tally)
        return _Left(tally, self)

    def answers(self, present: Iterable[Counts]) -> Counter[tuple[Operation | None, int]]:
        """Return how many exchanges there ever were of each operation and status, in past and present worlds."""
        counts = self._answers.copy()
        for tally in present:
            counts.update(tally.answers())
        return counts

    def causes(self, present: Iterable[Counts]) -> Counter[Cause]:
        """Return in how many exchanges each rule ever acted, in past and present worlds."""
        counts = self._causes.copy()
        for tally in present:
            self._sum(counts, tally)
        return counts

    def _sum(self, counts: Counter[Cause], tally: Counts) -> None:
        for rule, count in tally.causes().items():
            counts[self._as_told(rule)] += count

    def _as_told(self, rule: Cause) -> Cause:
        if len(self._told) < self._most:
            self._told.add(rule)
        return rule if rule in self._told else FURTHER


def named(rule: str, rules: Rules) -> bool:
    """Tell whether a name or a place is that of one of these rules."""
    return rules is not _UNTOLD and any(rule in (each.name, each.place) for each in rules)
