"""The generations of one world, grouped by life and sorted by age.

All generations with the same life form a cohort. Within a cohort the oldest ones come first, so the generations that
pass an age between two readings of the clocks are a part of a sorted list. Two searches are enough to count these
generations, however many there are. Nothing here is state of its own: everything is computed from the generations.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Generic, TypeVar

from msgspec import Struct

from mockserver.core.age import Reading
from mockserver.core.due import ORDER, Due, Moment, moments, shows
from mockserver.core.generation import Generation
from mockserver.core.instant import END
from mockserver.world.sorted_list import Key, SortedList

M = TypeVar("M")

Ages = tuple[tuple[int, M], ...]
"""Things of type M that happen in a life, in order.

Each is paired with the age, in microseconds, at which it happens.
"""


def _by_zero(generation: Generation) -> Key:
    return generation.age.zero, generation.id


def by_age() -> SortedList[Generation]:
    """Return an empty list for generations with the same life, sorted with the oldest first."""
    return SortedList(_by_zero)


class Group(Struct, frozen=True):
    """Generations with the same life that all age with the same clock."""

    generations: SortedList[Generation]
    lag: int | None
    """The constant number of microseconds by which that clock is behind the world's clock; None for the slow clock."""

    def shown(self, reading: Reading) -> int:
        """Return the instant that the clock of this group shows."""
        return reading.slow if self.lag is None else reading.now - self.lag


class Passage(Struct, Generic[M], frozen=True):
    """The generations of a group that pass one age between two readings, stored as ranks in the group."""

    group: Group
    age: int
    what: M
    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first

    def includes(self, generation: Generation) -> bool:
        """Return whether this passage includes a generation."""
        rank = self.group.generations.rank(generation)
        return rank is not None and self.first <= rank < self.end

    def generations(self) -> Iterator[Generation]:
        """Yield the generations of this passage, the oldest first."""
        return self.group.generations.forward(self.first, self.end)

    def instants(self, lag: int) -> Iterator[tuple[int, Generation, M]]:
        """Yield, in order, the instant at which each generation passes the age.

        `lag` is the present lag of the slow clock.
        """
        ahead = self.age + (lag if self.group.lag is None else self.group.lag)
        return ((each.age.zero + ahead, each, self.what) for each in self.generations())

    def instants_backward(self, lag: int) -> Iterator[tuple[int, Generation, M]]:
        """Yield the same tuples as `instants`, the last first."""
        ahead = self.age + (lag if self.group.lag is None else self.group.lag)
        return (
            (each.age.zero + ahead, each, self.what) for each in self.group.generations.backward(self.first, self.end)
        )


def passages(group: Group, ages: Ages[M], since: Reading, until: Reading) -> Iterator[Passage[M]]:
    """For each of the given ages, yield the generations of a group that pass this age.

    Only passages after the reading `since`, and up to the reading `until`, are included.
    """
    listed = group.generations
    if not listed:
        return
    # A group whose lag became constant after the first reading was still on the slow clock then.
    before = since.slow if group.lag is None else max(since.slow, since.now - group.lag)
    after = group.shown(until)
    if before >= after:
        return
    youngest, oldest = before - listed.last.age.zero, after - listed.first.age.zero
    for age, what in ages[_through(ages, youngest) : _through(ages, oldest)]:
        first, end = listed.through(before - age), listed.through(after - age)
        if first < end:
            yield Passage(group, age, what, first, end)


def _through(ages: Ages[M], age: int) -> int:
    return bisect_right(ages, age, key=_age)


def _age(happening: tuple[int, object]) -> int:
    return happening[0]


class Cohort:
    """The generations with the same life that are unfinished, or for which something is due after their end."""

    def __init__(self, made: Generation, refund: int | None) -> None:
        life = moments(made.timeline, made.visible_after, refund)
        self.timeline = made.timeline
        self.moments: Ages[Moment] = tuple((moment.age, moment) for moment in life)
        self.shows: Ages[str] = _changes(shows(made.timeline, made.visible_after))
        self.statuses: Ages[str] = made.timeline.statuses
        self.refunds = tuple((age, moment) for age, moment in self.moments if moment.what == "refund")
        self.last = max(self.moments[-1][0] if life else 0, self.shows[-1][0], made.timeline.starts[-1])
        """The age, in microseconds, after which nothing comes due."""
        self.open = Group(by_age(), None)
        """The generations that age with the slow clock.

        Some may be finished; they move to `closed` when the lag of the slow clock next changes.
        """
        self.closed: list[Group] = []
        """The finished generations, grouped by the lag of the slow clock at which they finished."""
        self.deleted = Group(by_age(), 0)

    @property
    def groups(self) -> Iterable[Group]:
        """The groups of generations that are not deleted."""
        return (self.open, *self.closed) if self.closed else (self.open,)

    def leave(self, generation: Generation) -> None:
        """Remove a generation, if this cohort contains it."""
        if not self.open.generations.remove(generation):
            for group in self.closed:
                if group.generations.remove(generation):
                    return


