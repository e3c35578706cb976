"""Moves the time of one world.

Time moves for three reasons: a client repeats a request, a client was told to wait, or a command moves time.

On a `poll` clock each generation has an age of its own, so to move time means to move the clock or a generation.
Nothing else moves the clock or a generation. No move visits every generation, because the ages of unfinished
generations are computed from the slow clock.
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final, Literal, Protocol

from msgspec import Struct

from mockserver.core.age import Age, Reading, step_of
from mockserver.core.clock import Mode
from mockserver.core.generation import Generation
from mockserver.core.operation import Operation
from mockserver.core.timeline import Snapshot, Timeline
from mockserver.world.clock import Clock
from mockserver.world.cohorts import Cohorts, RefundAge, no_refund
from mockserver.world.limits import MOST_CALLERS, Visitor


class Wait(Struct, frozen=True):
    """A wait that the mock asked of a client, in a `Retry-After`."""

    until: int = 0
    """The instant at which the wait ends, in microseconds since 1970."""
    ages: dict[int, int] = {}
    """For each generation that the client waits for, its age in microseconds when the wait ends."""


NO_WAIT: Wait = Wait()


class Waits:
    """For each client, the wait that it was told to keep before it repeats an operation.

    A key is an operation and the name of a visitor or the id of a generation.
    """

    def __init__(self) -> None:
        self.noted: dict[tuple[str | int, Operation], Wait] = {}

    def note(self, who: str | int, operation: Operation, wait: Wait) -> None:
        """Store a wait. Beyond `MOST_CALLERS` waits, the oldest wait is forgotten."""
        self.noted[who, operation] = wait
        if len(self.noted) > MOST_CALLERS:
            del self.noted[next(iter(self.noted))]

    def take(self, who: str | int, operation: Operation) -> Wait:
        """Remove a wait and return the wait; NO_WAIT if there is none."""
        return self.noted.pop((who, operation), NO_WAIT)


SETTLED: Final = 100
"""The most generations that one move of the clock settles one by one. More generations are remembered as one group."""


class Lap(Struct, frozen=True):
    """A stretch of the slow clock with a constant lag, in which many generations finished."""

    end: int
    """The instant that the slow clock showed at the end of the stretch."""
    lag: int


class Watcher(Protocol):
    """An observer that is notified of changes to single generations."""

    looked: Reading
    """The reading of the clocks up to which the watcher is up to date."""

    def changing(self, time: "Time", generation: Generation) -> None:
        """Handle a generation whose age or life is about to change."""

    def changed(self, time: "Time", generation: Generation) -> None:
        """Handle a generation whose age or life has changed, or that is new."""


class Time:
    """The clock of one world, the ages of its generations, and the waits that its clients were told.

    Durations and ages are in microseconds, instants in microseconds since 1970.
    """

    def __init__(self, clock: Clock, generations: dict[int, Generation], refund_age: RefundAge = no_refund) -> None:
        self.clock = clock
        self.waits = Waits()
        self.cohorts = Cohorts(refund_age)
        self.watchers: list[Watcher] = []
        self.settles = SETTLED
        """The most generations that one move of the clock settles one by one."""
        self._generations = generations
        self._lag = 0
        """The microseconds by which the slow clock is behind the world's clock."""
        self._lag_since = clock.now()
        """The instant that the slow clock showed when the lag last changed."""
        self._laps: list[Lap] = []
        """The laps, in order, with finished generations that are not settled yet."""

    def reading(self) -> Reading:
        """Return the instants that both clocks show."""
        now = self.clock.now()
        return Reading(now, now - self._lag)

    def generation(self, id_: int) -> Generation:
        """Return a generation by its id."""
        return self._generations[id_]

    def age(self, id_: int) -> int:
        """Return the present age of a generation by its id."""
        return self.age_of(self._generations[id_])

    def age_of(self, generation: Generation) -> int:
        """Return the present age of a generation."""
        age = generation.age
        return self.clock.now() - age.zero - (self.lag_of(generation) if age.slow else 0)

    def lag_of(self, generation: Generation) -> int:
        """Return the present lag of a generation that began on the slow clock.

        When the generation finishes, its lag becomes constant.
        """
        if self._laps:
            finish = generation.timeline.finish
            if finish is not None and generation.age.zero + finish <= self._laps[-1].end:
                return self._laps[bisect_left(self._laps, generation.age.zero + finish, key=_end)].lag
        return self._lag

    def held(self, generation: Generation) -> int | None:
        """Return the age of a generation that only repeated requests make older; None for other generations."""
        if not (self.clock.holds and generation.age.slow):
            return None
        age = self.age_of(generation)
        return None if generation.finished(age) else age

    def snapshot(self, generation: Generation) -> Snapshot:
        """Return the present state of a generation."""
        return generation.timeline.at(self.age_of(generation))

    # A generation begins and ends

    def start(self, generation: Generation) -> None:
        """Start the life of a new generation: it ages with the slow clock until it is finished."""
        reading = self.reading()
        unfinished = not generation.finished(0)
        generation.age = Age(reading.slow if unfinished else reading.now, slow=unfinished)
        self._changed(generation)

    def run(self, generation: Generation, life: Timeline | None = None) -> None:
        """Let a generation age with its world from now on.

        If `life` is given, the generation also changes to this life.
        """
        self._changing(generation)
        generation.age = Age(self.clock.now() - self.age_of(generation))
        if life is not None:
            generation.timeline = life
        self._changed(generation)
        if generation.deleted:
            self.cohorts.join_deleted(generation, self.reading())

    def refund_changed(self, generation: Generation) -> None:
        """Record that the refund of a generation has changed. The generation must age with its world."""
        self.cohorts.join(generation, self.reading())

    def _changing(self, generation: Generation) -> None:
        for watcher in self.watchers:
            watcher.changing(self, generation)
        self.cohorts.leave(generation)

    def _changed(self, generation: Generation) -> None:
        self.cohorts.join(generation, self.reading())
        for watcher in self.watchers:
            watcher.changed(self, generation)

    # The world's clock moves and the slow one does not

    def reach(self, instant: int) -> None:
        """Move the world's clock to an instant. An instant in the past moves nothing.

        On a `poll` clock, this move does not make unfinished generations older.
        """
        before = self.clock.now()
        if instant > before and self.clock.holds:
            self._settle()
            self.clock.reach(instant)
            self._lag += self.clock.now() - before
        else:
            self.clock.reach(instant)

    def _settle(self) -> None:
        """Let the generations that finished with the present lag age with the world from now on."""
        reading = self.reading()
        if reading.slow > self._lag_since:
            self._lag_since = reading.slow
            finished = [*self.cohorts.finished(reading)]
            if sum(count for _, count in finished) <= self.settles:
                for cohort, count in finished:
                    for generation in [*cohort.open.generations.forward(0, count)]:
                        self.run(generation)
            else:
                self._laps.append(Lap(reading.slow, reading.lag))
                for cohort, count in finished:
                    self.cohorts.close(cohort, count, reading)
        self.cohorts.forget(min([reading.now, *(watcher.looked.now for watcher in self.watchers)]))

    # A client repeats a request

    def age_on_poll(self, generation: Generation, operation: Operation) -> None:
        """Make a held generation older, as if its client had waited patiently since the last such answer."""
        if self.waits.noted and self.end_wait(generation.id, operation):
            return
        held = self.held(generation)
        if held is not None and generation.answered.get(operation) == held:
            self._age_to(generation, held + step_of(generation.timeline, held, self.clock.step))

    def note_answer(self, generation: Generation, operation: Operation) -> None:
        """Record the present age of the generation as the age of the last answer to its owner."""
        held = self.held(generation)
        if held is not None:
            generation.answered[operation] = held

    def _age_to(self, generation: Generation, age: int) -> None:
        """Make a held generation at least this old, and move the world's clock forward to match if necessary."""
        held = self.held(generation)
        if held is None or held >= age:
            return
        self.reach(generation.created_at + age)
        self._changing(generation)
        over, reading = generation.finished(age), self.reading()
        generation.age = Age((reading.now if over else reading.slow) - age, slow=not over)
        self._changed(generation)

    # A client was told to wait

    def note_wait_for(self, generation: Generation, operation: Operation, wait: int, *, limited: bool) -> None:
        """On a `poll` clock, record that the owner of a generation was told to wait before the next request for it.

        When the owner repeats the request, the generation becomes older by the wait. `limited` means that a limit
        refused the request. Then the wait moves the world's clock too, because limits use this clock: otherwise the
        limit would refuse again.
        """
        until = self.clock.now() + wait if limited else 0
        self.waits.note(generation.id, operation, Wait(until, {generation.id: self.age(generation.id) + wait}))

    def note_wait(self, visitor: Visitor, operation: Operation, wait: int, counted: Iterable[int] = ()) -> None:
        """On a `poll` clock, record that a client was told to wait before it repeats an operation.

        `counted`: the generations that an `active` limit had counted when it refused the request. The wait makes these
        generations older too.
        """
        ages = {id_: self.age(id_) + wait for id_ in counted}
        self.waits.note(visitor.name, operation, Wait(self.clock.now() + wait, ages))

    def end_wait(self, who: str | int, operation: Operation) -> bool:
        """Move the time by the wait that the client was told before. Return whether it was told one.

        `who` is the name of the visitor, or the id of the requested generation.
        """
        wait = self.waits.take(who, operation)
        for id_, age in wait.ages.items():
            self._age_to(self._generations[id_], age)
        self.reach(wait.until)
        return wait is not NO_WAIT

    # A command moves time

    def advance(self, duration: int) -> None:
        """Make the world and every generation older by a duration."""
        self.clock.reach(self.clock.now() + duration)

    def change(self, mode: Mode, step: int | Literal["next"], rate: float) -> None:
        """Change the mode, the step and the rate of the clock. Every generation keeps its age."""
        self.clock.change(mode, step, rate)
        if not self.clock.holds:
            # The end of a wait moves only a clock that holds generations.
            self.waits = Waits()


def _end(lap: Lap) -> int:
    return lap.end
