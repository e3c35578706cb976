"""Counts of the exchanges of each kind since a world began. They stay after the exchanges themselves are evicted.

A kind is an operation, a status and the rules that acted, so the count of any combination is exact. The counts of
a whole server are summed up on request; only the counts of ended worlds are kept for that.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec import UNSET, UnsetType

from mockserver.core.operation import Operation
from mockserver.core.verdict import Cause

MOST: Final = 10_000
"""The most kinds with rules that one world counts separately, and the most rules that one server counts separately.

Further rules are counted together as FURTHER.
"""

Rules = tuple[Cause, ...]
"""The rules that acted on an exchange, in their order."""

FURTHER: Final = Cause("", "")
"""The cause that stands for all rules beyond the bound."""

_UNTOLD: Final[Rules] = (FURTHER,)

Kind = tuple[Operation | None, int, Rules]


class Counts:
    """Exchanges by operation (None: the request reached none), status (0: no answer) and rules.

    `complete` becomes false when there are too many kinds. From then on, the counts of rules are too low.
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
        """Return the rules under which a new kind is counted. Beyond the bound, this is FURTHER alone."""
        if rules and not self._left:
            self.complete = False
            return _UNTOLD
        self._left -= bool(rules)
        return rules

    def count(
        self, operation: Operation | UnsetType | None = UNSET, status: int | None = None, rule: str | None = None
    ) -> int:
        """Return how many exchanges had this operation, this status and this rule.

        UNSET for the operation, and None for the others, mean any. A rule is given by its name or place.
        """
        return sum(
            count
            for (reached, answered, rules), count in self._counts.items()
            if (operation is UNSET or reached is operation)
            and (status is None or answered == status)
            and (rule is None or named(rule, rules))
        )

    def operations(self) -> Counter[Operation | None]:
        """Return the number of exchanges by operation."""
        counts: Counter[Operation | None] = Counter()
        for (operation, _, _), count in self._counts.items():
            counts[operation] += count
        return counts

    def statuses(self) -> Counter[int]:
        """Return the number of exchanges by status."""
        counts: Counter[int] = Counter()
        for (_, status, _), count in self._counts.items():
            counts[status] += count
        return counts

    def rules(self) -> Counter[str]:
        """Return the number of exchanges on which each rule acted, by the name of the rule."""
        counts: Counter[str] = Counter()
        for (_, _, rules), count in self._counts.items():
            for name in {rule.name: None for rule in rules if rules is not _UNTOLD}:
                counts[name] += count
        return counts

    def answers(self) -> Counter[tuple[Operation | None, int]]:
        """Return the number of exchanges by operation and status."""
        counts: Counter[tuple[Operation | None, int]] = Counter()
        for (operation, status, _), count in self._counts.items():
            counts[operation, status] += count
        return counts

    def causes(self) -> Counter[Cause]:
        """Return the number of exchanges on which each rule acted. Rules beyond the bound are counted as FURTHER."""
        counts: Counter[Cause] = Counter()
        for (_, _, rules), count in self._counts.items():
            for rule in set(rules):
                counts[rule] += count
        return counts


class _CountsOfEndedWorld(Counts):
    """The counts of a world that has ended. They also count the requests that were still running at its end."""

    def __init__(self, counts: Counts, past: "PastCounts") -> None:
        super().__init__()
        self.complete, self._counts, self._left, self._past = counts.complete, counts._counts, counts._left, past

    def add(self, operation: Operation | None, status: int, rules: Rules) -> None:
        """Count a request that was still running when its world ended."""
        super().add(operation, status, rules)
        self._past.add(operation, status, rules)


class Totals:
    """The total numbers of exchanges and generations in all present worlds of a server.

    They are kept up to date, so no world must be visited to add them up.
    """

    def __init__(self) -> None:
        self.exchanges = 0
        self.generations = 0


class PastCounts:
    """The counts of the ended worlds of a server. Together with the counts of the present worlds they never fall.

    The first `most` rules are each counted separately, always. All other rules are counted together, as FURTHER.
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
        """Add the counts of a world that ends, and return the counts for its requests that are still running."""
        self._answers.update(counts.answers())
        self._sum(self._causes, counts)
        return _CountsOfEndedWorld(counts, self)

    def leave_out(self, counts: Counts) -> None:
        """Take away the counts of a copied world, whose exchanges are counted where they happened.

        So these sums stay right when the copy counts as a present world, and when it ends.
        """
        self._answers.subtract(counts.answers())
        for rule, count in counts.causes().items():
            self._causes[self._as_told(rule)] -= count

    def answers(self, present: Iterable[Counts]) -> Counter[tuple[Operation | None, int]]:
        """Return the number of all exchanges ever, by operation and status.

        `present`: the counts of the present worlds.
        """
        total = self._answers.copy()
        for counts in present:
            total.update(counts.answers())
        return total

    def causes(self, present: Iterable[Counts]) -> Counter[Cause]:
        """Return the number of exchanges on which each rule ever acted. `present`: the counts of the present worlds."""
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
    """Return whether the rule with this name or place is one of the given rules."""
    return rules is not _UNTOLD and any(rule in (each.name, each.place) for each in rules)
