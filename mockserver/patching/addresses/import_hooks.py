"""An action on a library when a client imports it: a library that no client imports costs nothing."""

import sys
from collections.abc import Callable, Mapping
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

OnImport = Callable[[Any], None]
"""The action on a module, once. Attributes of libraries that are not installed cannot be checked."""


class ImportHook(MetaPathFinder):
    """Acts on modules when they are imported, and on those imported already, until its end; finds none itself."""

    def __init__(self, actions: Mapping[str, OnImport]) -> None:
        self._actions = dict(actions)

    def begin(self) -> None:
        """Act on the modules that are imported already, and wait for the rest."""
        for name in [name for name in self._actions if name in sys.modules]:
            self._actions.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Stop acting on modules."""
        self._actions.clear()
        sys.meta_path.remove(self)

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Let other finders find a module, and act on it once it is executed; None for a module without an action."""
        if fullname not in self._actions:
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
            action = self._actions.pop(name, None)
            if action is not None:
                action(module)

        loader.exec_module = exec_module
