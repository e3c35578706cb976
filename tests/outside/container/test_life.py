"""The start, the health and the end of a container."""

import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from .conftest import Run
from .engine import HARDENED, Container

HANG = "faults: [{on: login, then: {drop: hang}}]\n"
LOGIN = (
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: mock\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 0\r\n\r\n"
)

# Instead of the server these containers run a program that answers no request and waits for the signal to end.
# Without an option of its own, the start period would be that of the image.
SILENT = ("--entrypoint=python3", "--health-start-period=1ms", "--health-interval=100ms", "--health-retries=2")
STAY = ("-c", "import signal; signal.sigwait([signal.SIGTERM])")


# ---- starting


def test_a_container_answers_within_a_second_of_its_start(run: Run, measured: list[str]) -> None:
    # The fastest of three starts counts, because the machine may be busy.
    started = [run(*HARDENED, command=("serve", "--tls")) for _ in range(3)]
    seconds = [(each.ready() - each.started).total_seconds() for each in started]
    measured.append(f"seconds from start to answer: {seconds}")
    assert 0 < min(seconds) < 1


def test_a_container_is_healthy_within_two_seconds(run: Run, measured: list[str]) -> None:
    container = run(*HARDENED)
    verdict, at = container.health()
    seconds = (at - container.started).total_seconds()
    measured.append(f"seconds from start to healthy: {seconds}")
    assert verdict == "healthy"
    assert seconds < 2


# ---- health


@pytest.mark.parametrize(
    "how",
    [
        {"command": ("serve", "--port", "9000")},
        {"command": ("serve", "--port=9000")},
        {"options": ("--env=IMAGINELAB_MOCK_PORT=9000",)},
        {"options": ("--env=IMAGINELAB_MOCK_CONTROL_TOKEN=only-who-knows",)},
    ],
    ids=["an argument", "an argument with its value", "a variable", "with a token"],
)
def test_a_container_is_healthy_on_any_port_and_with_a_token(how: dict[str, tuple[str, ...]], run: Run) -> None:
    assert run(*HARDENED, *how.pop("options", ()), **how).health()[0] == "healthy"


@pytest.mark.parametrize(
    "how",
    [{"command": STAY}, {"command": ("-m", "http.server", "8402")}],
    ids=["nothing listens", "something else answers"],
)
def test_a_container_without_the_server_is_unhealthy(how: dict[str, tuple[str, ...]], run: Run) -> None:
    assert run(*HARDENED, *SILENT, **how).health()[0] == "unhealthy"


# ---- ending


@pytest.fixture
def hung(run: Run, tmp_path: Path) -> Container:
    """A container that never answers a login."""
    tmp_path.chmod(0o755)
    (tmp_path / "hang.yaml").write_text(HANG)
    container = run(*HARDENED, f"--volume={tmp_path}:/scenarios:ro", command=("serve", "hang.yaml"))
    container.ready()
    return container


def test_a_container_with_open_requests_ends_within_a_second(hung: Container, measured: list[str]) -> None:
    with ExitStack() as open_:
        for _ in range(3):
            open_.enter_context(socket.create_connection((hung.address, 8402), timeout=30)).sendall(LOGIN)
        with hung.mock() as mock:
            arrived = [mock.world().journal.wait(operation="login", since=number) for number in range(3)]
        assert [exchange.answer.status for exchange in arrived] == [None] * 3
        begun = time.monotonic()
        assert hung.end() == 0
        seconds = time.monotonic() - begun
    measured.append(f"seconds from being told to end to being gone, three requests open: {seconds:.3f}")
    assert seconds < 1


def test_a_process_that_ignores_the_signal_is_killed_and_takes_longer(run: Run) -> None:
    container = run("--entrypoint=python3", command=("-c", "import threading; threading.Event().wait()"))
    begun = time.monotonic()
    status = container.end(patience=1)
    assert status != 0
    assert time.monotonic() - begun >= 1
