"""Other processes: their time is real, except in a forked child, which belongs to the client."""

import asyncio
import os
import subprocess
import sys
import time

import pytest

from mockserver.patching.waits import VirtualSleep

from .hands import PATIENCE, Hands, InFlight, Started


def test_waiting_for_a_process_is_real() -> None:
    """`subprocess` sleeps between two looks at the child, which does not end sooner in virtual time."""
    hands = Hands()
    with VirtualSleep(hands):
        ended = subprocess.run([sys.executable, "-c", ""], timeout=PATIENCE, check=False)
    assert (ended.returncode, hands.moves) == (0, [])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_sleeps_virtually_too() -> None:
    hands, busy = Hands(), InFlight()
    reader, writer = os.pipe()
    with VirtualSleep(hands, busy=busy):
        asleep = Started(lambda: time.sleep(1e-6))
        busy.wait()
        child = os.fork()
        if not child:
            time.sleep(5)
            asyncio.run(asyncio.sleep(6))
            os.write(writer, repr(hands.moves).encode())
            os._exit(0)
        assert os.waitpid(child, 0) == (child, 0)
    asleep.result()
    assert (os.read(reader, 100), hands.moves) == (b"[5.0, 6.0]", [])
    os.close(reader)
    os.close(writer)
