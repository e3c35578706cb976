"""The statuses that have become visible since the last check. They are computed at each check, so nothing ticks.

A check visits only the generations that changed on their own since the last check. It finds all others by their ages.
"""

from bisect import bisect_right
from collections.abc import Iterator
from heapq import merge
from itertools import islice
from operator import eq

from msgspec import Struct

from mockserver.core.age import Reading
from mockserver.core.due import Due, shows
from mockserver.core.generation import Generation
from mockserver.world.cohorts import Passage, passages
from mockserver.world.sorted_list import Key
from mockserver.world.time import Time


class Begun(Struct, frozen=True):
    """The last statuses that have become visible, in order, and the number of statuses that are left out before."""

    last: list[Due]
    before: int = 0


class _Seen(Struct, frozen=True):
    """The ages at which the statuses of one generation become visible, and how many of these statuses were reported."""

    ages: tuple[tuple[int, str], ...] = ()
    told: int = 0


_NEW = _Seen()


class Transitions:
    """Records which statuses were reported to the listeners of one world.

    Statuses that are visible when this object is made count as reported.

    `Time` holds a reference to this object. This object holds no reference to `Time`, to avoid a cycle.
    """

    def __init__(self, time: Time) -> None:
        self.looked = time.reading()
        """The reading of the clocks at the last check."""
        self._seen: dict[int, tuple[Generation, _Seen]] = {}
        """The generations that are new or changed on their own since the last check, each with its reported part."""
        time.watchers.append(self)

    def changing(self, time: Time, generation: Generation) -> None:
        """Record, before a generation changes, which of its statuses were reported."""
        if generation.id not in self._seen and not generation.deleted:
            ages = shows(generation.timeline, generation.visible_after)
            told = bisect_right(ages, self._age_at_last_look(time, generation), key=_age)
            self._seen[generation.id] = generation, _Seen(ages, told)

    def changed(self, _: Time, generation: Generation) -> None:
        """Record a new generation."""
        self._seen.setdefault(generation.id, (generation, _NEW))

    def _age_at_last_look(self, time: Time, generation: Generation) -> int:
        if not generation.age.slow:
            return self.looked.now - generation.age.zero
        return max(self.looked.slow, self.looked.now - time.lag_of(generation)) - generation.age.zero

    def next(self, time: Time) -> int:
        """Return the instant at which time makes the next status visible; END if it never does.

        This is right only on a clock that does not hold generations until a request.
        """
        return time.cohorts.next_show(time.reading())

    def passed(self, time: Time, most: int) -> Begun:
        """Return, in order, the last `most` statuses that have become visible since the last check.

        A generation that is deleted, or that `visible_after` still hides, has no visible status.
        """
        reading = time.reading()
        single = sorted(self._of_changed(time), key=_order)
        found = [*self._passages(time, reading)]
        hidden = time.cohorts.visible.passed(self.looked.now, reading.now)
        shown = [_shown(time, due) for due in hidden if due.generation not in self._seen]
        twice = sum(passage.includes(changed) for passage in found for changed, _ in self._seen.values())
        total = len(single) + len(shown) + sum(map(len, found)) - twice
        lists = [self._of_others(passage, reading.lag) for passage in found]
        last = islice(merge(reversed(single), reversed(shown), *lists, key=_order, reverse=True), most)
        begun = [*last][::-1]
        self.looked, self._seen = reading, {}
        return Begun(begun, total - len(begun))

    def _passages(self, time: Time, reading: Reading) -> Iterator[Passage[str]]:
        """Yield the passages of generations to a new status since the last check.

        Generations that changed on their own are included.
        """
        if not time.cohorts.quiet(self.looked, reading):
            for cohort, group in time.cohorts.groups(self.looked):
                yield from passages(group, cohort.shows, self.looked, reading)

    def _of_others(self, passage: Passage[str], lag: int) -> Iterator[Due]:
        """Yield the statuses of the generations that did not change on their own, the last first."""
        for at, each, status in passage.instants_backward(lag):
            if each.id not in self._seen:
                yield Due(at, each.id, "status", status)

    def _of_changed(self, time: Time) -> Iterator[Due]:
        for generation, seen in self._seen.values():
            if not generation.deleted:
                yield from _of_one(time, generation, seen)


def _of_one(time: Time, generation: Generation, seen: _Seen) -> Iterator[Due]:
    ages = shows(generation.timeline, generation.visible_after)
    # If a command finished the generation, its life has changed. The new life is the same as the old life up to that
    # moment.
    told = sum(map(eq, seen.ages[: seen.told], ages))
    shown = seen.ages[seen.told - 1][1] if seen.told else None
    age, now = time.age_of(generation), time.clock.now()
    for start, status in ages[told:]:
        if start > age:
            return
        if status != shown:
            yield Due(now - age + start, generation.id, "status", status)
        shown = status


def _shown(time: Time, visible: Due) -> Due:
    """Return the status that becomes visible when the `visible_after` of a finished generation ends."""
    generation = time.generation(visible.generation)
    status = generation.timeline.at(generation.visible_after).status
    return Due(visible.at, visible.generation, "status", status)


def _age(happening: tuple[int, object]) -> int:
    return happening[0]


def _order(due: Due) -> Key:
    return due.at, due.generation
