"""Replacing a function in imported modules, and acting on modules that are imported later."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from mockserver.patching.waits.replacement import replace_everywhere, when_imported


class Lazy(ModuleType):
    """A module that fails if its `__getattr__` is called."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)

    def __setattr__(self, name: str, value: object) -> None:
        raise AssertionError(name)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def load(*modules: object) -> None:
        for i, module in enumerate(modules):
            monkeypatch.setitem(sys.modules, f"loaded{i}", module)

    return load


def test_a_function_is_replaced_under_every_name_that_it_has(loaded: Callable[..., None]) -> None:
    old, new, other = object(), object(), object()
    one, two = ModuleType("one"), Lazy("two")
    vars(one).update(sleep=old, nap=old, other=other)
    vars(two).update(rest=old)
    loaded(one, two, None, object())
    replace_everywhere(old, new)
    names = vars(one) | vars(two)
    assert [names[name] for name in ("sleep", "nap", "other", "rest")] == [new, new, other, new]


@pytest.fixture(autouse=True)
def finders() -> Iterator[None]:
    """Restore the finders of modules at the end."""
    before = list(sys.meta_path)
    yield
    sys.meta_path[:] = before


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the name of a module that can be imported and is not imported yet."""
    (tmp_path / "sleeps_in_some_way.py").write_text("value = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "sleeps_in_some_way"
    sys.modules.pop("sleeps_in_some_way", None)


def test_the_callback_runs_at_once_for_an_imported_module() -> None:
    told: list[str] = []
    when_imported("sys", lambda: told.append("sys"))
    assert told == ["sys"]


def test_the_callback_runs_once_after_a_later_import(written: str) -> None:
    told: list[object] = []
    when_imported(written, lambda: told.append(sys.modules[written].value))
    assert importlib.util.find_spec(written) is not None
    assert importlib.util.find_spec("nothing_of_this_name") is None
    assert told == []
    module = importlib.import_module(written)
    assert told == [1]
    importlib.reload(module)
    assert told == [1]


def test_the_callback_runs_after_the_import_that_succeeds(written: str, tmp_path: Path) -> None:
    told: list[str] = []
    when_imported(written, lambda: told.append(written))
    path = tmp_path / f"{written}.py"
    path.write_text("raise ValueError('too early')\n")
    with pytest.raises(ValueError, match="too early"):
        importlib.import_module(written)
    assert told == []
    path.write_text("longer = 'than before'\n")
    importlib.import_module(written)
    assert told == [written]


def test_a_module_that_does_not_exist_stays_unknown() -> None:
    when_imported("nothing_of_this_name", lambda: pytest.fail("it is nowhere"))
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("nothing_of_this_name")


def test_a_module_keeps_the_finder_that_it_has_without_the_hook(written: str) -> None:
    expected = importlib.util.find_spec(written)
    when_imported(written, lambda: None)
    module = importlib.import_module(written)
    assert expected is not None
    assert (module.__file__, type(module.__loader__)) == (expected.origin, type(expected.loader))
