"""An attribute that somebody else owns, replaced for a while: others may do the same before, meanwhile and after."""

from collections.abc import Callable
from typing import Any


class Replacement:
    """A function in another's place, from the first `put` to the last `take`.

    `made` gets a function that calls the one beneath, and returns the function to put there. Other code may keep that
    function: once it is in place no more, it calls `pristine`.
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
        """Put back the former function, unless other code has replaced ours meanwhile."""
        there = self._beneath.pop()
        if getattr(self._holder, self._name) is self._own:
            setattr(self._holder, self._name, there)

    def _call_beneath(self, *arguments: Any) -> Any:
        others = (function for function in reversed(self._beneath) if function is not self._own)
        return next(others, self._pristine)(*arguments)
