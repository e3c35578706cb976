"""The media files of one world that were read most recently.

So a file that a client reads in parts is made only once.
"""

from collections.abc import Callable
from typing import Final

LIMIT: Final = 4 * 1024 * 1024
"""The most bytes that the cache of one world holds. When it is full, it drops the file that was used longest ago."""


class FileCache:
    """Files by the number from which they are made. A file that is made again has the same bytes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._files: dict[int, bytes] = {}
        self._limit = limit
        self._bytes = 0

    def __contains__(self, key: int) -> bool:
        return key in self._files

    def take(self, key: int, make: Callable[[], bytes]) -> bytes:
        """Return the file of this number. If the cache does not hold the file, `make` makes it."""
        file = self._files.pop(key, None)
        if file is None:
            file = make()
            self._bytes += len(file)
        self._files[key] = file
        while self._bytes > self._limit and len(self._files) > 1:
            self._bytes -= len(self._files.pop(next(iter(self._files))))
        return file
