"""Libraries that are met when they arrive: one that no client imports costs nothing, and is never imported here."""

import sys
from collections.abc import Callable, Mapping
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Welcome = Callable[[Any], None]
"""The action on a module, once. Attributes of libraries that are not installed cannot be checked."""


class Arrivals(MetaPathFinder):
    """Finds no module, but welcomes those that are imported, and those that are, until its end."""

    def __init__(self, welcomes: Mapping[str, Welcome]) -> None:
        self._welcomes = dict(welcomes)

    def begin(self) -> None:
        """Act on the modules that are imported already, and wait for the rest."""
        for name in [name for name in self._welcomes if name in sys.modules]:
            self._welcomes.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Wait no more."""
        self._welcomes.clear()
        sys.meta_path.remove(self)

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Have others find a module that is waited for, and see to it that it is welcomed when it is ready."""
        if fullname not in self._welcomes:
            return None
        found = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            self._watch(spec.loader, fullname)
        return spec

    def _watch(self, loader: Any, name: str) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            execute(module)
            welcome = self._welcomes.pop(name, None)
            if welcome is not None:
                welcome(module)

        loader.exec_module = exec_module
