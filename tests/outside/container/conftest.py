"""The image, built once, and its containers, which are removed when their test ends."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .engine import HARDENED, KNOWS_START_INTERVAL, Container, build, create, docker, engine, readable

ROOT = Path(__file__).parents[3]

# These tests run only on the engine that `scripts/container-check` starts.
JUDGING = "CONTAINER_CHECK" in os.environ
collect_ignore_glob = [] if JUDGING else ["test_*.py"]


def pytest_report_header() -> list[str]:
    """Return a line with the release of the engine and, if it is old, how it reads the health check."""
    if not JUDGING:
        return []
    release = engine()
    old = readable("--start-interval=", release) != "--start-interval="
    note = f", older than {KNOWS_START_INTERVAL}: the start interval is judged as the interval" if old else ""
    return [f"container engine: {release}{note}"]


MEASURED = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> list[str]:
    """The measured values; the summary prints them also when all tests pass."""
    return pytestconfig.stash.setdefault(MEASURED, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the measured values, then a line that says how many tests passed and failed."""
    if not JUDGING:
        return
    for line in config.stash.get(MEASURED, []):
        terminalreporter.write_line(f"measured: {line}")
    passed, *wrong = (len(terminalreporter.stats.get(outcome, ())) for outcome in ("passed", "failed", "error"))
    terminalreporter.write_line(f"container: {passed} passed, {sum(wrong)} failed")


@pytest.fixture(scope="session")
def dockerfile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's Dockerfile, in a form that this engine can read."""
    file = tmp_path_factory.mktemp("build") / "Dockerfile"
    file.write_text(readable((ROOT / "Dockerfile").read_text(), engine()))
    return file


@pytest.fixture(scope="session", autouse=True)
def image(dockerfile: Path) -> None:
    """Build the image of this checkout, and make a network for its containers."""
    build(ROOT, dockerfile)
    docker("network", "create", "judged")


Run = Callable[..., Container]
"""Start a container; it is removed at the end of the test, or of the module for `run_once`.

Positional arguments are options of `docker create`; `image` and `command` are given by name.
"""


def running() -> Iterator[Run]:
    with ExitStack() as stack:

        def run(*options: str, **further: object) -> Container:
            container = create(*options, **further)  # type: ignore[arg-type]
            stack.callback(container.remove)
            docker("start", container.number)
            return container

        yield run


run = pytest.fixture(running)
run_once = pytest.fixture(scope="module")(running)


@pytest.fixture(scope="module")
def hardened(run_once: Run) -> Container:
    """A container with as few rights as possible, whose server is ready."""
    container = run_once(*HARDENED)
    container.ready()
    return container
