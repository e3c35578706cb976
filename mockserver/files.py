"""Opening a file without waiting for another process."""

import os


def open_without_waiting(path: str, flags: int) -> int:
    """Open a file as `os.open` does, but a pipe at once, without waiting until its other end is open.

    Raises OSError for a pipe that is opened for writing and has no reader.
    """
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
