"""One connection without a socket: a transport that records, and an event loop whose time stands still."""

import asyncio


class Wire(asyncio.Transport):
    """A transport that records the bytes written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = self.paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.half_closed, "bytes are written behind the end"
        self.written += data

    half_closed = False

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.half_closed = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        assert not self.paused
        self.paused = True

    def resume_reading(self) -> None:
        assert self.paused
        self.paused = False

    @property
    def ended(self) -> bool:
        """Whether the client can see that no more bytes will come."""
        return self.closed or self.half_closed


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still, but for `pass_time`."""

    now = 0.0

    def time(self) -> float:
        return self.now