def _changes(ages: Ages[str]) -> Ages[str]:
    """Return the statuses that differ from the status before them."""
    return tuple((age, status) for i, (age, status) in enumerate(ages) if not i or status != ages[i - 1][1])


def _due_order(due: Due) -> Key:
    return due.at, due.generation, ORDER.index(due.what)


class SingleDues:
    """Things due at fixed instants for generations that age with the world and are in no cohort."""

    def __init__(self) -> None:
        self.listed: SortedList[Due] = SortedList(_due_order)
        self._by_generation: dict[int, list[Due]] = {}

    def put(self, id_: int, dues: list[Due]) -> None:
        """Store the things that come due for a generation. They replace the things stored before."""
        for due in self._by_generation.pop(id_, ()):
            self.listed.remove(due)
        if dues:
            self._by_generation[id_] = dues
            for due in dues:
                self.listed.add(due)

    def forget(self, instant: int) -> None:
        """Forget the things that are due up to an instant."""
        while self.listed and self.listed.first.at <= instant:
            due = self.listed.first
            self.listed.remove(due)
            left = self._by_generation.get(due.generation, [])
            if due in left:
                left.remove(due)
            if not left:
                self._by_generation.pop(due.generation, None)

    def next(self, instant: int) -> list[Due]:
        """Return a list with the first thing due after an instant; an empty list if nothing is due."""
        rank = self.listed.through(instant)
        return [*self.listed.forward(rank, rank + 1)]

    def passed(self, since: int, until: int) -> list[Due]:
        """Return, in order, the things due after the instant `since` and up to the instant `until`."""
        first, end = self.listed.through(since), self.listed.through(until)
        return [*self.listed.forward(first, end)] if first < end else []


RefundAge = Callable[[Generation], int | None]
"""A function that returns the age at which a generation is refunded; None if it never is."""


def no_refund(_: Generation) -> None:
    """Return None, which means that no generation is refunded."""


