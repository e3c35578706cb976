"""A program that serves until its standard input ends, and then prints its actions beside answering.

It runs in a process of its own, because watching cannot be stopped. The first line is the address; each further line is
an event of Python's audit that reaches out of the process, with its arguments.
"""

# Loaded before the watch begins, because it opens the running program as a library. A Faker before 37 brings
# python-dateutil, which loads it.
import ctypes  # noqa: F401
import os
import sys

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds

OUTWARD = (
    "socket.connect",
    "socket.send",
    "socket.get",
    "subprocess.",
    "os.",
    "shutil.",
    "urllib.",
    "http.",
    "ctypes.",
)
LOOKING = ("os.listdir", "os.scandir", "os.walk")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

seen: list[str] = []


def watch(event: str, about: tuple[object, ...]) -> None:
    if event == "open":
        flags = about[2]
        seen.append(f"{'write' if isinstance(flags, int) and flags & WRITING else 'read'} {about[0]!r}")
    elif event.startswith(OUTWARD) and event not in LOOKING:
        seen.append(f"{event} {about!r}")


if __name__ == "__main__":
    scenario = Scenario(clock=ClockSettings(mode=Mode.POLL))
    with ServerThread(application(Worlds(FixedSource(LoadedScenario(scenario))))) as server:
        print(server.url, flush=True)
        sys.addaudithook(watch)
        sys.stdin.read()
        print(*seen, sep="\n")
