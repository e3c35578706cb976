"""An attribute that somebody else owns, replaced for a while: others may do the same before, meanwhile and after."""

from collections.abc import Callable
from typing import Any


class Replacement:
    """A function in another's place, from the first `put` to the last `take`.

    `made` is given a function that calls what lies beneath, and returns the one to put there. That one may be kept by
    whoever saw it: when nobody has it in place any more it calls `pristine`.
    """

    def __init__(
        self,
        holder: object,
        name: str,
        made: Callable[[Callable[..., Any]], Callable[..., Any]],
        pristine: Callable[..., Any],
    ) -> None:
        self._holder, self._name, self._pristine = holder, name, pristine
        self._beneath: list[Callable[..., Any]] = []
        self._own = made(self._call_beneath)

    def put(self) -> None:
        """Put the function in its place."""
        self._beneath.append(getattr(self._holder, self._name))
        setattr(self._holder, self._name, self._own)

    def take(self) -> None:
        """Put back what was there at the last `put`, unless somebody has put something else there meanwhile."""
        there = self._beneath.pop()
        if getattr(self._holder, self._name) is self._own:
            setattr(self._holder, self._name, there)

    def _call_beneath(self, *arguments: Any) -> Any:
        others = (function for function in reversed(self._beneath) if function is not self._own)
        return next(others, self._pristine)(*arguments)
