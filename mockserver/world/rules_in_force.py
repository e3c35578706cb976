"""A rule in force.

Limits, faults and the rules of generations use the same class, so all three are counted in the same way.
"""

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from mockserver.core.rules import Nameable, named
from mockserver.core.verdict import Cause


class Placed(Nameable, Protocol):
    """A rule of a scenario, which stands in a file."""

    @property
    def place(self) -> str:
        """The file and line."""


R = TypeVar("R", bound=Placed)


class InForce(Generic[R]):
    """One rule in force in one world.

    `seen` counts the requests, or accepted orders, that met its conditions; `fired` counts those on which it acted.
    """

    def __init__(self, name: str, rule: R) -> None:
        self.rule = rule
        self.cause = Cause(name, rule.place)
        self.seen = 0
        self.fired = 0

    @property
    def name(self) -> str:
        """The name of the rule, unique among those in force in its section."""
        return self.cause.name

    @property
    def place(self) -> str:
        """The file and line of the rule."""
        return self.cause.place


def in_force(section: str, rules: Iterable[R]) -> tuple[InForce[R], ...]:
    """Return the rules of a section as rules in force, with their counts at 0."""
    return tuple(InForce(name, rule) for name, rule in named(section, rules))