class Cohorts:
    """All generations of a world for which something is still due. `refund_age` returns the age of the refund."""

    def __init__(self, refund_age: RefundAge = no_refund) -> None:
        self.visible, self.refunds = SingleDues(), SingleDues()
        self._refund_age = refund_age
        self._cohorts: dict[tuple[int, int, int | None], Cohort] = {}
        self._closed_until = 0
        """The instant after which nothing comes due for the generations of closed groups."""

    def __iter__(self) -> Iterator[Cohort]:
        return iter(self._cohorts.values())

    def _of(self, generation: Generation) -> Cohort:
        refund = self._refund_age(generation)
        # The life is kept by its cohort, so that no other object can take over its identity.
        life = id(generation.timeline), generation.visible_after, refund
        cohort = self._cohorts.get(life)
        if cohort is None:
            cohort = self._cohorts[life] = Cohort(generation, refund)
        return cohort

    def join(self, generation: Generation, reading: Reading) -> None:
        """Add a generation, or update a generation whose age or refund has changed."""
        if generation.age.slow:
            cohort = self._of(generation)
            # A generation that never finishes stays on the slow clock for ever. It is not stored once nothing more is
            # due.
            if cohort.timeline.finish is not None or reading.slow - generation.age.zero < cohort.last:
                cohort.open.generations.add(generation)
        else:
            dues = self._dues(generation, reading.now)
            self.visible.put(generation.id, [due for due in dues if due.what == "visible"])
            self.refunds.put(generation.id, [due for due in dues if due.what == "refund"])

    def _dues(self, generation: Generation, now: int) -> list[Due]:
        life = moments(generation.timeline, generation.visible_after, self._refund_age(generation))
        ahead = ((generation.age.zero + moment.age, moment) for moment in life)
        return [
            moment.due(generation, at)
            for at, moment in ahead
            if now < at and (moment.what == "refund" or not generation.deleted)
        ]

    def leave(self, generation: Generation) -> None:
        """Remove a generation before its age or its life changes."""
        if generation.age.slow:
            self._of(generation).leave(generation)
        else:
            self.visible.put(generation.id, [])
            self.refunds.put(generation.id, [])

    def join_deleted(self, generation: Generation, reading: Reading) -> None:
        """Add an unfinished generation that was deleted. The control plane still sees its status change."""
        if reading.now - generation.age.zero < generation.timeline.starts[-1]:
            self._of(generation).deleted.generations.add(generation)

    @property
    def deleted(self) -> Iterator[tuple[Cohort, Group]]:
        """Yield each group of deleted generations, with its cohort."""
        return ((cohort, cohort.deleted) for cohort in self)

    # The slow clock is outrun

    def finished(self, reading: Reading) -> Iterator[tuple[Cohort, int]]:
        """Yield each cohort whose open group has finished generations, with the number of these generations."""
        for cohort in self:
            finish = cohort.timeline.finish
            if finish is not None and cohort.open.generations:
                count = cohort.open.generations.through(reading.slow - finish)
                if count:
                    yield cohort, count

    def close(self, cohort: Cohort, count: int, reading: Reading) -> None:
        """Let the finished generations of a cohort age with the world from now on."""
        group = Group(cohort.open.generations.split(count), reading.lag)
        cohort.closed.append(group)
        self._closed_until = max(self._closed_until, group.generations.last.age.zero + cohort.last + reading.lag)

    def forget(self, instant: int) -> None:
        """Forget the things that were due up to an instant."""
        self.visible.forget(instant)
        self.refunds.forget(instant)
        if 0 < self._closed_until <= instant:
            self._closed_until = 0
            for cohort in self:
                cohort.closed.clear()

    # What comes

    def quiet(self, since: Reading, until: Reading) -> bool:
        """Return whether certainly nothing came due in any cohort between two readings."""
        return since.slow == until.slow and since.now >= self._closed_until

    def groups(self, since: Reading) -> Iterator[tuple[Cohort, Group]]:
        """Yield each group in which something may come due after a reading, with its cohort."""
        for cohort in self:
            yield cohort, cohort.open
            if since.now < self._closed_until:
                for group in cohort.closed:
                    yield cohort, group

    def dues(self, since: Reading, until: Reading, most: int) -> tuple[list[Due], int]:
        """Return the first `most` things that come due between two readings, in order, and how many more come due."""
        found = [
            passage for cohort, group in self.groups(since) for passage in passages(group, cohort.moments, since, until)
        ]
        single = merge(*(kind.passed(since.now, until.now) for kind in (self.visible, self.refunds)), key=_due_order)
        singles = [*single]
        total = sum(map(len, found)) + len(singles)
        lists = [_dues_of(passage, until.lag) for passage in found]
        told = [*islice(merge(singles, *lists, key=_due_order), most)]
        return told, total - len(told)

    def next_due(self, reading: Reading) -> Due | None:
        """Return the first thing that comes due after a reading; None if nothing ever comes due."""
        firsts = [_first(group, cohort.moments, reading) for cohort, group in self.groups(reading)]
        dues = [moment.due(each, at) for found in firsts if found is not None for at, each, moment in (found,)]
        for kind in (self.visible, self.refunds):
            dues += kind.next(reading.now)
        first = min(dues, key=_due_order, default=None)
        return first if first is not None and first.at < END else None

    def next_show(self, reading: Reading) -> int:
        """Return the instant at which time alone makes the next status visible; END if it never does.

        It assumes that time moves both clocks.
        """
        instants = [END]
        for cohort, group in self.groups(reading):
            found = _first(group, cohort.shows, reading)
            if found is not None:
                instants.append(found[0])
        return min(instants + [due.at for due in self.visible.next(reading.now)])


def _dues_of(passage: Passage[Moment], lag: int) -> Iterator[Due]:
    return (moment.due(each, at) for at, each, moment in passage.instants(lag))


def _first(group: Group, ages: Ages[M], reading: Reading) -> tuple[int, Generation, M] | None:
    """Return the first thing that happens in a group after a reading, or None.

    The tuple holds the instant, the generation, and the thing itself.
    """
    listed = group.generations
    if not listed:
        return None
    shown = group.shown(reading)
    lag, oldest = reading.now - shown, listed.first.age.zero
    found: tuple[int, Generation, M] | None = None
    for age, what in ages[_through(ages, shown - listed.last.age.zero) :]:
        if found is not None and oldest + age + lag > found[0]:
            break
        each = listed.at(listed.through(shown - age))
        if each is not None and (found is None or _sooner(each, age + lag, found)):
            found = each.age.zero + age + lag, each, what
    return found


def _sooner(generation: Generation, ahead: int, found: tuple[int, Generation, object]) -> bool:
    return (generation.age.zero + ahead, generation.id) < (found[0], found[1].id)
