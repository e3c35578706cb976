"""What moves the time of one world: who asks again, who was told to wait, and whoever moves the clock by hand.

On a `poll` clock a generation has an age of its own, so time is not the clock alone: all that moves either stands here.
"""

from collections.abc import Iterable
from typing import Literal

from mockserver.core.age import Age, Mode, step_of
from mockserver.core.generation import Generation
from mockserver.core.operation import Operation
from mockserver.core.timeline import Snapshot
from mockserver.world.clock import Clock
from mockserver.world.limits import NO_WAIT, Visitor, Wait, Waits


class Time:
    """The clock of one world, the generations that age with it or by themselves, and the waits that clients were told.

    Durations and ages are in microseconds, instants in microseconds since 1970.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.generations: dict[int, Generation] = {}
        self.waits = Waits()

    def age(self, id_: int) -> int:
        """Return the present age of a generation."""
        return self.generations[id_].age.at(self.clock.now())

    def snapshot(self, generation: Generation) -> Snapshot:
        """Return what a generation shows now."""
        return generation.timeline.at(generation.age.at(self.clock.now()))

    def accept(self, generation: Generation) -> None:
        """Let a generation begin to age."""
        self.generations[generation.id] = generation
        self._keep(generation)

    def release(self, generation: Generation) -> None:
        """Let a generation age with its world from now on."""
        generation.age = generation.age.run(self.clock.now())

    def _keep(self, generation: Generation) -> None:
        """Hold a generation on a `poll` clock until it is finished, on any other let it age with the world."""
        now = self.clock.now()
        over = generation.deleted or generation.finished(generation.age.at(now))
        held = self.clock.mode is Mode.POLL and not over
        generation.age = generation.age.hold(now, generation.created_at) if held else generation.age.run(now)

    # Asking

    def asked(self, generation: Generation, operation: Operation) -> None:
        """Let the time pass that a patient client lets pass before its owner asks this again."""
        if self.waits and self.resumed(generation.id, operation):
            return
        held = generation.age.held
        if held is not None and generation.answered.get(operation) == held:
            self._grow(generation, held + step_of(generation.timeline, held, self.clock.step))

    def answered(self, generation: Generation, operation: Operation) -> None:
        """Note that the owner has been answered at the age that the generation has."""
        if generation.age.held is not None:
            generation.answered[operation] = generation.age.held

    def _grow(self, generation: Generation, age: int) -> None:
        """Make a generation that is held as old as this, and the world no younger."""
        if generation.age.held is None or generation.age.held >= age:
            return
        generation.age = Age(generation.age.zero, age)
        self.clock.reach(generation.age.zero + age)
        if generation.finished(age):
            self.release(generation)

    # Waiting

    def put_off(self, generation: Generation, operation: Operation, wait: int, *, limited: bool) -> None:
        """Note on a `poll` clock that the owner was told to wait before asking this again.

        Who asks again then finds the generation older by that. A limit counts in the time of the world: where one
        refused, the world will be older too, or waiting as told might not be enough.
        """
        until = self.clock.now() + wait if limited else 0
        self.waits.note(generation.id, operation, Wait(until, {generation.id: self.age(generation.id) + wait}))

    def told(self, visitor: Visitor, operation: Operation, wait: int, counted: Iterable[int] = ()) -> None:
        """Note on a `poll` clock that a client was told to wait before it asks for this again.

        `counted` are the generations that an active cap counted when it refused: they will be older by the wait too.
        """
        ages = {id_: self.age(id_) + wait for id_ in counted}
        self.waits.note(visitor.name, operation, Wait(self.clock.now() + wait, ages))

    def resumed(self, who: str | int, operation: Operation) -> bool:
        """Let the time pass that a client was told to wait before it asked for this again; tell whether it was.

        `who` is the visitor's name, or the generation that was asked for.
        """
        wait = self.waits.take(who, operation)
        for id_, age in wait.ages.items():
            self._grow(self.generations[id_], age)
        self.clock.reach(wait.until)
        return wait is not NO_WAIT

    # Moving by hand

    def advance(self, duration: int) -> None:
        """Make the world and every generation older by a duration."""
        now = self.clock.now()
        self.clock.reach(now + duration)
        moved = self.clock.now() - now
        for generation in self.generations.values():
            if generation.age.held is not None:
                generation.age = Age(generation.age.zero, generation.age.held + moved)
                self._keep(generation)

    def change(self, mode: Mode, step: int | Literal["next"], rate: float) -> None:
        """Move time in another way from now on; every generation keeps its age."""
        self.clock.change(mode, step, rate)
        if mode is not Mode.POLL:
            # Coming back moves a `poll` clock only.
            self.waits = Waits()
        for generation in self.generations.values():
            self._keep(generation)
