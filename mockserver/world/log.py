"""The log of a running server: its entries as values, and the two forms in which they are written.

Other modules make the entries; only this module turns the entries into text. The text form is for people: each entry is
one printable line, even if it repeats text from a client. So no client can add a line to the log. Only the traceback of
an error needs further lines, which are indented. The JSON form is for programs that collect logs: one object a line,
with the real `time`, `level` and `event`.
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
from mockserver.core.wording import printable, printable_json
from mockserver.world.clock import RealTime

INFO: Final = "info"
WARNING: Final = "warning"
ERROR: Final = "error"


class Exchanged(Struct, frozen=True, kw_only=True, tag_field="event", tag="exchange"):
    """A request was answered.

    `number` is its number and `at` the virtual instant; both are None if no world could handle the request.

    `target` is the path and query of the request, without secrets. `status` None means no answer. `rule` is the file
    and line of the rule that scripted the answer, `generation` the id of the generation that the request was about.
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
        """The level of this entry: a warning if no journal holds the exchange."""
        return WARNING if self.number is None else INFO

    def __str__(self) -> str:
        request = self.operation or f"{self.method} {unquote(self.target.partition('?')[0])!r}"
        line = f"{request} {self.status or 'unanswered'}"
        if self.number is None:
            return " ".join(filter(None, (self.world, line, self.hint)))
        return f"{self.at} {self.world} {line} {self.rule}" if self.rule else f"{self.at} {self.world} {line}"


class Noted(Struct, frozen=True, tag_field="event", tag="note"):
    """A message for the user of the server."""

    message: str
    level = INFO

    def __str__(self) -> str:
        return self.message


class Warned(Struct, frozen=True, tag_field="event", tag="warning"):
    """A warning about a likely mistake."""

    message: str
    level = WARNING

    def __str__(self) -> str:
        return f"warning: {self.message}"


class Failed(Struct, frozen=True, tag_field="event", tag="error"):
    """An error. `traceback` shows where the program failed; None if the error is not a fault in the program itself."""

    message: str
    traceback: str | None = None
    level = ERROR

    def __str__(self) -> str:
        return self.message


class RefusedHost(Struct, frozen=True, tag_field="event", tag="refused"):
    """A client asked the server to connect it to another host."""

    host: str
    port: int
    level = WARNING

    def __str__(self) -> str:
        return f"refused {self.host}:{self.port}"


class LeftOut(Struct, frozen=True, tag_field="event", tag="left_out"):
    """Lines of the log are missing here, because they could not be written to standard error."""

    count: int
    reason: str
    """The end of the sentence that begins with "standard error"."""

    level = WARNING

    def __str__(self) -> str:
        lines = "1 line of the log was" if self.count == 1 else f"{self.count} lines of the log were"
        return f"{lines} left out, as standard error {self.reason}"


LogEntry = Exchanged | Noted | Warned | Failed | RefusedHost | LeftOut
"""An entry of the log. `str` of an entry gives the line for people."""

Log = Callable[[LogEntry], object]
"""A function that accepts an entry without blocking, from any thread."""


def as_text(told: LogEntry) -> str:
    """Return an entry as a line for people, with the traceback of an error indented below it."""
    traceback = (told.traceback or "").splitlines() if isinstance(told, Failed) else ()
    return "\n".join([printable(str(told)), *(f"  {printable(line)}" for line in traceback)])


def as_json(real: RealTime | None = None) -> Callable[[LogEntry], str]:
    """Return a function that writes an entry as a JSON object on one line, with the time that `real` shows."""
    today = (real or RealTime()).today

    def form(told: LogEntry) -> str:
        # ASCII only: For a character that standard error cannot encode, Python would write an escape that is not JSON.
        entry = json.dumps({"time": iso(today()), "level": told.level, **to_builtins(told)})
        return printable_json(entry)

    return form


class _LogHandler(logging.Handler):
    """A handler that passes the records of a Python logger to a log."""

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
def forwarded_loggers(log: Log, *loggers: str) -> Iterator[None]:
    """Send the records of Python loggers to a log, and not to the handlers of their parents, inside a `with` block.

    Without names, the root logger is used. It gets all records that no other handler accepts. Python itself would write
    these records to standard error.
    """
    loggers = loggers or (logging.root.name,)
    handler, heard = _LogHandler(log), [logging.getLogger(name) for name in loggers]
    before = [logger.propagate for logger in heard]
    for logger in heard:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagated in zip(heard, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate = propagated
