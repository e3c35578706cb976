"""A list that stays sorted. It is kept in blocks, so that adding to it and removing from it move few of its items."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final, Generic, TypeVar

T = TypeVar("T")

Key = tuple[int, ...]

FULL: Final = 1_000
"""The number of items at which a block is split in two."""


class SortedList(Generic[T]):
    """Items in the order of a key.

    Every item has a different key. A key stays the same while the item is in the list.

    `before` and `through` accept the first parts of a key, any number of them, and compare only these parts.
    """

    def __init__(self, key: Callable[[T], Key], items: Iterable[T] = ()) -> None:
        """Make a list of items that are already in order."""
        ordered = [*items]
        self._key = key
        self._blocks = [ordered[i : i + FULL] for i in range(0, len(ordered), FULL)]
        self._lasts = [key(block[-1]) for block in self._blocks]
        """The key of the last item of each block."""

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._blocks)

    @property
    def first(self) -> T:
        """The first item. Raises IndexError if the list is empty."""
        return self._blocks[0][0]

    @property
    def last(self) -> T:
        """The last item. Raises IndexError if the list is empty."""
        return self._blocks[-1][-1]

    def add(self, item: T) -> None:
        """Put an item in its place."""
        key = self._key(item)
        if not self._blocks:
            self._blocks.append([item])
            self._lasts.append(key)
            return
        i = min(self._block(key), len(self._blocks) - 1)
        block = self._blocks[i]
        block.insert(bisect_left(block, key, key=self._key), item)
        self._lasts[i] = max(key, self._lasts[i])
        if len(block) >= FULL:
            # If a block grows only at its end, as the last block does, it stays full when it is split. Half-empty
            # blocks cost memory.
            half = FULL - 1 if i == len(self._blocks) - 1 else FULL // 2
            self._blocks[i : i + 1] = [block[:half], block[half:]]
            self._lasts.insert(i, self._key(block[half - 1]))

    def remove(self, item: T) -> bool:
        """Remove an item. Return whether the list contained the item."""
        key = self._key(item)
        i = self._block(key)
        if i == len(self._blocks):
            return False
        block = self._blocks[i]
        j = bisect_left(block, key, key=self._key)
        if self._key(block[j]) != key:
            return False
        del block[j]
        if not block:
            del self._blocks[i], self._lasts[i]
        elif j == len(block):
            self._lasts[i] = self._key(block[-1])
        return True

    def before(self, *key: int) -> int:
        """Return how many items have a lower key."""
        i = self._block(key)
        inside = bisect_left(self._blocks[i], key, key=self._key) if i < len(self._blocks) else 0
        return sum(map(len, self._blocks[:i])) + inside

    def through(self, *key: int) -> int:
        """Return how many items have a key that is lower than `key`, or begins with `key`."""
        return self.before(*key[:-1], key[-1] + 1)

    def _block(self, key: Key) -> int:
        """Return the index of the first block whose last key is this key or a higher key."""
        return bisect_left(self._lasts, key)

    def rank(self, item: T) -> int | None:
        """Return how many items are before an item; None if the item is not in the list."""
        rank = self.before(*self._key(item))
        return rank if self.at(rank) is item else None

    def forward(self, start: int, end: int) -> Iterator[T]:
        """Yield the items from the rank `start` to before the rank `end`, in order."""
        for block in self._blocks:
            if end <= 0:
                return
            yield from block[max(start, 0) : end]
            start, end = start - len(block), end - len(block)

    def backward(self, start: int, end: int) -> Iterator[T]:
        """Yield the same items as `forward`, the last first."""
        after = len(self)
        for block in reversed(self._blocks):
            after -= len(block)
            if end - after > 0:
                yield from reversed(block[max(start - after, 0) : end - after])
            if after <= start:
                return

    def at(self, rank: int) -> T | None:
        """Return the item at a rank; None if the rank is after the last item."""
        return next(self.forward(rank, rank + 1), None)

    def split(self, rank: int) -> "SortedList[T]":
        """Remove the items below a rank, and return these items as a new list."""
        taken: SortedList[T] = SortedList(self._key)
        while rank > 0 and self._blocks:
            block = self._blocks[0]
            if len(block) <= rank:
                taken._blocks.append(self._blocks.pop(0))
                taken._lasts.append(self._lasts.pop(0))
            else:
                taken._blocks.append(block[:rank])
                taken._lasts.append(self._key(block[rank - 1]))
                self._blocks[0] = block[rank:]
            rank -= len(block)
        return taken
