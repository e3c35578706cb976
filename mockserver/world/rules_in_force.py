"""A rule in force: the same for limits, faults and the rules of generations, so that all three are counted alike."""

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
    """Put the rules of a section in force."""
    return tuple(InForce(name, rule) for name, rule in named(section, rules))
