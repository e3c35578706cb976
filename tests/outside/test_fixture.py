"""The fixture with the libraries of its users, each session in its own process."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import mockserver
from mockserver.client import MockServer
from tests.support.emulator import served

ROOT = Path(mockserver.__file__).parents[1]
PAGE = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))

Session = Callable[..., str]
"""Run pytest with these arguments and return its whole output."""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Return a function that runs pytest with our plugin and the named plugins alone, and with warnings as errors."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    def run(*arguments: str) -> str:
        options = ("-p", "mockserver.pytest_plugin", "-p", "no:cacheprovider", "-W", "error", "--strict-markers")
        command = [sys.executable, "-m", "pytest", *options, *arguments]
        ended = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        return ended.stdout + ended.stderr

    return run


def outcome(said: str) -> str:
    """Return the last line of a session without its time, or the whole output if there is no such line."""
    found = re.findall(r"^=+ (.*) in [0-9.]+s .*=+$|^=+ (.*) in [0-9.]+s =+$", said, re.MULTILINE)
    return "".join(found[-1]) if found else said


# The page

LOOP = ("-p", "asyncio", "-o", "asyncio_default_fixture_loop_scope=function")


@pytest.fixture
def page(tmp_path: Path) -> None:
    """Write the page's examples to files in a folder."""
    for name, text in BLOCKS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("page")
def test_the_examples_of_the_page_pass(session: Session) -> None:
    said = session(*LOOP, "--ignore=test_failing.py")
    assert outcome(said) == "9 passed", said


