"""A session of pytest with the plugin and nothing else, run in this process or in one of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

# A session forgets its imports. Modules that all sessions share, or that import only once, are imported here first.
import trustme  # noqa: F401
import uvicorn.protocols.http.auto  # noqa: F401
import uvloop  # noqa: F401

import mockserver.patching.addresses.interception
import mockserver.testing.early_sleep
import mockserver.testing.sleeping
import mockserver.testing.world_for_test
from mockserver.testing.own_server import own_server
from mockserver.testing.session_server import SessionServer

from .sessions import CUSTOMER, HEAD, PLUGIN, Run

# All warnings are errors, except that a session in this process uses the plugin that is imported already.
WARNINGS = ("-W", "error", "-W", "ignore::pytest.PytestAssertRewriteWarning")


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run tests in this process."""
    return _runner(pytester, monkeypatch, pytester.runpytest_inprocess)


@pytest.fixture
def run_apart(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run tests in a process of their own."""
    return _runner(pytester, monkeypatch, pytester.runpytest_subprocess)


def _runner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, start: Run) -> Run:
    # Only the named plugins are loaded, whichever are installed.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    # In CI, pytest repeats each error in its summary, uncut.
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(mockserver.__file__).parents[1]))
    pytester.makepyfile(customer=CUSTOMER)

    def run(tests: str, *arguments: str, head: str = HEAD) -> pytest.RunResult:
        pytester.makepyfile(head + tests)
        return start("-p", PLUGIN, "-p", "no:cacheprovider", *WARNINGS, *arguments)

    return run


@pytest.fixture(scope="session")
def server() -> Iterator[SessionServer]:
    """The server of a session."""
    with own_server() as server:
        yield server
