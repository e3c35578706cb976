"""The connection of a request, as Uvicorn's protocol and the application see it."""

import asyncio
import socket
import struct
from typing import Protocol

from starlette.types import Message, Receive


class Line(Protocol):
    """The protocol beneath: it alone decides when the connection is read and closed."""

    def answered(self) -> None:
        """Take the connection back after an answer."""

    def end(self) -> None:
        """Close the connection after the bytes that are written."""

    def hold_reading(self, hold: bool) -> None:
        """Stop or go on reading the body of a request."""


class HttpTransport(asyncio.Transport):
    """The connection of a request, and the facts of the present request that its ASGI scope has no place for.

    Uvicorn's protocol writes the head and the body of an answer one after the other. Each would be a segment of its
    own, and wake the client: so bytes can be held back until both are there.
    """

    def __init__(self, line: Line, beneath: asyncio.Transport) -> None:
        super().__init__()
        self.gone = asyncio.Event()
        """Set once the client has closed the connection, or its side of it."""
        self.begin(oversized=False, whole_url=None)
        self._line: Line | None = line
        """None once the connection is lost."""
        self._beneath = beneath
        self._held: list[bytes] | None = None
        # Called at every request; kept here, they need no call of their own.
        self.is_closing = beneath.is_closing  # type: ignore[method-assign]
        self.get_extra_info = beneath.get_extra_info  # type: ignore[method-assign]

    def begin(self, *, oversized: bool, whole_url: bytes | None) -> None:
        """Note the facts of a request that begins."""
        self.oversized = oversized
        """Whether its headers are over the limit, and are thrown away."""
        self.whole_url = whole_url
        """Its target, if that is a whole URL, as proxies get it."""
        self.headers: list[tuple[bytes, bytes]] | None = None
        """Its headers as they were sent, if Uvicorn's protocol gets others."""
        self.started = False
        """Whether a byte of its answer has been written."""
        self._read = False
        """Whether the application has got its whole body."""

    async def receive(self, receive: Receive) -> Message:
        """Return the next message for the application; after the body that is the client's going, and nothing else."""
        if self._read:
            await self.gone.wait()
            return {"type": "http.disconnect"}
        message = await receive()
        self._read = not message.get("more_body", False)
        return message

    def lose(self) -> None:
        """Note that the connection is lost, and let the protocol beneath go: the two hold each other."""
        self.gone.set()
        self._line = None

    def answered(self) -> None:
        """Say that the application has returned, so that the next request may come."""
        if self._line is not None:
            self._line.answered()

    def hold(self) -> None:
        """Keep all bytes that are written from now on."""
        self._held = []

    def release(self) -> None:
        """Write the kept bytes, and stop keeping."""
        held, self._held = self._held, None
        if held:
            self.write(b"".join(held))

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write now, or keep the bytes; bytes after the end of the connection are lost."""
        if self._held is not None:
            self._held.append(bytes(data))
        elif not self._beneath.is_closing():
            self.started = True
            self._beneath.write(data)

    def close(self) -> None:
        """Write the kept bytes, and close the connection."""
        self.release()
        if self._line is not None:
            self._line.end()

    def reset(self) -> None:
        """End the connection with a RST; bytes on their way to the client are lost."""
        plain = self._beneath.get_extra_info("socket")
        if plain is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._beneath.abort()

    def abort(self) -> None:
        """Close the connection at once."""
        self._beneath.abort()

    def pause_reading(self) -> None:
        """Let the client wait until the application has taken some of the body."""
        self._hold_reading(hold=True)

    def resume_reading(self) -> None:
        """Go on reading the body."""
        self._hold_reading(hold=False)

    def _hold_reading(self, hold: bool) -> None:
        if self._line is not None:
            self._line.hold_reading(hold)
