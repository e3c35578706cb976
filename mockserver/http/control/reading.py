"""Read scenarios in threads, so that no other world waits for a large scenario."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from mockserver.http.threads import in_thread

T = TypeVar("T")

LARGE: Final = 32 * 1024
"""Characters from which a scenario is large: it takes some tenths of a second to read."""


class Readings:
    """The readings of one server: one large scenario at a time, and small scenarios beside it."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def run(self, read: Callable[[], T], size: int) -> T:
        """Read a text of this size and return the result. Raises the errors of the reading."""
        if size < LARGE:
            return await in_thread(read)
        async with self._turn:
            return await in_thread(read)
