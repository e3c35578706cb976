"""A listener to the events of a world, which behaves as a browser does."""

import http.client
import json
import socket
from typing import Any

from tests.support.client import Client

Told = tuple[str, Any]
"""The kind of an event, and its data."""


class Stream:
    """A stream of events.

    `id` is the id of the last event, `opening` the fields before the first. `since` is sent as a query; `receives` is
    the number of bytes that the kernel keeps for an idle reader.
    """

    def __init__(
        self,
        client: Client,
        world: str = "",
        since: str = "",
        last_event_id: str | None = None,
        receives: int | None = None,
    ) -> None:
        host, port = client.url.removeprefix("http://").split(":")
        self._connection = http.client.HTTPConnection(host, int(port), timeout=30)
        if receives is not None:
            self._connection.sock = socket.socket()
            self._connection.sock.settimeout(30)
            self._connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
            self._connection.sock.connect((host, int(port)))
        known = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        self._connection.request("GET", f"{world}/__mock/events{since}", headers=known)
        self.answer = self._connection.getresponse()
        self.id = 0
        self.opening = self.block() if self.answer.status == 200 else {}

    def close(self) -> None:
        self.answer.close()
        self._connection.close()

    def block(self) -> dict[str, str]:
        """The fields up to the next empty line; nothing at the end of the stream."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        self.id = int(fields.get("id", self.id))
        return fields

    def told(self) -> Told | None:
        fields = self.block()
        return (fields["event"], json.loads(fields["data"])) if fields else None

    def next(self, count: int) -> list[Told | None]:
        return [self.told() for _ in range(count)]

    def rest(self) -> list[Told]:
        """Return all events until the stream ends, which must be a proper end."""
        return list(iter(self.told, None))
