"""The media files of one world that were read lately, so that reading a file in parts makes it only once."""

from collections.abc import Callable
from typing import Final

LIMIT: Final = 4 * 1024 * 1024
"""Bytes that a cache holds. The file that was used longest ago makes room."""


class FileCache:
    """Files by the number that they are made from. A file that was dropped is made again with the same bytes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._files: dict[int, bytes] = {}
        self._limit = limit
        self._bytes = 0

    def take(self, key: int, make: Callable[[], bytes]) -> bytes:
        """Return the file of this number; `make` makes it if it is not in the cache."""
        file = self._files.pop(key, None)
        if file is None:
            file = make()
            self._bytes += len(file)
        self._files[key] = file
        while self._bytes > self._limit and len(self._files) > 1:
            self._bytes -= len(self._files.pop(next(iter(self._files))))
        return file
