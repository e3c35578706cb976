"""Lists of generations that share an account or a project. They find a page of generations without visiting all.

A shelf keeps two bytes for each generation, one for its type and one for its status, and searches these bytes. A type
never changes. Statuses change with time, so a shelf updates its statuses before it searches for a status.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Mapping
from itertools import chain
from typing import Final, TypeVar

from msgspec import UNSET, Struct

from mockserver.core.generation import Generation, GenerationType
from mockserver.core.history import Selection
from mockserver.world.cohorts import passages
from mockserver.world.time import Time

K = TypeVar("K")

DELETED: Final = 0
"""The byte that replaces the type of a deleted generation."""

TYPES: Final[Mapping[str, int]] = {kind: code for code, kind in enumerate(GenerationType, start=1)}

FURTHER: Final = 255
"""The byte for every status without a byte of its own. There are more statuses than bytes."""

FEW: Final = 10
"""A shelf is changed one place at a time, if the generations to change are fewer than 1 in FEW of all generations."""

GAPS: Final = 100
"""The most numbers that may be missing in a list, for the list to be handled as a few runs."""

PART: Final = 4_096
"""The number of bytes of a mask that are counted together."""

_ALL: Final = bytes(range(256))
_ABSENT: Final = bytes([255, *[0] * 255])
_PRESENT: Final = bytes([0, *[1] * 255])


class Shelf:
    """Generations in the order in which they were created."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.types = bytearray()
        self.statuses = bytearray()

    def put(self, generation: Generation) -> None:
        """Add a new generation. Its status is not known yet."""
        self.ids.append(generation.id)
        self.types.append(TYPES[generation.order.generation_type])
        self.statuses.append(0)

    def delete(self, id_: int) -> None:
        """Record that a generation is deleted."""
        self.types[bisect_left(self.ids, id_)] = DELETED

    def show(self, first: int, last: int, status: int) -> None:
        """Record the status of the generations with ids from `first` to `last`."""
        start, end = bisect_left(self.ids, first), bisect_right(self.ids, last)
        self.statuses[start:end] = bytes([status]) * (end - start)

    def show_these(self, ids: Container[int], status: int) -> None:
        """Record the status of the generations with these ids."""
        among = bytes(map(ids.__contains__, self.ids))
        keep, put = among.translate(_ABSENT), among.translate(bytes([0, status, *_ALL[2:]]))
        self.statuses[:] = _bytes(_number(self.statuses) & _number(keep) | _number(put), len(among))


class Page(Struct, frozen=True):
    """One page of the generations that a query selects, and the number of all of them."""

    ids: list[int]
    count: int


_NOTHING: Final = Page([], 0)


