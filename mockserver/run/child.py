"""The command as a process: in the foreground where it was started, told every signal once, and waited for.

Signals are awaited, not handled: so it is known which of them the terminal has sent to the command already.
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

# Source: signal(7) and the shells: what stands for a command that cannot be started, and for one that a signal ended.
NOT_FOUND: Final = 127
NOT_EXECUTABLE: Final = 126
BY_A_SIGNAL: Final = 128


class CannotStart(Exception):
    """A command that cannot be started; the text is one sentence, `status` what a shell would end with."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class Ended(Struct, frozen=True):
    """How a command ended: by itself with `code`, or by a signal."""

    code: int | None = None
    signal: int | None = None

    @property
    def status(self) -> int:
        """What a shell says of it."""
        return BY_A_SIGNAL + self.signal if self.signal is not None else self.code or 0

    def __str__(self) -> str:
        return f"status {self.code}" if self.signal is None else f"signal {signal.Signals(self.signal).name}"


@contextmanager
def signals_held() -> Iterator[None]:
    """Keep signals for `lived`, in threads too that are started within the `with` block."""
    # Whoever ignores the ends of its children, which is inherited, is not told how they ended.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    try:
        yield
    finally:
        # What came when there was nobody left to pass it on to.
        while signal.sigpending() & _AWAITED:
            signal.sigwait(_AWAITED)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def lived(command: tuple[str, ...], environment: Mapping[str, str]) -> Ended:
    """Start a command, pass signals on to it until it ends, and return how it did; CannotStart if it cannot begin.

    Must be called while signals are held, in the main thread.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    early = signal.sigpending() & _PASSED_ON
    if early:
        # The command would never hear of it.
        return Ended(signal=min(early))
    if not command[0]:
        # Python refuses it before the system is asked; shells say the same of it as of any other name.
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
    """Wait for a signal; tell which it is, and whether the terminal sent it, and so to the command as well."""
    if hasattr(signal, "sigwaitinfo"):
        info = signal.sigwaitinfo(_AWAITED)
        # Source: sigaction(2): SI_KERNEL. What a process sends is 0 or less.
        return info.si_signo, info.si_code > 0
    number = signal.sigwait(_AWAITED)
    return number, number in (signal.SIGINT, signal.SIGQUIT) and os.isatty(0)
