"""Replace functions of other modules: one attribute for a while, or every use of a function for good.

Other code may replace the same attribute before, meanwhile and after.
"""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from threading import get_ident
from types import ModuleType
from typing import Any


class Replacement:
    """A replacement of a function, from the first `put` to the last `take`.

    `made` gets a function that calls the former one, and returns the replacement. Other code may keep the replacement:
    after the last `take` it calls `pristine`.
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
        """Install the replacement."""
        self._beneath.append(getattr(self._holder, self._name))
        setattr(self._holder, self._name, self._own)

    def take(self) -> None:
        """Restore the former function, unless other code has replaced our function meanwhile."""
        there = self._beneath.pop()
        if getattr(self._holder, self._name) is self._own:
            setattr(self._holder, self._name, there)

    def _call_beneath(self, *arguments: Any) -> Any:
        others = (function for function in reversed(self._beneath) if function is not self._own)
        return next(others, self._pristine)(*arguments)


def replace_everywhere(old: object, new: object) -> None:
    """Replace `old` by `new` in each module that has imported it by name, as in `from time import sleep`."""
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType):
            # Without `__getattr__` and `__setattr__`, which would make a lazy module load.
            names = vars(module)
            for name in [name for name, value in list(names.items()) if value is old]:
                names[name] = new


def when_imported(name: str, then: Callable[[], None]) -> None:
    """Call `then` once a module is imported: at once if it is imported already, else after its import."""
    if name in sys.modules:
        then()
    else:
        sys.meta_path.insert(0, _ImportHook(name, then))


class _ImportHook:
    """Waits for the import of one module, which the other finders find."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self._name = name
        self._then = then
        self._done = False
        # The threads in which the other finders are being asked: there, this one finds nothing. It stays in the list of
        # finders for good, because another thread may be going through the list.
        self._asking: set[int] = set()

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the spec that the other finders find, with a loader that calls `then` after the import."""
        thread = get_ident()
        if name != self._name or self._done or thread in self._asking:
            return None
        self._asking.add(thread)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._asking.discard(thread)
        if spec is not None and spec.loader is not None:
            # The loader stays the same object, since other code may ask it for more than the module.
            vars(spec.loader)["exec_module"] = self._telling(spec.loader.exec_module)
        return spec

    def _telling(self, load: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
        def load_and_tell(module: ModuleType) -> None:
            load(module)
            # A loader may be one for many modules.
            if module.__name__ == self._name and not self._done:
                self._done = True
                self._then()

        return load_and_tell
