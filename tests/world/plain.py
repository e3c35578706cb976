"""The plain computation beside which the indexes of a world are tested: it visits every generation each time.

It keeps an age for each generation and changes it at each move. Durations are in microseconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import eq

from mockserver.core.age import step_of
from mockserver.core.clock import Mode
from mockserver.core.due import Due
from mockserver.core.generation import Generation
from mockserver.core.history import Selection
from mockserver.core.instant import END
from mockserver.core.operation import Operation
from mockserver.core.wallet import LedgerEntry
from mockserver.world.world import World


@dataclass
class PlainAge:
    """The age of a generation: `held`, or the time since the instant `zero`."""

    zero: int
    held: int | None = None
    answered: dict[Operation, int] = field(default_factory=dict)
    changed: bool = True
    """Whether anything but the clock has changed the age since the last look."""

    def at(self, now: int) -> int:
        return now - self.zero if self.held is None else self.held


class PlainTime:
    """The ages of all generations of a world; each verb is to be called beside the same one of the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mode = world.clock.mode
        self.now = world.clock.now()
        self.ages: dict[int, PlainAge] = {}

    @property
    def generations(self) -> list[tuple[Generation, PlainAge]]:
        return [(self.world.generations[id_], age) for id_, age in self.ages.items()]

    def _hold_or_run(self, generation: Generation, age: PlainAge) -> None:
        present = age.at(self.now)
        over = generation.deleted or generation.finished(present)
        age.changed = True
        if self.mode is Mode.POLL and not over:
            age.zero, age.held = generation.created_at, present
        else:
            age.zero, age.held = self.now - present, None

    def create(self, generation: Generation) -> None:
        self.ages[generation.id] = PlainAge(self.now)
        self._hold_or_run(generation, self.ages[generation.id])

    def run(self, generation: Generation) -> None:
        age = self.ages[generation.id]
        age.zero, age.held, age.changed = self.now - age.at(self.now), None, True

    def ask(self, generation: Generation, operation: Operation) -> None:
        age = self.ages[generation.id]
        if age.held is not None and age.answered.get(operation) == age.held:
            self.age_to(generation, age.held + step_of(generation.timeline, age.held, self.world.clock.step))
        if age.held is not None:
            age.answered[operation] = age.held

    def age_to(self, generation: Generation, older: int) -> None:
        age = self.ages[generation.id]
        if age.held is None or age.held >= older:
            return
        age.held, age.changed = older, True
        self.reach(generation.created_at + older)
        if generation.finished(older):
            self.run(generation)

    def reach(self, instant: int) -> None:
        self.now = max(self.now, min(instant, END - 1))

    def advance(self, duration: int) -> None:
        before = self.now
        self.reach(self.now + duration)
        for generation, age in self.generations:
            if age.held is not None:
                age.held += self.now - before
                self._hold_or_run(generation, age)

    def change(self, mode: Mode) -> None:
        self.mode = mode
        for generation, age in self.generations:
            self._hold_or_run(generation, age)

    # What comes

    def _refund(self, generation: Generation) -> LedgerEntry | None:
        return self.world.accounts[generation.owner].ledger.refund(generation.id)

    def _coming(self, generation: Generation, age: PlainAge) -> list[Due]:
        zero, refund = self.now - age.at(self.now), self._refund(generation)
        found: list[Due] = []
        if not generation.deleted:
            shown = generation.timeline.at(age.at(self.now)).status
            for start, status in generation.timeline.statuses:
                if zero + start > self.now and status != shown:
                    shown = status
                    found.append(Due(zero + start, generation.id, "status", status))
            if generation.visible_after:
                found.append(Due(zero + generation.visible_after, generation.id, "visible"))
        if refund is not None and refund.due is not None:
            found.append(Due(zero + refund.due, generation.id, "refund", credits=refund.amount))
        return sorted((due for due in found if self.now < due.at < END), key=lambda due: due.at)

    def dues(self, instant: int = END) -> list[Due]:
        """Return all that comes due up to an instant, in order."""
        dues = [due for each in self.generations for due in self._coming(*each) if due.at <= instant]
        return sorted(dues, key=lambda due: (due.at, due.generation))

    # Pages

    def status(self, generation: Generation) -> str:
        return generation.timeline.at(self.ages[generation.id].at(self.now)).status

    def history(self, owner: int, selection: Selection, *, newest_first: bool) -> tuple[list[int], int]:
        found = [
            each.id
            for each, _ in self.generations
            if each.owner == owner and not each.deleted and self._selects(selection, each)
        ]
        ordered = found[::-1] if newest_first else found
        first = (selection.page - 1) * selection.size
        return ordered[first : first + selection.size], len(found)

    def _selects(self, selection: Selection, generation: Generation) -> bool:
        order = generation.order
        project = order.project_id if isinstance(order.project_id, str | int) else None
        return (
            selection.generation_type in (None, order.generation_type)
            and selection.project_id in (None, None if project is None else str(project))
            and selection.status in (None, self.status(generation))
        )

    def after(self, since: int, owner: int | None, status: str | None) -> list[int]:
        return [
            each.id
            for each, _ in self.generations
            if each.id > since and owner in (None, each.owner) and status in (None, self.status(each))
        ]


class PlainTransitions:
    """The last seen status of each unfinished generation; each look visits every one of them."""

    def __init__(self, time: PlainTime) -> None:
        self._time = time
        self._watched: dict[int, _Life] = {}
        self._met = 0
        self.passed()

    @property
    def next(self) -> int:
        return min((life.next for life in self._watched.values()), default=END)

    def passed(self) -> list[Due]:
        for generation, age in self._time.generations[self._met :]:
            self._watched[generation.id] = _Life(generation, age)
        self._met = len(self._time.generations)
        now = self._time.now
        moved = [life for life in self._watched.values() if now >= life.next or life.age.changed]
        begun = [due for life in moved for due in life.begun(now)]
        self._watched = {id_: life for id_, life in self._watched.items() if not life.over}
        return sorted(begun, key=lambda due: (due.at, due.generation))


class _Life:
    def __init__(self, generation: Generation, age: PlainAge) -> None:
        self.generation, self.age = generation, age
        self.next = generation.created_at
        self._shown: str | None = None
        self._told = 0
        self._read()

    def _read(self) -> None:
        self._timeline, hidden = self.generation.timeline, self.generation.visible_after
        self._visible = list({max(start, hidden): status for start, status in self._timeline.statuses}.items())

    def begun(self, now: int) -> Iterator[Due]:
        age = self.age.at(now)
        if self.generation.timeline is not self._timeline:
            told = self._visible[: self._told]
            self._read()
            self._told = sum(map(eq, told, self._visible))
        while not self.generation.deleted and self._told < len(self._visible) and self._visible[self._told][0] <= age:
            start, status = self._visible[self._told]
            if status != self._shown:
                yield Due(now - age + start, self.generation.id, "status", status)
            self._shown, self._told = status, self._told + 1
        self.age.changed = False
        following = [start for start, status in self._visible[self._told :] if status != self._shown]
        self.next = END if self.age.held is not None or not following else self.age.zero + following[0]

    @property
    def over(self) -> bool:
        last = self._told == len(self._visible) and self.generation.timeline.finish is not None
        return self.generation.deleted or last
