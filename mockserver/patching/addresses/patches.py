"""Replace attributes of other modules for a while, also in modules that a client imports later.

Each replacement is chained to the former function. If other code puts its own function over a replacement meanwhile,
that function stays when ours ends, and calls through.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

Function = Callable[..., Any]

Decorator = Callable[[Function], Function]
"""Makes the replacement of a function."""

_ABSENT: Final = object()
_NO_PATCH: Final[tuple[Any, Any, Any]] = (None, None, None)


class Patches:
    """Replacements that end together; several `Patches` may end in any order."""

    def __init__(self, host: str = "") -> None:
        """`host`: the host whose connections the replacements redirect; the empty text for no host."""
        self.open = True
        self.host = host
        self._made: list[tuple[type | ModuleType, str, object, object]] = []

    def put(self, owner: type | ModuleType, name: str, value: object) -> None:
        """Replace an attribute."""
        self._made.append((owner, name, value, vars(owner).get(name, _ABSENT)))
        setattr(owner, name, value)

    def chain(self, owner: type | ModuleType, name: str, make: Decorator) -> None:
        """Replace a function or a method by the result of `make`."""
        previous = getattr(owner, name)
        ours = make(previous)

        @wraps(previous)
        def wrapper(*args: Any, **options: Any) -> Any:
            return (ours if self.acts_over(previous) else previous)(*args, **options)

        # With itself, since a proper wrapper copies its attributes.
        wrapper.imaginelab = (wrapper, self, vars(owner).get(name, _ABSENT))  # type: ignore[attr-defined]
        self.put(owner, name, wrapper)

    def acts_over(self, previous: Function) -> bool:  # noqa: ARG002 - `Undermost` looks at it
        """Return whether a replacement that lies over a function still acts."""
        return self.open

    def renew(self) -> None:
        """Install each chained function again if other code has restored the original function."""
        for owner, name, value, _ in self._made:
            if getattr(owner, name) is getattr(value, "__wrapped__", _ABSENT):
                setattr(owner, name, value)

    def end(self) -> None:
        """Restore the former function, unless it has ended too, or other code has replaced our function."""
        self.open = False
        for owner, name, value, before in reversed(self._made):
            if vars(owner).get(name) is value:
                _restore(owner, name, before)
        self._made.clear()


class Undermost(Patches):
    """Replacements that act beneath the other replacements for the same host, whichever came first."""

    def acts_over(self, previous: Function) -> bool:
        """Return whether a replacement that lies over a function still acts: not over another for the same host."""
        return self.open and not any(self._led(patches) for patches in _beneath(previous))

    def _led(self, patches: Patches) -> bool:
        return patches.open and patches.host == self.host and not isinstance(patches, Undermost)


def _beneath(function: object) -> Iterator[Patches]:
    """Yield the patches of a function, then the patches of the functions to which it is chained."""
    _, patches, function = getattr(function, "imaginelab", _NO_PATCH)
    while patches is not None:
        yield patches
        _, patches, function = getattr(function, "imaginelab", _NO_PATCH)


def _restore(owner: type | ModuleType, name: str, before: object) -> None:
    wrapper, patches, beneath = getattr(before, "imaginelab", _NO_PATCH)
    while wrapper is before and not patches.open:
        before = beneath
        wrapper, patches, beneath = getattr(before, "imaginelab", _NO_PATCH)
    if before is _ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, before)


# Modules that are imported later

OnImport = Callable[[Any], None]
"""The action on a module, once. Attributes of libraries that are not installed cannot be checked."""


class ImportHook(MetaPathFinder):
    """Runs an action on each module, at once if it is imported already, else at its import; finds no modules."""

    def __init__(self, actions: Mapping[str, OnImport]) -> None:
        self._actions = dict(actions)

    def begin(self) -> None:
        """Run the actions on the modules that are imported already, and wait for the other imports."""
        for name in [name for name in self._actions if name in sys.modules]:
            self._actions.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Stop acting on modules."""
        self._actions.clear()
        sys.meta_path.remove(self)

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return another finder's spec, with the action to run at the import; None for a module without an action."""
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
