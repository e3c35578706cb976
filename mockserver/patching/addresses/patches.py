"""Attributes of other modules that are replaced for a while, each chained to the function that was there.

If other code puts its own function over a replacement meanwhile, that function stays when ours ends, and calls through.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType
from typing import Any, Final

Function = Callable[..., Any]

_ABSENT: Final = object()
_NO_SEAM: Final[tuple[Any, Any, Any]] = (None, None, None)


class Patches:
    """Replacements that end together; those of several may end in any order."""

    def __init__(self, host: str = "") -> None:
        """`host`: the host whose clients the replacements send elsewhere; the empty text for none."""
        self.open = True
        self.host = host
        self._made: list[tuple[type | ModuleType, str, object, object]] = []

    def put(self, owner: type | ModuleType, name: str, value: object) -> None:
        """Replace an attribute."""
        self._made.append((owner, name, value, vars(owner).get(name, _ABSENT)))
        setattr(owner, name, value)

    def chain(self, owner: type | ModuleType, name: str, make: Callable[[Function], Function]) -> None:
        """Replace a function or a method by the result of `make`."""
        previous = getattr(owner, name)
        ours = make(previous)

        @wraps(previous)
        def seam(*args: Any, **options: Any) -> Any:
            return (ours if self.acts_over(previous) else previous)(*args, **options)

        # With itself, since a proper wrapper copies its attributes.
        seam.imaginelab = (seam, self, vars(owner).get(name, _ABSENT))  # type: ignore[attr-defined]
        self.put(owner, name, seam)

    def acts_over(self, previous: Function) -> bool:  # noqa: ARG002 - `Undermost` looks at it
        """Tell whether a replacement that lies over a function still acts."""
        return self.open

    def renew(self) -> None:
        """Put each chained function in its place again if other code has put back the function beneath."""
        for owner, name, value, _ in self._made:
            if getattr(owner, name) is getattr(value, "__wrapped__", _ABSENT):
                setattr(owner, name, value)

    def end(self) -> None:
        """Put back the former function, unless it has ended meanwhile too, or other code has replaced ours."""
        self.open = False
        for owner, name, value, before in reversed(self._made):
            if vars(owner).get(name) is value:
                _restore(owner, name, before)
        self._made.clear()


class Undermost(Patches):
    """Replacements that act as if they lay beneath those of others for the same host, whichever came first."""

    def acts_over(self, previous: Function) -> bool:
        """Tell whether a replacement that lies over a function still acts: not over another for the same host."""
        return self.open and not any(self._led(patches) for patches in _beneath(previous))

    def _led(self, patches: Patches) -> bool:
        return patches.open and patches.host == self.host and not isinstance(patches, Undermost)


def _beneath(function: object) -> Iterator[Patches]:
    """Yield the patches that a function belongs to, and those that it is chained to."""
    _, patches, function = getattr(function, "imaginelab", _NO_SEAM)
    while patches is not None:
        yield patches
        _, patches, function = getattr(function, "imaginelab", _NO_SEAM)


def _restore(owner: type | ModuleType, name: str, before: object) -> None:
    seam, patches, beneath = getattr(before, "imaginelab", _NO_SEAM)
    while seam is before and not patches.open:
        before = beneath
        seam, patches, beneath = getattr(before, "imaginelab", _NO_SEAM)
    if before is _ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, before)
