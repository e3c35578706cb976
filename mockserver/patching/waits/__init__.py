"""Sleeping that costs nothing: a test's own threads and tasks move the world's clock where they would wait.

Nothing is patched for others: the functions that stand where those that sleep stood ask whose thread calls.
"""

from mockserver.patching.waits.dispatch import install
from mockserver.patching.waits.real import RealThread
from mockserver.patching.waits.settings import CannotSleep, MovableClock
from mockserver.patching.waits.virtual import VirtualSleep

__all__ = ["CannotSleep", "MovableClock", "RealThread", "VirtualSleep", "install"]
