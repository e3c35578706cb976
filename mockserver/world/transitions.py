"""The statuses that generations have begun to show since the last look. They are found by looking, so nothing ticks."""

from collections.abc import Iterator
from operator import eq

from mockserver.core.due import Due
from mockserver.core.generation import Generation
from mockserver.core.instant import END
from mockserver.world.time import Time


class Transitions:
    """The last seen status of each unfinished generation of one world.

    The first look finds all statuses shown by then. Each look visits every unfinished generation.
    """

    def __init__(self, time: Time) -> None:
        self._time = time
        self._known = 0
        self._watched: dict[int, _Life] = {}

    @property
    def next(self) -> int:
        """The instant at which time alone brings the next one, as far as the last look knew; END if it never does."""
        return min((life.next for life in self._watched.values()), default=END)

    def passed(self) -> list[Due]:
        """Return, in order, the statuses that have begun to show since the last look.

        A generation that `visible_after` hides shows nothing, nor does a deleted one.
        """
        self._meet()
        now = self._time.clock.now()
        moved = [life for life in self._watched.values() if life.moved(now)]
        begun = [due for life in moved for due in life.begun(now)]
        for life in moved:
            if life.over:
                del self._watched[life.generation.id]
        return sorted(begun, key=lambda due: (due.at, due.generation))

    def _meet(self) -> None:
        """Begin to watch the generations that are new."""
        new = {generation.id: _Life(generation) for generation in self._time.started_after(self._known)}
        self._watched |= new
        self._known += len(new)


class _Life:
    """How far one generation was seen to come: the status that it showed, and how many statuses were listed.

    `next` is the instant at which the following one begins to show by itself, END if it never does.
    """

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.next = generation.created_at
        self._shown: str | None = None
        self._told = 0
        self._read()

    def _read(self) -> None:
        generation = self.generation
        self._age, self._timeline = generation.age, generation.timeline
        # Of the statuses that are over before the generation is visible, only the last is left. It then shows at once.
        visible = {max(start, generation.visible_after): status for start, status in self._timeline.statuses}
        self._visible = list(visible.items())

    def moved(self, now: int) -> bool:
        """Tell whether it may show another status than at the last look. An end or a deletion replaces its age."""
        return now >= self.next or self.generation.age is not self._age

    def begun(self, now: int) -> Iterator[Due]:
        """Yield the statuses that have begun to show by now, each once."""
        generation = self.generation
        age = generation.age.at(now)
        if generation.timeline is not self._timeline:
            # A command finished it: its life is the same up to that moment, and another one from there.
            told = self._visible[: self._told]
            self._read()
            self._told = sum(map(eq, told, self._visible))
        while not generation.deleted and self._told < len(self._visible) and self._visible[self._told][0] <= age:
            start, status = self._visible[self._told]
            if status != self._shown:
                yield Due(now - age + start, generation.id, "status", status)
            self._shown, self._told = status, self._told + 1
        self._age = generation.age
        held = self._age.held is not None or self._told == len(self._visible)
        self.next = END if held else self._age.zero + self._visible[self._told][0]

    @property
    def over(self) -> bool:
        """Whether it will never show another status, whatever a command does."""
        generation = self.generation
        return generation.deleted or (self._told == len(self._visible) and generation.timeline.finish is not None)
