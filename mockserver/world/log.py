"""The log of a running server: its records as values, and the two forms in which they are written.

The other modules make records; only this one puts them into words. The text form is for people. The JSON form is for
programs that collect logs: one object a line, with the real `time`, `level` and `event`.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import unquote

from msgspec import Struct, to_builtins

from mockserver.core.instant import iso
from mockserver.core.operation import Operation
from mockserver.world.clock import RealTime

INFO: Final = "info"
WARNING: Final = "warning"
ERROR: Final = "error"


class Exchanged(Struct, frozen=True, kw_only=True, tag_field="event", tag="exchange"):
    """A request was answered; `number` and `at`, the virtual instant, are None if no world could take the request.

    `target` is its path and query, without secrets; `status` None means no answer. `rule` is the file and line of the
    rule that scripted the answer, `generation` the id of the generation that the request was about.
    """

    at: str | None = None
    world: str | None
    number: int | None = None
    operation: Operation | None
    method: str
    target: str
    status: int | None
    rule: str | None = None
    hint: str | None
    generation: int | None = None

    @property
    def level(self) -> str:
        """The level: a warning if no journal has the request."""
        return WARNING if self.number is None else INFO

    def __str__(self) -> str:
        what = self.operation or f"{self.method} {unquote(self.target.partition('?')[0])!r}"
        line = f"{what} {self.status or 'unanswered'}"
        if self.number is None:
            return " ".join(filter(None, (self.world, line, self.hint)))
        return f"{self.at} {self.world} {line} {self.rule}" if self.rule else f"{self.at} {self.world} {line}"


class Noted(Struct, frozen=True, tag_field="event", tag="note"):
    """Something happened that a person may want to know."""

    message: str
    level = INFO

    def __str__(self) -> str:
        return self.message


class Warned(Struct, frozen=True, tag_field="event", tag="warning"):
    """Something is likely a mistake."""

    message: str
    level = WARNING

    def __str__(self) -> str:
        return f"warning: {self.message}"


class Failed(Struct, frozen=True, tag_field="event", tag="error"):
    """Something went wrong; `traceback` is None unless it is a mistake in this program."""

    message: str
    traceback: str | None = None
    level = ERROR

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.message, self.traceback)))


class RefusedHost(Struct, frozen=True, tag_field="event", tag="refused"):
    """A client asked for another host by way of the server."""

    host: str
    port: int
    level = WARNING

    def __str__(self) -> str:
        return f"refused {self.host}:{self.port}"


class LeftOut(Struct, frozen=True, tag_field="event", tag="left_out"):
    """Lines of the log are missing here, as standard error did not take them."""

    count: int
    reason: str
    """The end of a sentence that begins with "standard error"."""

    level = WARNING

    def __str__(self) -> str:
        lines = "1 line of the log was" if self.count == 1 else f"{self.count} lines of the log were"
        return f"{lines} left out, as standard error {self.reason}"


Told = Exchanged | Noted | Warned | Failed | RefusedHost | LeftOut
"""A record of the log; its text is the line for people."""

Log = Callable[[Told], object]
"""A function that takes a record. It returns at once and may be called from any thread."""


def as_text(told: Told) -> str:
    """Return a record as text for people."""
    return str(told)


def as_json(real: RealTime | None = None) -> Callable[[Told], str]:
    """Return a function that turns a record into one line of JSON; `real` is the source of its time."""
    today = (real or RealTime()).today

    def form(told: Told) -> str:
        # ASCII only: Python's own escape for a character that standard error cannot encode is no JSON.
        return json.dumps({"time": iso(today()), "level": told.level, **to_builtins(told)})

    return form


class _Ear(logging.Handler):
    """Passes the records of Python's loggers on to a log."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.ERROR:
            self._log(Warned(record.getMessage()))
            return
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else None
        self._log(Failed(record.getMessage(), trace))


@contextmanager
def hearing(log: Log, *loggers: str) -> Iterator[None]:
    """Send the records of Python's loggers to a log, and to no parent's handler, while the context lasts.

    Without names it is the root logger: it gets all records that no other handler takes. Python would write those to
    standard error itself.
    """
    loggers = loggers or (logging.root.name,)
    ear, heard = _Ear(log), [logging.getLogger(name) for name in loggers]
    before = [logger.propagate for logger in heard]
    for logger in heard:
        logger.addHandler(ear)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagated in zip(heard, before, strict=True):
            logger.removeHandler(ear)
            logger.propagate = propagated
