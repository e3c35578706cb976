"""How many exchanges of each kind there were since a world began: counts that outlive the exchanges themselves.

A kind is an operation, a status and the rules that had a hand, so that the count of any combination is exact.
"""

from collections import Counter
from typing import Final

from msgspec import UNSET, UnsetType

from mockserver.core.operation import Operation
from mockserver.core.verdict import Cause

MOST: Final = 10_000
"""Kinds with rules that one tally tells apart; the rules of further ones are not counted."""

Rules = tuple[Cause, ...]
"""The rules that had a hand in an exchange, in their order."""

_UNTOLD: Final[Rules] = (Cause("", ""),)

Kind = tuple[Operation | None, int, Rules]


class Tally:
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
        """Return what a new kind says of its rules."""
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


def named(rule: str, rules: Rules) -> bool:
    """Tell whether a rule is among others, by its name or place."""
    return rules is not _UNTOLD and any(rule in (each.name, each.place) for each in rules)
