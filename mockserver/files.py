"""Opening a file without waiting for another process."""

import os


def open_without_waiting(path: str, flags: int) -> int:
    """Open a file as `os.open` does, and a pipe at once: otherwise it opens only when its other end is open too.

    A pipe opened for writing that is not read is an OSError.
    """
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
