"""The hook acts on a module once it is imported: at once, or later. It imports none itself."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from mockserver.patching.addresses.patches import ImportHook


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of modules to import, which are forgotten again at the end."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@contextmanager
def welcoming(*names: str) -> Iterator[list[tuple[str, object]]]:
    """Record each module on which the hook acts, and the word that the module has then."""
    seen: list[tuple[str, object]] = []

    def note(module: ModuleType) -> None:
        seen.append((module.__name__, getattr(module, "WORD", None)))

    hook = ImportHook(dict.fromkeys(names, note))
    hook.begin()
    try:
        yield seen
    finally:
        hook.end()


def test_the_hook_acts_at_once_on_an_imported_module(shelf: Path) -> None:
    (shelf / "present_one.py").write_text("WORD = 1")
    importlib.import_module("present_one")
    with welcoming("present_one") as seen:
        assert seen == [("present_one", 1)]


def test_the_hook_acts_once_on_a_module_that_is_imported_later(shelf: Path) -> None:
    (shelf / "late_one.py").write_text("WORD = 2")
    with welcoming("late_one") as seen:
        assert seen == []
        module = importlib.import_module("late_one")
        assert seen == [("late_one", 2)]
        assert "exec_module" not in vars(module.__loader__)
        importlib.reload(module)
    assert seen == [("late_one", 2)]


def test_the_hook_acts_on_a_module_within_a_package(shelf: Path) -> None:
    (shelf / "late_package").mkdir()
    (shelf / "late_package" / "__init__.py").write_text("from late_package import inner")
    (shelf / "late_package" / "inner.py").write_text("WORD = 3")
    with welcoming("late_package.inner") as seen:
        importlib.import_module("late_package")
    assert seen == [("late_package.inner", 3)]


def test_the_hook_imports_no_module_and_acts_on_none_after_its_end(shelf: Path) -> None:
    (shelf / "never_one.py").write_text("WORD = 4")
    finders = list(sys.meta_path)
    with welcoming("never_one", "not_installed") as seen:
        assert "never_one" not in sys.modules
    assert sys.meta_path == finders
    importlib.import_module("never_one")
    assert seen == []


def test_a_module_that_is_not_installed_raises_the_usual_error() -> None:
    with welcoming("not_installed") as seen, pytest.raises(ModuleNotFoundError):
        importlib.import_module("not_installed")
    assert seen == []


def test_the_hook_acts_on_a_module_whose_second_import_succeeds(shelf: Path) -> None:
    broken = shelf / "broken_one.py"
    broken.write_text("raise LookupError")
    with welcoming("broken_one") as seen:
        with pytest.raises(LookupError):
            importlib.import_module("broken_one")
        assert seen == []
        broken.write_text("WORD = 'sound, and of another length'")
        importlib.invalidate_caches()
        importlib.import_module("broken_one")
    assert seen == [("broken_one", "sound, and of another length")]
