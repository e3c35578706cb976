"""The rules in force in a world: how often each was seen and fired, and faults that a test adds while it runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mockserver.client.control import Control, segment
from mockserver.client.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule at one look: how often it was `seen` to match, and how often it `fired`."""

    name: str
    place: str
    seen: int
    fired: int
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    faults: tuple[Rule, ...]
    limits: tuple[Rule, ...]
    generations: tuple[Rule, ...]


class Faults:
    """The faults of a world in the order in which they are asked, those that were added first.

    >>> world.faults.add(on="create", calls=2, then={"status": 429}, name="slow down").place
    'control:slow down'
    >>> [rule.name for rule in world.faults]
    ['slow down']
    >>> world.faults.remove("slow down").fired
    0
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules().faults)

    def __len__(self) -> int:
        return len(self._rules().faults)

    def __getitem__(self, name: str) -> Rule:
        for rule in self:
            if rule.name == name:
                return rule
        msg = f"no fault in force is called {name}"
        raise NotFound(msg, 404)

    def __contains__(self, name: object) -> bool:
        return any(rule.name == name for rule in self)

    @property
    def limits(self) -> tuple[Rule, ...]:
        """The limits in force; `fired` is how often each refused."""
        return self._rules().limits

    @property
    def lives(self) -> tuple[Rule, ...]:
        """The rules of the scenario's section `generations`."""
        return self._rules().generations

    def add(self, fault: Mapping[str, object] | None = None, /, **keys: object) -> Rule:
        """Put a fault before those in force until the next reset; Invalid names each key that is wrong.

        Its keys are those of a scenario's section `faults`, in a mapping or as arguments: `on`, `when`, `calls`, ….
        A duration may be a timedelta wherever it stands.
        """
        return self._control.send(Rule, "POST", "/faults", {**(fault or {}), **keys})

    def remove(self, name: str) -> Rule:
        """Take a fault out of force and return it as it was last."""
        return self._control.send(Rule, "DELETE", f"/faults/{segment(name)}")

    def _rules(self) -> _Rules:
        return self._control.read(_Rules, "/faults")