@pytest.mark.usefixtures("page")
def test_the_failing_example_prints_the_report_of_the_page(session: Session) -> None:
    said = session("test_failing.py")
    told = re.search(r"^```text\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert told is not None
    assert outcome(said) == "1 failed", said
    assert told[1] in re.sub(r"-[0-9a-f]{12}\b", "-…", said)


@pytest.mark.usefixtures("page")
def test_the_examples_pass_with_a_shared_server(session: Session) -> None:
    with served() as server, MockServer(server.url) as mock:
        said = session(
            "--imaginelab-url", server.url, "test_studio.py", "test_failures.py", "test_deadline.py", "test_half_way.py"
        )
        assert outcome(said) == "5 passed", said
        assert len(mock.worlds) == 1


# The published example

BY_HAND = (ROOT / "docs" / "by-hand.md").read_text(encoding="utf-8")
SCRIPT = re.search(r"^```python\n(import time, requests\n.*?)^```$", BY_HAND, re.MULTILINE | re.DOTALL)

PUBLISHED = """
import runpy
import pytest

@pytest.mark.imaginelab(
    "generations: [{then: [{pending: 2s}, {processing: 28s}, completed]}]", intercept=True, virtual_sleep=True
)
def test_it(imaginelab, capsys):
    runpy.run_path("published.py")
    link = f"https://api.imagineview.art/w/{imaginelab.name}/media/1842/0.png?signature="
    assert capsys.readouterr().out.startswith(f"['{link}")
    imaginelab.expect(operation="status", count=16)
    imaginelab.expect(count=19)
    assert (imaginelab.clock.now - imaginelab.clock.view().began).total_seconds() == 30
"""


def test_the_published_example_runs_unmodified(session: Session, tmp_path: Path) -> None:
    assert SCRIPT is not None
    published = SCRIPT[1].replace("http://127.0.0.1:8402", "https://api.imagineview.art")
    (tmp_path / "published.py").write_text(published, encoding="utf-8")
    (tmp_path / "test_published.py").write_text(PUBLISHED, encoding="utf-8")
    said = session("test_published.py")
    assert outcome(said) == "1 passed", said


# Plugins written by others

SYNC = """
import threading, time, urllib.request
import pytest, requests

BASE = "https://api.imagineview.art/api/v1"
FORM = {"username": "you@example.com", "password": "YOUR_PASSWORD"}
ORDER = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city skyline at dusk"}

pytestmark = pytest.mark.imaginelab(intercept=True, virtual_sleep=True, clocks=True)

def buy(counts):
    with requests.Session() as client:
        token = client.post(f"{BASE}/auth/login", data=FORM).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        number = client.post(f"{BASE}/generations", json=ORDER).json()["id"]
        polls = 1
        while client.get(f"{BASE}/generations/{number}/status").json()["status"] != "completed":
            time.sleep(2)
            polls += 1
    counts.append(polls)

@pytest.mark.parametrize("number", range(5))
def test_alone(imaginelab, number):
    counts = []
    buy(counts)
    assert counts == [5]
    assert imaginelab.credits == 95

def test_in_threads(imaginelab):
    counts = []
    threads = [threading.Thread(target=buy, args=(counts,)) for _ in range(5)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert len(counts) == 5
    assert imaginelab.credits == 75
"""

TASKS = """
import asyncio, time
import anyio, httpx, pytest

BASE = "https://api.imagineview.art/api/v1"
FORM = {"username": "you@example.com", "password": "YOUR_PASSWORD"}
ORDER = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": "A neon city skyline at dusk"}
LONG = "generations: [{then: [processing]}]"

pytestmark = pytest.mark.imaginelab(intercept=True, virtual_sleep=True, clocks=True)

async def buy():
    async with httpx.AsyncClient(base_url=BASE) as client:
        token = (await client.post("/auth/login", data=FORM)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        number = (await client.post("/generations", json=ORDER)).json()["id"]
        polls = 1
        while (await client.get(f"/generations/{number}/status")).json()["status"] != "completed":
            await anyio.sleep(2)
            polls += 1
    return polls

MARK
async def test_alone(imaginelab):
    assert await buy() == 5

MARK
async def test_together(imaginelab):
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(buy)
    assert imaginelab.credits == 75

MARK
@pytest.mark.imaginelab(LONG)
async def test_a_deadline(imaginelab):
    began = time.monotonic()
    with anyio.move_on_after(60) as scope:
        await buy()
    assert scope.cancelled_caught
    assert 60 <= time.monotonic() - began < 90
"""

BACKENDS = """
@pytest.fixture(params=["asyncio", "trio", ("asyncio", {"use_uvloop": True})])
def anyio_backend(request):
    return request.param
"""

STUCK = """
import time
import pytest

@pytest.mark.imaginelab("generations: [{then: [processing]}]", clock="manual")
def test_stuck(imaginelab):
    imaginelab.token()
    while True:
        time.sleep(0.01)

def test_the_next(imaginelab):
    imaginelab.expect(count=0)
"""

UNSTEADY = """
import pytest

runs = []

def test_it(imaginelab):
    imaginelab.expect(count=0)
    imaginelab.token()
    runs.append(imaginelab.name)
    assert len(runs) == 3
"""

SHUT = """
import _socket, socket, threading
import pytest

HOST = "api.imagineview.art"
real, go, done = _socket.getaddrinfo, threading.Event(), threading.Event()

def never(host, *arguments):
    assert host != HOST
    return real(host, *arguments)

_socket.getaddrinfo = never

def refused():
    with pytest.raises(socket.gaierror, match="asked for the real API"):
        socket.create_connection((HOST, 443))

def ask_late():
    go.wait(60)
    refused()
    done.set()

@pytest.mark.imaginelab(intercept=True)
def test_first():
    threading.Thread(target=ask_late, daemon=True).start()

@pytest.mark.parametrize("number", range(3))
def test_others(number):
    refused()
    go.set()
    assert done.wait(60)
"""

AS_TASK = TASKS.replace("MARK", "@pytest.mark.asyncio")

# Only the time of the test counts, because starting the session's server may take longer on a busy machine.
SOON = "-p timeout --timeout=2 -o timeout_func_only=true"

SESSIONS = {
    "randomly": (SYNC, "-p pytest_randomly", "6 passed"),
    "xdist": (SYNC, "-p xdist -n 2", "6 passed"),
    "timeout, signal": (SYNC, "-p timeout --timeout=100 --timeout-method=signal", "6 passed"),
    "timeout, thread": (SYNC, "-p timeout --timeout=100 --timeout-method=thread", "6 passed"),
    "timeout, signal, stuck": (STUCK, f"{SOON} --timeout-method=signal", "1 failed, 1 passed"),
    "timeout, thread, stuck": (STUCK, f"{SOON} --timeout-method=thread", "+ Timeout +"),
    "socket": (SYNC, "-p pytest_socket --disable-socket --allow-hosts=127.0.0.1", "6 passed"),
    "socket, shut": (SHUT, "-p pytest_socket --disable-socket --allow-hosts=127.0.0.1", "4 passed"),
    "rerunfailures": (UNSTEADY, "-p rerunfailures --reruns=2", "1 passed, 2 rerun"),
    "asyncio, strict": (AS_TASK, " ".join((*LOOP, "-o asyncio_mode=strict")), "3 passed"),
    "asyncio, auto": (TASKS.replace("MARK", ""), " ".join((*LOOP, "-o asyncio_mode=auto")), "3 passed"),
    "anyio": (TASKS.replace("MARK", "@pytest.mark.anyio") + BACKENDS, "-p anyio", "9 passed"),
}


@pytest.mark.parametrize(("tests", "options", "expected"), SESSIONS.values(), ids=list(SESSIONS))
def test_the_fixture_works_with_a_plugin_of_pytest(
    session: Session, tmp_path: Path, tests: str, options: str, expected: str
) -> None:
    (tmp_path / "test_in_a_session.py").write_text(tests, encoding="utf-8")
    said = session(*options.split())
    assert expected in (outcome(said) if "passed" in expected else said), said


def test_a_parallel_session_in_random_order_passes_each_of_ten_times(session: Session, tmp_path: Path) -> None:
    (tmp_path / "test_in_a_session.py").write_text(SYNC, encoding="utf-8")
    said = [session("-p", "xdist", "-p", "pytest_randomly", "-n", "4") for _ in range(10)]
    assert [outcome(each) for each in said] == ["6 passed"] * 10
