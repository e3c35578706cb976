"""The costs of the pytest fixture: for a session without it, for each test with it, and for the published example.

Each session is its own process, which times its tests itself, so that no figure contains the start of pytest.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

from benchmarks.children import ROOT, child_environment, mock
from benchmarks.errors import BenchmarkError
from benchmarks.rounds import Spread, interleaved
from benchmarks.run import Readings, Run

LIMIT = 120.0  # real seconds that a session may take
TIMES = "times.json"

# Writes the median milliseconds of a test, with its set-up and tear-down.
CONFTEST = f"""
import json, statistics, time
import pytest

taken = []

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol():
    began = time.perf_counter()
    result = yield
    taken.append((time.perf_counter() - began) * 1000)
    return result

def pytest_sessionfinish():
    with open("{TIMES}", "w") as file:
        json.dump(statistics.median(taken), file)
"""

BARE = """
@pytest.mark.parametrize("number", range(500))
def test_it(number):
    pass
"""

PLAYED = """
@pytest.mark.imaginelab(intercept=True, virtual_sleep=True)
@pytest.mark.parametrize("number", range(500))
def test_it(imaginelab, number):
    pass
"""

PUBLISHED = """
import runpy

@pytest.mark.imaginelab(
    "generations: [{then: [{pending: 2s}, {processing: 28s}, completed]}]", intercept=True, virtual_sleep=True
)
@pytest.mark.parametrize("number", range(5))
def test_it(imaginelab, number):
    runpy.run_path("published.py")
    imaginelab.expect(operation="status", count=16)
"""

WAITED_FOR = "generations: [{then: [{pending: 2s}, {processing: 2s}, completed]}]"

# Adds up the time of the plugin's import and hooks, because two whole sessions differ by more than that by chance.
UNUSED = """
    import contextlib, functools, io, time
    import pytest

    spent = []

    @contextlib.contextmanager
    def timed():
        began = time.perf_counter()
        try:
            yield
        finally:
            spent.append((time.perf_counter() - began) * 1000)

    with timed():
        import mockserver.pytest_plugin as plugin

    def counted(hook):
        @functools.wraps(hook)
        def call(*arguments):
            with timed():
                return hook(*arguments)
        return call

    for name in [name for name in vars(plugin) if name.startswith("pytest_")]:
        setattr(plugin, name, counted(getattr(plugin, name)))
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["-q", "-p", "no:cacheprovider", "-p", "mockserver.pytest_plugin", "test_it.py"])
    print(sum(spent))
"""


def fixture(run: Run) -> Readings:
    """Measure sessions in turn."""
    contenders: dict[str, Callable[[], float]] = {
        "unused": partial(_unused, run.scratch),
        "bare": partial(_milliseconds, run.scratch, BARE),
        "played": partial(_milliseconds, run.scratch, PLAYED),
    }
    if find_spec("requests"):
        contenders["published"] = partial(_milliseconds, run.scratch, PUBLISHED)
    rounds = interleaved(run.effort.rounds, contenders)
    readings = {
        "plugin-unused": Spread.of([figures["unused"] for figures in rounds]),
        "fixture-test": Spread.of([figures["played"] - figures["bare"] for figures in rounds]),
    }
    if "published" in contenders:
        readings["fixture-published"] = Spread.of([figures["published"] for figures in rounds])
        readings["fixture-peer"] = Spread.of([_waiting(run.scratch)])
    return readings


def published(base: str) -> str:
    """Return the end-to-end example of the page `by-hand`, for the server at this address."""
    page = (ROOT / "docs" / "by-hand.md").read_text(encoding="utf-8")
    found = re.search(r"^```python\n(import time, requests\n.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if found is None:
        raise BenchmarkError("docs/by-hand.md has no end-to-end example any more")
    return re.sub(r'(?<=^BASE = ").*?(?=/api/v1")', base, found[1], flags=re.MULTILINE)


def session(scratch: Path, tests: str) -> Path:
    """Run tests in their own session, and return the folder with the files that they wrote."""
    folder = _written(scratch, tests)
    plugin = ("-p", "mockserver.pytest_plugin", "-p", "no:cacheprovider")
    _output(folder, sys.executable, "-m", "pytest", "-q", *plugin)
    return folder


def _milliseconds(scratch: Path, tests: str) -> float:
    """Run tests in their own session, and return the median milliseconds of a test."""
    return float((session(scratch, tests) / TIMES).read_text(encoding="utf-8"))


def _unused(scratch: Path) -> float:
    return float(_output(_written(scratch, BARE), sys.executable, "-c", dedent(UNUSED)))


def _waiting(scratch: Path) -> float:
    """Run the published example against a real clock, where the job takes four seconds; return the seconds it took."""
    with mock(scratch, WAITED_FOR) as server:
        folder = _written(scratch, "")
        (folder / "published.py").write_text(published(server.url), encoding="utf-8")
        began = time.perf_counter()
        _output(folder, sys.executable, "published.py")
        return (time.perf_counter() - began) * 1000


def _written(scratch: Path, tests: str) -> Path:
    folder = Path(tempfile.mkdtemp(dir=scratch))
    (folder / "conftest.py").write_text(CONFTEST if tests else "", encoding="utf-8")
    (folder / "test_it.py").write_text(f"import pytest\n{tests}", encoding="utf-8")
    (folder / "published.py").write_text(published("https://api.imagineview.art"), encoding="utf-8")
    return folder


def _output(folder: Path, *command: str) -> str:
    environment = child_environment(os.environ, folder.parent)
    environment |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    try:
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise BenchmarkError(f"a session of pytest did not end within {LIMIT:.0f} s") from late
    if ended.returncode:
        raise BenchmarkError(f"a session of pytest failed: {(ended.stdout + ended.stderr)[-500:]}")
    return ended.stdout
