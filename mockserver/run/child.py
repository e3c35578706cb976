"""The command as a process in the foreground. It gets every signal once, and its end is awaited.

Signals are awaited, not handled, because only that way tells whether the terminal sent one to the command as well.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from msgspec import Struct

_PASSED_ON: Final = frozenset(
    {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
)
_AWAITED: Final = _PASSED_ON | {signal.SIGCHLD}

_IGNORED_BY_PYTHON: Final = (signal.SIGPIPE, signal.SIGXFSZ)

# Source: signal(7) and the shells: the exit statuses for a command that cannot start, and for one ended by a signal.
NOT_FOUND: Final = 127
NOT_EXECUTABLE: Final = 126
BY_A_SIGNAL: Final = 128


class CannotStart(Exception):
    """A command cannot be started; the text is one sentence, `status` the exit status of a shell in that case."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class Ended(Struct, frozen=True):
    """The end of a command."""

    code: int | None = None
    """The exit code, None if a signal ended it."""

    signal: int | None = None
    """The number of the signal that ended it."""

    @property
    def status(self) -> int:
        """The exit status that a shell would report."""
        return BY_A_SIGNAL + self.signal if self.signal is not None else self.code or 0

    def __str__(self) -> str:
        return f"status {self.code}" if self.signal is None else f"signal {signal.Signals(self.signal).name}"


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold signals back for `run_child`, also in threads that start within the `with` block."""
    # A process that ignores SIGCHLD, perhaps as its parent did, does not learn how its children ended.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    try:
        yield
    finally:
        # Drop signals that arrived after the command had ended.
        while signal.sigpending() & _AWAITED:
            signal.sigwait(_AWAITED)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_child(command: tuple[str, ...], environment: Mapping[str, str]) -> Ended:
    """Start a command, pass signals on to it until it ends, and return its end; raises CannotStart if it cannot start.

    Call it in the main thread, within `signals_held`.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    early = signal.sigpending() & _PASSED_ON
    if early:
        # The command is not started yet, so nothing could pass the signal on.
        return Ended(signal=min(early))
    if not command[0]:
        # Python refuses an empty name before it asks the system; shells treat it as any unknown name.
        raise CannotStart("there is no command ''", NOT_FOUND)
    try:
        pid = os.posix_spawnp(
            command[0], command, environment, setsigmask=before - _AWAITED, setsigdef=_IGNORED_BY_PYTHON
        )
    except FileNotFoundError as error:
        raise CannotStart(f"there is no command {command[0]}", NOT_FOUND) from error
    except OSError as error:
        raise CannotStart(f"{command[0]} cannot be started: {error.strerror}", NOT_EXECUTABLE) from error
    while (ended := _ended(pid)) is None:
        number, from_the_terminal = _next_signal()
        if number in _PASSED_ON and not from_the_terminal:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
    return ended


def _ended(pid: int) -> Ended | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    if not found:
        return None
    return Ended(signal=os.WTERMSIG(status)) if os.WIFSIGNALED(status) else Ended(os.WEXITSTATUS(status))


def _next_signal() -> tuple[int, bool]:
    """Wait for a signal; return its number, and whether the terminal sent it (and so also to the command)."""
    if hasattr(signal, "sigwaitinfo"):
        info = signal.sigwaitinfo(_AWAITED)
        # Source: sigaction(2): SI_KERNEL. The code of a signal from a process is 0 or less.
        return info.si_signo, info.si_code > 0
    number = signal.sigwait(_AWAITED)
    return number, number in (signal.SIGINT, signal.SIGQUIT) and os.isatty(0)
