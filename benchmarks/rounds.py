"""Figures taken in turn and reduced to a median: each ratio is formed within a round, never across rounds.

Other programs on a shared machine slow it down for whole seconds. Contenders that are measured directly after each
other are slowed alike, so their ratio stays when both rates sink.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """A median with the least and the greatest of the values that it stands for."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Sum up `values`, at least one."""
        return cls(median(values), min(values), max(values))


def interleaved(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> list[dict[str, float]]:
    """Measure every contender once a round, in the order given: A B C, then A B C again."""
    return [{name: measure() for name, measure in contenders.items()} for _ in range(rounds)]


def ratio(rounds: Sequence[Mapping[str, float]], over: str, under: str) -> Spread:
    """Sum up the ratios of `over` to `under`, round by round."""
    return Spread.of([figures[over] / figures[under] for figures in rounds])
