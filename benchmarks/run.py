"""The settings of one run: the amount to measure, the load tool, and the folder of its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Tool
from benchmarks.rounds import Spread

Readings = Mapping[str, Spread]  # by the row's name; a row that cannot be measured here is absent
CONTROL = "A/A control"  # a reading without a row: the ratio of two equal contenders shows how exact the others are


@dataclass(frozen=True)
class Effort:
    """The amount to measure: `seconds` are the real seconds of one load or of the crowd; all other fields are counts.

    The loads are short and the rounds are many, because contenders that follow each other closely are disturbed alike.
    """

    rounds: int
    seconds: int
    starts: int
    requests: int
    exchanges: int
    generations: int
    entries: int
    burst: int
    clients: int
    crowd_seconds: int


FULL = Effort(
    rounds=11,
    seconds=1,
    starts=11,
    requests=100_000,
    exchanges=1_000_000,
    generations=100_000,
    entries=10_000,
    burst=2_000,
    clients=1_000,
    crowd_seconds=60,
)
QUICK = Effort(
    rounds=3,
    seconds=1,
    starts=3,
    requests=10_000,
    exchanges=20_000,
    generations=5_000,
    entries=1_000,
    burst=500,
    clients=200,
    crowd_seconds=6,
)


@dataclass(frozen=True)
class Run:
    """One run of the benchmarks; `scratch` is a folder that is removed when the run ends."""

    effort: Effort
    tool: Tool
    scratch: Path
