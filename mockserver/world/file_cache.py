"""The files of one world that were asked for lately, so that reading one in parts does not make it anew each time."""

from collections.abc import Callable
from typing import Final

LIMIT: Final = 4 * 1024 * 1024
"""Bytes that a shelf holds; the file used longest ago makes room."""


class FileCache:
    """Files by the number that they are made from. What is not there is made again and comes out the same."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._files: dict[int, bytes] = {}
        self._limit = limit
        self._bytes = 0

    def take(self, key: int, make: Callable[[], bytes]) -> bytes:
        """Return the file of this number, made by `make` if it is not on the shelf."""
        file = self._files.pop(key, None)
        if file is None:
            file = make()
            self._bytes += len(file)
        self._files[key] = file
        while self._bytes > self._limit and len(self._files) > 1:
            self._bytes -= len(self._files.pop(next(iter(self._files))))
        return file
