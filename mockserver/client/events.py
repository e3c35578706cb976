"""The events of a world, as they happen."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from mockserver.client.control import Stream

# Digits of an id that is read.
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    id: int

    kind: str
    """`exchange`, `clock`, `generation` or `reset`; `dropped` is the last event of a reader that was too slow."""

    data: dict[str, Any]


class Events:
    """The events of a world, from the creation of this object until it is closed.

    Any thread may close it, which ends the iteration. Raises Unreachable if the server ends the stream. Raises
    TimeoutError if the next event does not come within the timeout; the stream is closed then.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._events = parsed(stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        self._stream.renew()
        return next(self._events)

    def close(self) -> None:
        """Stop listening."""
        self._stream.close()


def parsed(lines: Iterable[bytes]) -> Iterator[Event]:
    """Yield each event of a stream, which ends with an empty line; comments and ids that are no number are passed over.

    Source: WHATWG HTML, "Server-sent events", section "Interpreting an event stream".
    """
    fields: dict[str, str] = {}
    last = 0
    for line in lines:
        name, _, value = line.decode().rstrip("\r\n").partition(":")
        if line.strip():
            fields[name] = value.removeprefix(" ")
            continue
        last = _id(fields.get("id", ""), last)
        if "data" in fields:
            yield Event(last, fields.get("event", "message"), json.loads(fields["data"]))
        fields = {}


def _id(text: str, last: int) -> int:
    """Return the id of an event; the one of the event before where it has none that is a number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else last
