"""The image, built once, and containers of it that go when the test ends."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .engine import HARDENED, KNOWS_START_INTERVAL, Container, build, create, docker, engine, readable

ROOT = Path(__file__).parents[3]

# Without an engine of their own the judges are left out; the script gives them one.
JUDGING = "CONTAINER_CHECK" in os.environ
collect_ignore_glob = [] if JUDGING else ["test_*.py"]


def pytest_report_header() -> list[str]:
    """Say which engine it is, and what it reads differently."""
    if not JUDGING:
        return []
    release = engine()
    old = readable("--start-interval=", release) != "--start-interval="
    note = f", older than {KNOWS_START_INTERVAL}: the start interval is judged as the interval" if old else ""
    return [f"container engine: {release}{note}"]


MEASURED = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> list[str]:
    """What is told at the end, also where all is well."""
    return pytestconfig.stash.setdefault(MEASURED, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what was measured, and close with a line that any reader of logs understands."""
    if not JUDGING:
        return
    for line in config.stash.get(MEASURED, []):
        terminalreporter.write_line(f"measured: {line}")
    passed, *wrong = (len(terminalreporter.stats.get(outcome, ())) for outcome in ("passed", "failed", "error"))
    terminalreporter.write_line(f"container: {passed} passed, {sum(wrong)} failed")


@pytest.fixture(scope="session")
def dockerfile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own, as this engine can read it."""
    file = tmp_path_factory.mktemp("build") / "Dockerfile"
    file.write_text(readable((ROOT / "Dockerfile").read_text(), engine()))
    return file


@pytest.fixture(scope="session", autouse=True)
def image(dockerfile: Path) -> None:
    """The image of this checkout, and a network for containers of it."""
    build(ROOT, dockerfile)
    docker("network", "create", "judged")


Run = Callable[..., Container]
"""Start a container: its options, and by name `image` and `command`; goes when what asked for it ends."""


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
    """A container that may do as little as can be, ready."""
    container = run_once(*HARDENED)
    container.ready()
    return container
