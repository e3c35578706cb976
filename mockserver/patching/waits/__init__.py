"""Make sleeps take no real time: the threads and tasks of a test move the world's clock instead of waiting.

Other threads sleep for real: each replaced function checks which thread calls it.
"""

from mockserver.patching.waits.dispatch import install
from mockserver.patching.waits.real import RealThread
from mockserver.patching.waits.settings import CannotSleep, MovableClock
from mockserver.patching.waits.virtual import VirtualSleep

__all__ = ["CannotSleep", "MovableClock", "RealThread", "VirtualSleep", "install"]
