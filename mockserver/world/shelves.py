"""Lists of generations by what they have in common, so that a page of them is found without visiting all.

A shelf keeps one byte for the type and one for the status of each generation, and searches them as bytes. A type never
changes. Statuses change with time, so a shelf brings them up to date when it is asked for one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress, islice
from typing import Final

from msgspec import UNSET, Struct

from mockserver.core.generation import Generation, GenerationType
from mockserver.core.history import Selection
from mockserver.world.cohorts import Passage, passages
from mockserver.world.time import Time

DELETED: Final = 0
"""The byte in place of a type that stands for a deleted generation."""

TYPES: Final[Mapping[str, int]] = {kind: code for code, kind in enumerate(GenerationType, start=1)}

FURTHER: Final = 255
"""The byte that stands for each status that has no byte of its own, because there are too many."""

_ALL: Final = bytes(range(256))
_PRESENT: Final = bytes([0, *[1] * 255])


class Shelf:
    """Generations in the order in which they were made."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.types = bytearray()
        self.statuses = bytearray()
        self.deleted = 0
        """How many of them are deleted."""

    def put(self, generation: Generation) -> None:
        """Add a new generation, whose status is not known yet."""
        self.ids.append(generation.id)
        self.types.append(TYPES[generation.order.generation_type])
        self.statuses.append(0)

    def delete(self, id_: int) -> None:
        """Note that a generation is deleted."""
        self.types[bisect_left(self.ids, id_)] = DELETED
        self.deleted += 1

    def show(self, first: int, last: int, status: int) -> None:
        """Note the status of the generations whose ids are in a range."""
        start, end = bisect_left(self.ids, first), bisect_right(self.ids, last)
        self.statuses[start:end] = bytes([status]) * (end - start)


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
        shelves = [*self._of(generation)]
        if not self._all.ids or generation.id > self._all.ids[-1]:
            for shelf in shelves:
                shelf.put(generation)
        elif generation.deleted:
            for shelf in shelves:
                shelf.delete(generation.id)
        self._show(generation, self._code(generation.timeline.status(time.age_of(generation))))

    def _of(self, generation: Generation) -> Iterator[Shelf]:
        yield self._all
        yield self._by_owner.setdefault(generation.owner, Shelf())
        project = project_of(generation)
        if project is not None:
            yield self._by_project.setdefault((generation.owner, project), Shelf())

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
        for cohort, group in time.cohorts.groups(since):
            for passage in passages(group, cohort.statuses, since, reading):
                self._pass(passage, in_order=group is cohort.open and cohort.in_order)
        for cohort in time.cohorts:
            for passage in passages(cohort.deleted, cohort.statuses, since, reading):
                self._pass(passage, in_order=False)

    def _pass(self, passage: Passage[str], *, in_order: bool) -> None:
        listed, status = passage.group.generations, self._code(passage.what)
        first, last = listed.at(passage.first), listed.at(passage.end - 1)
        count = passage.end - passage.first
        shelves = 1 + len(self._by_owner) + len(self._by_project)
        if in_order and first and last and last.id - first.id + 1 == count and shelves <= count:
            for shelf in (self._all, *self._by_owner.values(), *self._by_project.values()):
                shelf.show(first.id, last.id, status)
        else:
            for generation in listed.forward(passage.first, passage.end):
                self._show(generation, status)

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
        first = (selection.page - 1) * selection.size
        ids, chosen = (reversed(shelf.ids), reversed(mask)) if newest_first else (iter(shelf.ids), iter(mask))
        count = mask.count(1)
        return Page([*islice(compress(ids, chosen), first, first + selection.size)] if first < count else [], count)

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
        return Page([*islice(compress(islice(shelf.ids, start, None), mask), limit)], mask.count(1))

    def _showing(self, time: Time, shelf: Shelf, status: str, mask: bytes) -> bytes:
        """Return a mask of a shelf without the generations that do not show a status now."""
        self._catch_up(time)
        code = self._codes.get(status, DELETED)
        shown = _both(mask, shelf.statuses.translate(_only(code)))
        if code != FURTHER:
            return shown if code else bytes(len(mask))
        return bytes(
            each and time.snapshot(time.generation(id_)).status == status
            for each, id_ in zip(shown, shelf.ids, strict=True)
        )


def project_of(generation: Generation) -> str | None:
    """Return the project of a generation as queries name it."""
    project = generation.order.project_id
    return None if project is UNSET or project is None else str(project)


def _only(code: int) -> bytes:
    """Return a table that makes 1 of a byte and 0 of all others."""
    return bytes(each == code for each in _ALL)


def _both(one: bytes, other: Sequence[int]) -> bytes:
    """Return a mask of what is in both masks."""
    both = int.from_bytes(one, "little") & int.from_bytes(bytes(other), "little")
    return both.to_bytes(len(one), "little")
