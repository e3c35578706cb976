"""The date that client code sees: the clock's, exactly, for as long as somebody moves that."""

from mockserver.patching.waits.terms import SECOND


class Date:
    """The date of `time.time`, from a clock that the test moves and the real time of the call.

    While nothing moves the clock, the date goes on with real time, in whole seconds: a client that waits for a date
    without sleeping sees it come in the end, and within a second it sees the same date as the mock. It never goes back.
    """

    def __init__(self, now: int, elapsed: int) -> None:
        self._now = self._shown = now
        self._since = elapsed

    def move(self, now: int, elapsed: int) -> None:
        """Note where the clock is now."""
        self._now, self._since = now, elapsed

    def at(self, elapsed: int) -> int:
        """Return the instant that is shown."""
        self._shown = max(self._shown, self._now + (elapsed - self._since) // SECOND * SECOND)
        return self._shown