class Shelves:
    """The shelves of one world.

    There is one for all generations, one for each account, and one for each project of an account.

    `Time` holds a reference to this object. This object holds no reference to `Time`, to avoid a cycle.
    """

    def __init__(self, time: Time) -> None:
        self.looked = time.reading()
        """The reading of the clocks up to which the statuses are known."""
        self._all = Shelf()
        self._by_owner: dict[int, Shelf] = {}
        self._by_project: dict[tuple[int, str], Shelf] = {}
        self._codes: dict[str, int] = {}
        time.watchers.append(self)

    # Generations change

    def changing(self, time: Time, generation: Generation) -> None:
        """Do nothing, because a status is recorded after each change."""

    def changed(self, time: Time, generation: Generation) -> None:
        """Record a generation that is new, or that a request or a command has changed."""
        status = self._code(generation.timeline.status(time.age_of(generation)))
        if not self._all.ids or generation.id > self._all.ids[-1]:
            for shelf in self._of(generation):
                shelf.put(generation)
        elif generation.deleted:
            for shelf in self._of(generation):
                shelf.delete(generation.id)
        # Most polls show the same status as the poll before.
        if self._all.statuses[generation.id - self._all.ids[0]] != status:
            self._show(generation, status)

    def _of(self, generation: Generation) -> Iterator[Shelf]:
        yield self._all
        yield _shelf(self._by_owner, generation.owner)
        project = project_of(generation)
        if project is not None:
            yield _shelf(self._by_project, (generation.owner, project))

    def _code(self, status: str) -> int:
        return self._codes.setdefault(status, min(len(self._codes) + 1, FURTHER))

    def _show(self, generation: Generation, status: int) -> None:
        for shelf in self._of(generation):
            shelf.show(generation.id, generation.id, status)

    def _catch_up(self, time: Time) -> None:
        """Record the statuses that have become visible with time since the last call."""
        reading, since = time.reading(), self.looked
        self.looked = reading
        if reading == since:
            return
        for cohort, group in chain(time.cohorts.groups(since), time.cohorts.deleted):
            for passage in passages(group, cohort.statuses, since, reading):
                self._show_all([*passage.generations()], self._code(passage.what))

    def _show_all(self, generations: list[Generation], status: int) -> None:
        """Record the status of many generations.

        If they were created one after another, one range of each shelf is changed.
        """
        ids = sorted([each.id for each in generations])
        shelves = (self._all, *self._by_owner.values(), *self._by_project.values())
        if ids[-1] - ids[0] < len(ids) + GAPS:
            for first, last in _runs(ids, 0, len(ids)):
                for shelf in shelves:
                    shelf.show(first, last, status)
        elif len(ids) * FEW < len(self._all.ids):
            for generation in generations:
                self._show(generation, status)
        else:
            these = frozenset(ids)
            for shelf in shelves:
                shelf.show_these(these, status)

    # Queries for generations

    def history(self, time: Time, owner: int, selection: Selection, *, newest_first: bool) -> Page:
        """Return one page of the generations of an account that are not deleted."""
        shelf = self._shelf(owner, selection.project_id)
        if shelf is None:
            return _NOTHING
        kind = selection.generation_type
        mask = bytes(shelf.types.translate(_PRESENT if kind is None else _only(TYPES[kind])))
        if selection.status is not None:
            mask = self._showing(time, shelf, selection.status, mask)
        first, end = (selection.page - 1) * selection.size, len(mask) - 1
        places = _places(mask[::-1] if newest_first else mask, first, selection.size)
        return Page([shelf.ids[end - place if newest_first else place] for place in places], mask.count(1))

    def _shelf(self, owner: int, project: str | None) -> Shelf | None:
        return self._by_owner.get(owner) if project is None else self._by_project.get((owner, project))

    def after(self, time: Time, since: int, limit: int, owner: int | None, status: str | None) -> Page:
        """Return the first generations with an id above `since`, and the number of all of them.

        Deleted ones are included.
        """
        shelf = self._all if owner is None else self._by_owner.get(owner)
        if shelf is None:
            return _NOTHING
        start = bisect_right(shelf.ids, since)
        if status is None:
            return Page(shelf.ids[start : start + limit], len(shelf.ids) - start)
        mask = self._showing(time, shelf, status, b"\1" * len(shelf.ids))[start:]
        return Page([shelf.ids[start + place] for place in _places(mask, 0, limit)], mask.count(1))

    def _showing(self, time: Time, shelf: Shelf, status: str, mask: bytes) -> bytes:
        """Return the mask without the generations whose present status is another than `status`."""
        self._catch_up(time)
        code = self._codes.get(status, DELETED)
        shown = _both(mask, bytes(shelf.statuses.translate(_only(code))))
        if code != FURTHER:
            return shown if code else bytes(len(mask))
        return bytes(
            each and time.snapshot(time.generation(id_)).status == status
            for each, id_ in zip(shown, shelf.ids, strict=True)
        )


def _shelf(shelves: dict[K, Shelf], key: K) -> Shelf:
    """Return the shelf of a key. If there is none, make a new shelf."""
    shelf = shelves.get(key)
    if shelf is None:
        shelf = shelves[key] = Shelf()
    return shelf


def project_of(generation: Generation) -> str | None:
    """Return the project of a generation, written as in queries; None if it has no project."""
    project = generation.order.project_id
    return None if project is UNSET or project is None else str(project)


def _runs(ids: list[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last number of each run without a gap. The numbers must be in order."""
    first, last = ids[start], ids[end - 1]
    if last - first + 1 == end - start:
        yield first, last
    else:
        middle = (start + end) // 2
        yield from _runs(ids, start, middle)
        yield from _runs(ids, middle, end)


def _places(mask: bytes, first: int, most: int) -> Iterator[int]:
    """Yield the positions of at most `most` bytes of value 1 in a mask, after skipping the `first` such bytes."""
    start = 0
    while start < len(mask) and (ones := mask.count(1, start, start + PART)) <= first:
        first, start = first - ones, start + PART
    place = start - 1
    for i in range(first + most):
        place = mask.find(1, place + 1)
        if place < 0:
            return
        if i >= first:
            yield place


def _only(code: int) -> bytes:
    """Return a translation table that maps one byte to 1 and all other bytes to 0."""
    return bytes(each == code for each in _ALL)


def _both(one: bytes, other: bytes) -> bytes:
    """Return the mask of the positions that are set in both masks."""
    return _bytes(_number(one) & _number(other), len(one))


def _number(mask: bytes | bytearray) -> int:
    return int.from_bytes(mask, "little")


def _bytes(number: int, size: int) -> bytes:
    return number.to_bytes(size, "little")
