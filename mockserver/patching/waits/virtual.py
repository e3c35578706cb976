"""Virtual sleep: for the length of a `with` block, a test's sleeping moves the world's clock instead of waiting."""

from contextlib import ExitStack
from typing import Self

from mockserver.patching.waits.clocks import CLOCKS
from mockserver.patching.waits.current import SCHEDULERS
from mockserver.patching.waits.dispatch import install
from mockserver.patching.waits.events import EVENTS
from mockserver.patching.waits.scheduler import Scheduler, Threads
from mockserver.patching.waits.settings import SleepSettings


class VirtualSleep(SleepSettings):
    """Replaces the sleeps of `time`, `asyncio`, `anyio` and `trio` for one test within a `with` block.

    This applies to the thread that enters the block and to threads started later, except servers (`RealThread`) and
    `threading.Timer`. A client that is asleep at the end of the block sleeps the rest in real time. Blocks can be
    nested. An object can be used again after its block has ended; raises RuntimeError if it is entered twice at once.
    """

    _scheduler: Scheduler | None = None

    def __enter__(self) -> Self:
        if self._scheduler is not None:
            msg = "this virtual sleep is in force already; make another one to nest it"
            raise RuntimeError(msg)
        install()
        self._scheduler = Scheduler(self, Threads())
        SCHEDULERS.append(self._scheduler)
        self._undo = ExitStack()
        self._undo.callback(self._end, self._scheduler)
        for replacement in (*(CLOCKS if self.clocks else ()), *(EVENTS if self.events else ())):
            replacement.put()
            self._undo.callback(replacement.take)
        return self

    def _end(self, scheduler: Scheduler) -> None:
        SCHEDULERS.remove(scheduler)
        scheduler.close()
        self._scheduler = None

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def look(self) -> None:
        """Read the clock again after other code has moved it; do nothing outside the `with` block."""
        if self._scheduler is not None:
            self._scheduler.look()

    def start_over(self) -> None:
        """Adopt the clock of a world that has started over; do nothing outside the `with` block.

        A running sleep lasts as long as it would have; `time.monotonic` goes on, and `time.time` returns the new date.
        """
        if self._scheduler is not None:
            self._scheduler.start_over()

    def diagnosis(self) -> str:
        """Return why the clock stands still although 1,000 polls or more arrived; the empty text if nothing is wrong.

        It is cheap enough for each poll, and any thread may call it.
        """
        return "" if self._scheduler is None else self._scheduler.diagnosis()
