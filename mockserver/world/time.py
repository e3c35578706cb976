"""Everything that moves the time of one world: a client that asks again, a wait that a client was told, or a command.

On a `poll` clock each generation has an age of its own, so moving time means moving the clock or a generation. Nothing
else moves either.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal

from msgspec import Struct

from mockserver.core.age import Age, step_of
from mockserver.core.clock import Mode
from mockserver.core.generation import Generation
from mockserver.core.operation import Operation
from mockserver.core.timeline import Snapshot
from mockserver.world.clock import Clock
from mockserver.world.limits import MOST_CALLERS, Visitor


class Wait(Struct, frozen=True):
    """A wait that a client was told."""

    until: int = 0
    """The instant at which the wait ends, in microseconds since 1970."""
    ages: dict[int, int] = {}
    """For each generation that the client waits for, its age in microseconds when the wait ends."""


NO_WAIT: Wait = Wait()


class Waits:
    """The wait that each client was told before it asks for the same again.

    A key is an operation and the name of a visitor or the id of a generation.
    """

    def __init__(self) -> None:
        self._noted: dict[tuple[str | int, Operation], Wait] = {}

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, who: str | int, operation: Operation, wait: Wait) -> None:
        """Keep a wait; beyond `MOST_CALLERS` waits the oldest is forgotten."""
        self._noted[who, operation] = wait
        if len(self._noted) > MOST_CALLERS:
            del self._noted[next(iter(self._noted))]

    def take(self, who: str | int, operation: Operation) -> Wait:
        """Return the wait and forget it; NO_WAIT if there is none."""
        return self._noted.pop((who, operation), NO_WAIT)


class Time:
    """The clock of one world, the ages of its generations, and the waits that its clients were told.

    Durations and ages are in microseconds, instants in microseconds since 1970.
    """

    def __init__(self, clock: Clock, generations: dict[int, Generation]) -> None:
        self.clock = clock
        self.waits = Waits()
        self._generations = generations

    def age(self, id_: int) -> int:
        """Return the present age of a generation."""
        return self._generations[id_].age.at(self.clock.now())

    def snapshot(self, generation: Generation) -> Snapshot:
        """Return the state that a generation shows now."""
        return generation.timeline.at(generation.age.at(self.clock.now()))

    def started_after(self, count: int) -> Iterator[Generation]:
        """Yield the generations that started after the first `count` ones, the newest first."""
        return islice(reversed(self._generations.values()), len(self._generations) - count)

    def start(self, generation: Generation) -> None:
        """Start the life of a new generation: it is held on a `poll` clock and ages with the world on any other."""
        self._hold_or_run(generation)

    def run(self, generation: Generation) -> None:
        """Let a generation age with its world from now on."""
        generation.age = generation.age.run(self.clock.now())

    def _hold_or_run(self, generation: Generation) -> None:
        """Hold an unfinished generation if the clock holds generations; let any other age with the world."""
        now = self.clock.now()
        over = generation.deleted or generation.finished(generation.age.at(now))
        held = self.clock.holds and not over
        generation.age = generation.age.hold(now, generation.created_at) if held else generation.age.run(now)

    # A client asks again

    def age_on_poll(self, generation: Generation, operation: Operation) -> None:
        """Age a held generation as much as a patient client would have waited since it last got this answer."""
        if self.waits and self.end_wait(generation.id, operation):
            return
        held = generation.age.held
        if held is not None and generation.answered.get(operation) == held:
            self._age_to(generation, held + step_of(generation.timeline, held, self.clock.step))

    def note_answer(self, generation: Generation, operation: Operation) -> None:
        """Note that the owner was answered at the present age of the generation."""
        if generation.age.held is not None:
            generation.answered[operation] = generation.age.held

    def _age_to(self, generation: Generation, age: int) -> None:
        """Make a held generation at least this old, and the world no younger than that makes it."""
        if generation.age.held is None or generation.age.held >= age:
            return
        generation.age = Age(generation.age.zero, age)
        self.clock.reach(generation.age.zero + age)
        if generation.finished(age):
            self.run(generation)

    # A client was told to wait

    def note_wait_for(self, generation: Generation, operation: Operation, wait: int, *, limited: bool) -> None:
        """Note on a `poll` clock that the owner of a generation was told to wait before asking for it again.

        When the owner asks again, the generation is older by the wait. If a limit refused (`limited`), the world moves
        on too: a limit counts in the time of the world, so the wait would not be enough otherwise.
        """
        until = self.clock.now() + wait if limited else 0
        self.waits.note(generation.id, operation, Wait(until, {generation.id: self.age(generation.id) + wait}))

    def note_wait(self, visitor: Visitor, operation: Operation, wait: int, counted: Iterable[int] = ()) -> None:
        """Note on a `poll` clock that a client was told to wait before asking for the same again.

        `counted` are the generations that an `active` cap counted when it refused; they age by the wait too.
        """
        ages = {id_: self.age(id_) + wait for id_ in counted}
        self.waits.note(visitor.name, operation, Wait(self.clock.now() + wait, ages))

    def end_wait(self, who: str | int, operation: Operation) -> bool:
        """Let the time pass that a client was told to wait; return whether there was such a wait.

        `who` is the name of the visitor, or the id of the generation that is asked for.
        """
        wait = self.waits.take(who, operation)
        for id_, age in wait.ages.items():
            self._age_to(self._generations[id_], age)
        self.clock.reach(wait.until)
        return wait is not NO_WAIT

    # A command moves time

    def advance(self, duration: int) -> None:
        """Make the world and every generation older by a duration."""
        now = self.clock.now()
        self.clock.reach(now + duration)
        moved = self.clock.now() - now
        for generation in self._generations.values():
            if generation.age.held is not None:
                generation.age = Age(generation.age.zero, generation.age.held + moved)
                self._hold_or_run(generation)

    def change(self, mode: Mode, step: int | Literal["next"], rate: float) -> None:
        """Move time in another way from now on; every generation keeps its age."""
        self.clock.change(mode, step, rate)
        if not self.clock.holds:
            # A wait that is over moves a clock that holds generations, and no other.
            self.waits = Waits()
        for generation in self._generations.values():
            self._hold_or_run(generation)
