"""Whole sessions: in any order, in several processes and without the plugin. They leave nothing behind."""

import os
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import mockserver
from mockserver import pytest_plugin
from mockserver.tls.authority import API_HOST

from .sessions import PLUGIN, Run

ALL = """
pytestmark = pytest.mark.parametrize("number", range(4))

@pytest.mark.imaginelab(intercept=True, virtual_sleep=True, clocks=True)
def test_everything(imaginelab, number):
    assert buy(FIXED) == (1842, 5)
    assert imaginelab.credits == 95

@pytest.mark.imaginelab(virtual_sleep=True)
def test_threads(imaginelab, number):
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(buy(imaginelab.base_url)[0])) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert sorted(counts) == [1842, 1843, 1844]

def test_nothing(imaginelab, number):
    assert buy(imaginelab.base_url, at_once) == (1842, 5)
    assert imaginelab.credits == 95
"""

WATCH = """
import asyncio, atexit, os, socket, ssl, threading, time

PLACES = [
    (socket, "getaddrinfo"), (socket.socket, "connect"), (ssl.SSLContext, "wrap_socket"), (time, "time"),
    (time, "monotonic"), (threading.Event, "wait"),
]
THREADS = threading.enumerate()

def there():
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return [getattr(*place) for place in PLACES], variables

BEFORE = there()

@atexit.register
def look():
    assert there() == BEFORE
    assert threading.enumerate() == THREADS
    before = time.perf_counter()
    time.sleep(0.01)
    assert time.perf_counter() - before >= 0.01
    print("nothing is left")
"""


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:1"])
def test_nothing_is_left_behind(
    run_apart: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    pytester.makeconftest(WATCH)
    result = run_apart(ALL)
    result.assert_outcomes(passed=12)
    result.stdout.fnmatch_lines("nothing is left")


def test_a_client_that_is_made_early_knows_no_proxy(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "example.com")
    monkeypatch.delenv("no_proxy", raising=False)
    run("""
import os

seen = [os.environ.get(name) for name in ("NO_PROXY", "no_proxy")]

def test_it():
    assert seen == ["example.com,api.imagineview.art", "api.imagineview.art"]
""").assert_outcomes(passed=1)
    assert (os.environ["NO_PROXY"], os.environ.get("no_proxy")) == ("example.com", None)


def test_the_address_that_needs_no_proxy_is_the_one_that_is_intercepted() -> None:
    assert pytest_plugin._API_HOST == API_HOST


def test_several_processes_in_any_order(run_apart: Run) -> None:
    result = run_apart(ALL, "-p", "xdist", "-p", "pytest_randomly", "-n", "2")
    result.assert_outcomes(passed=12)
    assert result.stderr.str() == ""


@pytest.mark.parametrize("seed", range(3))
def test_any_order(run: Run, seed: int) -> None:
    run(ALL, "-p", "pytest_randomly", f"--randomly-seed={seed}").assert_outcomes(passed=12)


INSTALLED = {"METADATA": "Name: installed\nVersion: 0\n", "entry_points.txt": f"[pytest11]\nimaginelab = {PLUGIN}\n"}


@pytest.fixture
def installed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pytest find the plugin as an installed one."""
    folder = pytester.path / "installed-0.dist-info"
    folder.mkdir()
    for name, text in INSTALLED.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}{os.pathsep}{Path(mockserver.__file__).parents[1]}")
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    pytester.makepyfile("def test_that(imaginelab): assert imaginelab.credits == 100")


def without(*names: str) -> list[str]:
    """Return the options that leave out plugins, since those of this environment only take time to load."""
    others = {entry.name for entry in entry_points(group="pytest11")} - {"imaginelab"}
    return [option for name in (*sorted(others), *names) for option in ("-p", f"no:{name}")]


@pytest.mark.usefixtures("installed")
def test_an_installed_plugin_is_loaded_without_an_option(pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("-W", "error", *without()).assert_outcomes(passed=1)


@pytest.mark.usefixtures("installed")
def test_a_session_can_leave_the_plugin_out(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess(*without("imaginelab"))
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("E *fixture 'imaginelab' not found")


NOTHING = """
import sys

def test_it():
    ours = sorted(name for name in sys.modules if name.startswith("mockserver"))
    assert ours == ["mockserver", "mockserver.pytest_plugin", "mockserver.testing", "mockserver.testing.early_sleep"]
    assert not {"asyncio", "ssl", "msgspec", "uvicorn"} & sys.modules.keys()
"""


def test_a_session_without_a_world_imports_almost_nothing(run_apart: Run) -> None:
    run_apart(NOTHING, head="").assert_outcomes(passed=1)


def test_a_test_that_is_run_again_begins_anew(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=nextitem, log=False)
    item._initrequest()
""")
    run("""
@pytest.mark.imaginelab("accounts: [{email: you@example.com, password: YOUR_PASSWORD, credits: 5}]")
def test_it(imaginelab):
    assert imaginelab.credits == 5
    assert buy(imaginelab.base_url, at_once) == (1842, 5)
""").assert_outcomes(passed=1)


def test_the_plugin_says_what_it_offers(run: Run) -> None:
    fixtures = run("", "--fixtures").stdout
    for name in ("imaginelab", "imaginelab_server [[]session scope[]]", "imaginelab_intercept"):
        fixtures.fnmatch_lines_random(f"{name} -- *")
    run("", "--markers").stdout.fnmatch_lines("@pytest.mark.imaginelab(scenario, *")
    run("", "--help").stdout.fnmatch_lines(["*--imaginelab-url=URL*", "*imaginelab_scenarios (paths)*"])
