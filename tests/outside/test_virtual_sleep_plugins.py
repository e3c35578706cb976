"""Virtual sleep under plugins of pytest written by others, each in its own session."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mockserver

FIXTURE = """
import asyncio, threading, time
import pytest
from mockserver.patching.waits import VirtualSleep

class Hands:
    at = 0
    def now(self):
        return self.at
    def advance(self, duration):
        self.at += duration

@pytest.fixture
def hands():
    before = threading.enumerate()
    hands = Hands()
    with VirtualSleep(hands, clocks=True, events=True, busy=lambda: busy):
        yield hands
    assert threading.enumerate() == before

busy = False
"""

SYNC = """
@pytest.mark.parametrize("i", range(5))
def test_sync(hands, i):
    time.sleep(3000)
    assert not threading.Event().wait(3)
    assert hands.at == 3003_000_000
"""

STUCK = """
def test_stuck(hands):
    global busy
    busy = True
    other = threading.Thread(target=time.sleep, args=(3,), daemon=True)
    other.start()
    time.sleep(3000)
"""

AS_TASK = """
async def test_async(hands):
    await asyncio.sleep(3000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await asyncio.gather(asyncio.sleep(3000), asyncio.sleep(61))
    assert 3060_000_000 <= hands.at <= 3061_000_000
"""

MARKED = "pytestmark = pytest.mark.asyncio\n"

ANYIO = """
import anyio

@pytest.mark.anyio
async def test_anyio(hands):
    await anyio.sleep(3000)
    with anyio.move_on_after(60):
        while True:
            await anyio.sleep(2)
    assert 3058_000_000 <= hands.at <= 3060_000_000

@pytest.fixture(params=["asyncio", "trio", ("asyncio", {"use_uvloop": True})])
def anyio_backend(request):
    return request.param
"""

LOOP = "-p asyncio -o asyncio_default_fixture_loop_scope=function"

SESSIONS = {
    "pytest-timeout, signal": (SYNC, "-p timeout --timeout=50 --timeout-method=signal", "5 passed"),
    "pytest-timeout, thread": (SYNC, "-p timeout --timeout=50 --timeout-method=thread", "5 passed"),
    "pytest-timeout, signal, stuck": (STUCK, "-p timeout --timeout=0.5 --timeout-method=signal", "1 failed"),
    "pytest-timeout, thread, stuck": (STUCK, "-p timeout --timeout=0.5 --timeout-method=thread", "Timeout"),
    "pytest-asyncio, auto": (AS_TASK, f"{LOOP} -o asyncio_mode=auto", "1 passed"),
    "pytest-asyncio, strict": (MARKED + AS_TASK, f"{LOOP} -o asyncio_mode=strict", "1 passed"),
    "anyio": (ANYIO, "-p anyio", "3 passed"),
    "xdist": (SYNC, "-p xdist -n 2", "5 passed"),
}


@pytest.mark.parametrize(("tests", "options", "outcome"), SESSIONS.values(), ids=list(SESSIONS))
def test_virtual_sleep_works_with_a_plugin_of_pytest(tests: str, options: str, outcome: str, tmp_path: Path) -> None:
    (tmp_path / "test_in_a_session.py").write_text(FIXTURE + tests)
    said = run("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *options.split(), str(tmp_path))
    assert outcome in said, said


def run(*arguments: str) -> str:
    """Run Python with this checkout and only the named plugins of pytest, and return its whole output."""
    environment = os.environ | {"PYTHONPATH": str(Path(mockserver.__file__).parents[1])}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return ended.stdout + ended.stderr


def test_virtual_sleep_works_with_trio_imported_late() -> None:
    program = """
import sys
from mockserver.patching.waits import VirtualSleep
class Hands:
    at = 0
    def now(self): return self.at
    def advance(self, duration): self.at += duration
with VirtualSleep(Hands()) as virtual:
    assert "trio" not in sys.modules
    import anyio
    anyio.run(anyio.sleep, 1000, backend="trio")
    anyio.run(anyio.sleep, 1000, backend="asyncio")
print(virtual.clock.at)
"""
    assert run("-W", "error", "-c", program) == "2000000000\n"
