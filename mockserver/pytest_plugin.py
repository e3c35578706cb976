"""The pytest plugin: a world of its own for each test, and a report of its requests if the test fails.

A session without such a test imports little more than this file: the first fixture imports the rest.
"""

from __future__ import annotations

import os
import shlex
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from mockserver.testing.early_sleep import install_early_sleep

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import Any

    from mockserver.patching.addresses.interception import Interception
    from mockserver.testing.guarded import GuardedSession, RefusedLookups
    from mockserver.testing.imaginelab import Imaginelab
    from mockserver.testing.play import Play
    from mockserver.testing.session_server import SessionServer

_MARKER = (
    "imaginelab(scenario, *, seed, clock, intercept, block, virtual_sleep, clocks, max_virtual): what is played to"
    " this test: a name of the gallery, YAML, or a file beside the test"
)
_REAL = "imaginelab_real"
_REAL_MARKER = f"{_REAL}: let this test reach the real API, which is shut for tests where one of them is marked"
_WORDS = "words that hold for all tests: guard shuts the real API from the beginning on, no-guard never does"
_WORLD: pytest.StashKey[Imaginelab] = pytest.StashKey()
_GUARDED: pytest.StashKey[GuardedSession] = pytest.StashKey()
_REFUSED: pytest.StashKey[list[RefusedLookups]] = pytest.StashKey()
_TOKEN = "IMAGINELAB_MOCK_CONTROL_TOKEN"  # noqa: S105 - where the token is, not the token
_API_HOST = "api.imagineview.art"  # as in `tls`, which takes longer to import than a session may wait for nothing
_PROXIES = ("https_proxy", "http_proxy", "all_proxy")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names a running server, and the settings of a suite."""
    group = parser.getgroup("imaginelab", "the ImagineLab emulator")
    group.addoption(
        "--imaginelab-url",
        metavar="URL",
        help=f"use the server that runs there, not one of this session's own; its token, if it has one, is in {_TOKEN}",
    )
    folders = "folders of scenario files, beside that of the test"
    parser.addini("imaginelab_scenarios", folders, type="paths", default=[])
    parser.addini("imaginelab", _WORDS, type="linelist", default=[])


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Replace `time.sleep` before a conftest imports the client under test, which may keep that function."""
    install_early_sleep()


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and keep proxies off clients that are made before any fixture."""
    config.addinivalue_line("markers", _MARKER)
    config.addinivalue_line("markers", _REAL_MARKER)
    if "guard" in _words(config):
        _shut(config)
    if any(os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXIES):
        # Not at the top: only where a proxy is set.
        from mockserver.patching.addresses.environment import bypassed

        ending = ExitStack()
        ending.enter_context(bypassed(_API_HOST))
        config.add_cleanup(ending.close)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Check once that the server of --imaginelab-url answers."""
    url = session.config.getoption("--imaginelab-url")
    if url is None or hasattr(session.config, "workerinput"):
        return
    # Not at the top: few sessions need it.
    from mockserver.client.errors import ControlError
    from mockserver.testing.session_server import require_server

    try:
        require_server(url, os.environ.get(_TOKEN))
    except ControlError as problem:
        raise pytest.UsageError(f"--imaginelab-url: {problem}") from problem


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Give each marked test its world, even if the test does not use the fixture.

    If any test of the session has a world, look-ups of the real API are refused in all tests.
    """
    played = [item for item in items if item.get_closest_marker("imaginelab")]
    for item in played:
        if isinstance(item, pytest.Function):
            # A new list, since tests of one function share theirs. A fixture that is listed twice is set up once.
            item.fixturenames = _with_world(item)
    if (played or any(map(_asks, items))) and "no-guard" not in _words(config):
        _shut(config)


def _asks(item: pytest.Item) -> bool:
    return "imaginelab" in getattr(item, "fixturenames", ())


def _with_world(item: pytest.Function) -> list[str]:
    """Return the fixtures of a test in the order of their setup. The world comes before all fixtures of function scope.

    A fixture of the test often logs a client in; without the world first, it would connect to the real API.
    """
    known = item._fixtureinfo.name2fixturedefs
    shared = [name for name in item.fixturenames if name in known and known[name][-1].scope != "function"]
    return [*shared, "imaginelab", *(name for name in item.fixturenames if name not in shared)]


def _words(config: pytest.Config) -> frozenset[str]:
    given = config.getini("imaginelab")
    if not given:
        return frozenset()
    # Not at the top: few sessions need it.
    from mockserver.testing.words import WrongWords, words

    try:
        return words(" ".join(given))
    except WrongWords as problem:
        raise pytest.UsageError(f"the ini option imaginelab: {problem}") from problem


def _shut(config: pytest.Config) -> None:
    """Refuse look-ups of the real API outside of interceptions, from now to the end of the session."""
    if _GUARDED in config.stash:
        return
    # Not at the top: a session without a test of ours needs none of it.
    from mockserver.testing.guarded import GuardedSession

    guarded = config.stash[_GUARDED] = GuardedSession(_API_HOST)
    config.add_cleanup(guarded.end)
    guarded.begin()
    config.pluginmanager.register(_Guarded(guarded))


class _Guarded:
    """Reports to the guard which test or fixture runs; registered when the guard begins."""

    def __init__(self, guarded: GuardedSession) -> None:
        self._guarded = guarded

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run a test; its marker may allow the real API."""
        with self._guarded.running(item.nodeid, real=item.get_closest_marker(_REAL) is not None):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """Set up a fixture; the threads that a shared fixture starts do not belong to the test."""
        if fixturedef.scope == "function":
            return (yield)
        with self._guarded.setting_up(fixturedef.argname, fixturedef.scope):
            return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of pytest-xdist, send the refused host look-ups to the main process, which prints the summary."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_REAL] = _refused(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect the refused look-ups that a pytest-xdist worker sent; a crashed worker has sent none."""
    node.config.stash.setdefault(_REFUSED, []).extend(getattr(node, "workeroutput", {}).get(_REAL, ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the refused look-ups of the real API."""
    refused = _refused(config)
    if not refused:
        return
    # Not at the top: few sessions need it.
    from mockserver.testing.guarded import summary

    terminalreporter.section("imaginelab", yellow=True)
    for line in summary(refused):
        terminalreporter.line(line)


def _refused(config: pytest.Config) -> list[RefusedLookups]:
    own = config.stash[_GUARDED].refused() if _GUARDED in config.stash else []
    return [*own, *config.stash.get(_REFUSED, [])]


@pytest.fixture(scope="session")
def imaginelab_server(request: pytest.FixtureRequest) -> Iterator[SessionServer]:
    """Run one server for the whole session; each test gets its own world on it. Control the server by `mock`."""
    request.config.pluginmanager.register(_Reports())
    # Not at the top: a session that asks for no fixture needs none of it.
    from mockserver.testing.session_server import shared_server

    url = request.config.getoption("--imaginelab-url")
    if url is not None:
        with shared_server(url, os.environ.get(_TOKEN)) as server:
            yield server
        return
    # Not at the top: it brings the server, which a session with --imaginelab-url does not need.
    from mockserver.testing.own_server import own_server

    with own_server() as server:
        yield server


@pytest.fixture
def imaginelab(request: pytest.FixtureRequest, imaginelab_server: SessionServer) -> Iterator[Imaginelab]:
    """Play to this test in a world of its own: `base_url`, `token()`, `clock`, `journal`, `faults`, `expect()`, …."""
    # Not at the top: a session that asks for no fixture needs none of it.
    from mockserver.testing.world_for_test import world_for_test

    test = request.node.nodeid
    rerun = f"pytest {shlex.quote(test)}"
    with _in_one_sentence(), world_for_test(test, imaginelab_server, _wanted(request), rerun) as world:
        request.node.stash[_WORLD] = world
        yield world
        del request.node.stash[_WORLD]


@pytest.fixture
def imaginelab_intercept(imaginelab: Imaginelab) -> Iterator[Interception]:
    """Redirect this process's requests to the API's host to the test's world; `fail("dns")` makes them fail."""
    with _in_one_sentence(), imaginelab.intercepted() as interception:
        yield interception


def _wanted(request: pytest.FixtureRequest) -> Play:
    # Not at the top: a session that asks for no fixture needs none of it.
    from mockserver.testing.play import CannotPlay, play

    markers = request.node.iter_markers("imaginelab")
    folders = [request.path.parent, *request.config.getini("imaginelab_scenarios")]
    wanted = play(((marker.args, marker.kwargs) for marker in markers), folders)
    intercepted = wanted.intercept or wanted.block or "imaginelab_intercept" in request.fixturenames
    if intercepted and request.node.get_closest_marker(_REAL):
        raise CannotPlay(
            f"@pytest.mark.{_REAL}: the test is intercepted too (intercept, block or imaginelab_intercept), so that its"
            " clients would never reach the real API; leave the one or the other out"
        )
    return wanted


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    """Show a mistake in a marker without a traceback, which would show nothing of the test."""
    # Not at the top: a session that asks for no fixture needs none of it.
    from mockserver.testing.imaginelab import BlockedHosts
    from mockserver.testing.play import CannotPlay

    try:
        yield
    except (BlockedHosts, CannotPlay) as problem:
        raise pytest.fail.Exception(str(problem), pytrace=False) from None


class _Reports:
    """Adds the requests of a failed test to its report; registered with the first world of a session."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the requests, unless the text of the error has them already."""
        report = yield
        world = item.stash.get(_WORLD, None)
        if world is None or not report.failed or call.excinfo is None:
            return report
        if not world.has_report(call.excinfo.value):
            report.sections.append(("imaginelab", world.report()))
        return report
