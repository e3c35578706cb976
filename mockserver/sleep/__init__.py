"""Sleeping that costs nothing: a test's own threads and tasks move the world's clock where they would wait.

Nothing is patched for others: the functions that stand where those that sleep stood ask whose thread calls.
"""

from mockserver.sleep.dispatch import install
from mockserver.sleep.terms import CannotSleep, MovableClock
from mockserver.sleep.threads import RealThread
from mockserver.sleep.virtual import VirtualSleep

__all__ = ["CannotSleep", "MovableClock", "RealThread", "VirtualSleep", "install"]
