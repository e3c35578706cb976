"""Lists of generations by what they have in common, so that a page of them is found without visiting all.

A shelf keeps one byte for the type and one for the status of each generation, and searches them as bytes. A type never
changes. Statuses change with time, so a shelf brings them up to date when it is asked for one.
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
"""The byte in place of a type that stands for a deleted generation."""

TYPES: Final[Mapping[str, int]] = {kind: code for code, kind in enumerate(GenerationType, start=1)}

FURTHER: Final = 255
"""The byte that stands for each status that has no byte of its own, because there are too many."""

FEW: Final = 10
"""The part of all generations, as one in so many, below which a shelf is changed in one place at a time."""

GAPS: Final = 100
"""Numbers that may be missing in a list that is still taken as a few runs."""

PART: Final = 4_096
"""Bytes of a mask that are counted together."""

_ALL: Final = bytes(range(256))
_ABSENT: Final = bytes([255, *[0] * 255])
_PRESENT: Final = bytes([0, *[1] * 255])


class Shelf:
    """Generations in the order in which they were made."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.types = bytearray()
        self.statuses = bytearray()

    def put(self, generation: Generation) -> None:
        """Add a new generation, whose status is not known yet."""
        self.ids.append(generation.id)
        self.types.append(TYPES[generation.order.generation_type])
        self.statuses.append(0)

    def delete(self, id_: int) -> None:
        """Note that a generation is deleted."""
        self.types[bisect_left(self.ids, id_)] = DELETED

    def show(self, first: int, last: int, status: int) -> None:
        """Note the status of the generations whose ids are in a range."""
        start, end = bisect_left(self.ids, first), bisect_right(self.ids, last)
        self.statuses[start:end] = bytes([status]) * (end - start)

    def show_these(self, ids: Container[int], status: int) -> None:
        """Note the status of the generations that are among others."""
        among = bytes(map(ids.__contains__, self.ids))
        keep, put = among.translate(_ABSENT), among.translate(bytes([0, status, *_ALL[2:]]))
        self.statuses[:] = _bytes(_number(self.statuses) & _number(keep) | _number(put), len(among))


class Page(Struct, frozen=True):
    """Some of the generations that are asked for, and how many there are."""

    ids: list[int]
    count: int


_NOTHING: Final = Page([], 0)


class Shelves:
    """The shelves of one world: one for all generations, one for each account, and one for each project of an account.

    They do not hold the time of the world, which holds them.
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
        """Do nothing: a status is noted after each change."""

    def changed(self, time: Time, generation: Generation) -> None:
        """Note a generation that is new, or that a request or a command has changed."""
        status = self._code(generation.timeline.status(time.age_of(generation)))
        if not self._all.ids or generation.id > self._all.ids[-1]:
            for shelf in self._of(generation):
                shelf.put(generation)
        elif generation.deleted:
            for shelf in self._of(generation):
                shelf.delete(generation.id)
        # Most polls show the status that the one before has shown.
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
        """Note the statuses that generations have begun to show since the last look, because they are older."""
        reading, since = time.reading(), self.looked
        self.looked = reading
        if reading == since:
            return
        for cohort, group in chain(time.cohorts.groups(since), time.cohorts.deleted):
            for passage in passages(group, cohort.statuses, since, reading):
                self._show_all([*passage.generations()], self._code(passage.what))

    def _show_all(self, generations: list[Generation], status: int) -> None:
        """Note the status of many generations: as one part of each shelf if they were made one after another."""
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

    # Generations are asked for

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
        """Return the first generations with a higher id than `since`, deleted or not, and how many there are."""
        shelf = self._all if owner is None else self._by_owner.get(owner)
        if shelf is None:
            return _NOTHING
        start = bisect_right(shelf.ids, since)
        if status is None:
            return Page(shelf.ids[start : start + limit], len(shelf.ids) - start)
        mask = self._showing(time, shelf, status, b"\1" * len(shelf.ids))[start:]
        return Page([shelf.ids[start + place] for place in _places(mask, 0, limit)], mask.count(1))

    def _showing(self, time: Time, shelf: Shelf, status: str, mask: bytes) -> bytes:
        """Return a mask of a shelf without the generations that do not show a status now."""
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
    """Return the shelf of a key, made if there is none."""
    shelf = shelves.get(key)
    if shelf is None:
        shelf = shelves[key] = Shelf()
    return shelf


def project_of(generation: Generation) -> str | None:
    """Return the project of a generation as queries name it."""
    project = generation.order.project_id
    return None if project is UNSET or project is None else str(project)


def _runs(ids: list[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of numbers without a gap; the numbers are in order."""
    first, last = ids[start], ids[end - 1]
    if last - first + 1 == end - start:
        yield first, last
    else:
        middle = (start + end) // 2
        yield from _runs(ids, start, middle)
        yield from _runs(ids, middle, end)


def _places(mask: bytes, first: int, most: int) -> Iterator[int]:
    """Yield where the ones of a mask are: after the `first` ones, so many of them at most."""
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
    """Return a table that makes 1 of a byte and 0 of all others."""
    return bytes(each == code for each in _ALL)


def _both(one: bytes, other: bytes) -> bytes:
    """Return a mask of what is in both masks."""
    return _bytes(_number(one) & _number(other), len(one))


def _number(mask: bytes | bytearray) -> int:
    return int.from_bytes(mask, "little")


def _bytes(number: int, size: int) -> bytes:
    return number.to_bytes(size, "little")
