"""The same tests against a server that runs already: each test has a world, or an error of one sentence."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mockserver.client import MockServer
from mockserver.http.app import Settings, application
from mockserver.http.guard import Guard
from mockserver.language.loaded import HAPPY_PATH, FixedSource
from mockserver.serve.listen import listen
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds

from .sessions import Run

Serve = Callable[..., str]

SAME = """
def test_nothing(imaginelab):
    assert imaginelab.clock.mode == "poll"
    assert buy(imaginelab.base_url, at_once) == (1842, 5)
    imaginelab.expect(operation="status", count=5)

@pytest.mark.imaginelab("clock: {mode: manual}")
def test_a_clock_of_the_scenario(imaginelab):
    assert imaginelab.clock.mode == "manual"

@pytest.mark.imaginelab("rough-poll", clock="real")
def test_a_clock_of_the_test(imaginelab):
    assert imaginelab.clock.mode == "real"

@pytest.mark.imaginelab("accounts: [{email: me@example.com, password: pw, credits: 7}]", seed=3)
def test_an_account(imaginelab):
    assert (imaginelab.scenario.seed, imaginelab.credits) == (3, 7)
    assert login(imaginelab.base_url, imaginelab.email, imaginelab.password)

@pytest.mark.imaginelab(virtual_sleep=True)
def test_sleeping(imaginelab):
    assert buy(imaginelab.base_url) == (1842, 5)
"""


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve on a real clock, as `serve` does, and return the address; with a token if one is given."""
    with ExitStack() as running:

        def start(token: str | None = None) -> str:
            app = application(Worlds(FixedSource(HAPPY_PATH)), Settings(guard=Guard(token=token)))
            return running.enter_context(ServerThread(app)).url

        yield start


def test_the_same_tests_pass_there_and_leave_no_world(run: Run, serve: Serve) -> None:
    url = serve()
    run(SAME, f"--imaginelab-url={url}").assert_outcomes(passed=5)
    with MockServer(url) as mock:
        assert [world.name for world in mock.worlds] == ["default"]


def test_a_world_of_an_interrupted_run_begins_anew(run: Run, serve: Serve) -> None:
    url = serve()
    result = run("def test_it(imaginelab): assert 0", f"--imaginelab-url={url}")
    name = result.stdout.str().partition("world ")[2].partition(",")[0]
    with MockServer(url) as mock:
        mock.world(name).load("clock: {mode: manual}")
        mock.world(name).token()
        anew = "def test_it(imaginelab):\n    imaginelab.expect(count=0)\n    assert imaginelab.clock.mode == 'poll'"
        run(anew, f"--imaginelab-url={url}").assert_outcomes(passed=1)


def test_several_processes_share_it(run_apart: Run, serve: Serve) -> None:
    run_apart(SAME, f"--imaginelab-url={serve()}", "-p", "xdist", "-n", "2").assert_outcomes(passed=5)


def test_the_token_comes_from_the_environment(run: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    url = serve("open-sesame")
    monkeypatch.setenv("IMAGINELAB_MOCK_CONTROL_TOKEN", "open-sesame")
    run(SAME, f"--imaginelab-url={url}").assert_outcomes(passed=5)


def refused(result: pytest.RunResult, sentence: str) -> None:
    assert result.ret is pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --imaginelab-url: {sentence}"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_a_server_that_is_not_there_ends_the_session(run: Run) -> None:
    with listen("127.0.0.1", 0) as closed:
        port = closed.getsockname()[1]
    refused(
        run(SAME, f"--imaginelab-url=http://127.0.0.1:{port}"), "nothing listens at *; start imaginelab-mock there*"
    )


def test_an_address_that_is_none_ends_the_session(run: Run) -> None:
    refused(run(SAME, "--imaginelab-url=localhost"), "expected the address of a mock server, *; found 'localhost'")


def test_a_token_that_is_wrong_ends_the_session(run: Run, serve: Serve) -> None:
    refused(run(SAME, f"--imaginelab-url={serve('open-sesame')}"), "*token*")


def test_a_session_of_several_processes_is_ended_too(run_apart: Run, serve: Serve) -> None:
    result = run_apart(SAME, f"--imaginelab-url={serve('open-sesame')}", "-p", "xdist", "-n", "2")
    refused(result, "*token*")


INTERCEPTED = """
@pytest.mark.imaginelab(intercept=True)
def test_by_the_marker(imaginelab): pass

def test_by_the_fixture(imaginelab_intercept): pass
"""


def test_an_interception_needs_a_server_in_this_process(run: Run, serve: Serve) -> None:
    result = run(INTERCEPTED, f"--imaginelab-url={serve()}")
    result.assert_outcomes(errors=2)
    sentence = "interception leads to a server in this process: leave --imaginelab-url out"
    result.stdout.fnmatch_lines([f"*ERROR at setup of test_by_the_{kind}*" for kind in ("marker", "fixture")])
    assert result.stdout.str().count(f"\n{sentence}\n") == 2
