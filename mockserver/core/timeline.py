"""The state of a generation at an age: a pure function of its steps. Nothing here ticks."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from mockserver.core.forms import Duration, Keyed
from mockserver.core.instant import SECOND

PENDING: Final = "pending"
PROCESSING: Final = "processing"
COMPLETED: Final = "completed"
FAILED: Final = "failed"

FINAL: Final = (COMPLETED, FAILED)
"""The statuses in which a generation can end. Source: API reference, "Generations"."""

DEFAULT_ERROR: Final = "Generation failed"
"""The error of a failed generation without a scripted reason. Assumed: the reference is silent."""

_LEVELS: Final = {PENDING: 0, COMPLETED: 100}

Percent = Annotated[int, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=0, le=100)]


class Step(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"lasts": "for"}):
    """One part of a generation's life.

    `lasts` is in microseconds; None means for ever. `progress` is a percentage, or a tuple that divides the step into
    equal parts, with one percentage for each part; None means the default progress. `outputs` is the number of outputs,
    or their texts; None means one output if the status is `completed`, else none. `error` UNSET means the default: a
    sentence if the status is `failed`, else no key.
    """

    status: Annotated[str, Meta(min_length=1, max_length=200)]
    lasts: Duration | None = None
    progress: Percent | Annotated[tuple[Percent, ...], Meta(min_length=1, max_length=1000)] | None = None
    outputs: Count | Annotated[tuple[str, ...], Meta(max_length=100)] | None = None
    error: str | UnsetType | None = UNSET


ScriptedStep = Annotated[Step, Meta(extra={"form": Keyed(key="status", value="for")})]
"""A step as scenarios write it: `completed`, `pending: 2s` or `processing: {for: 30s, progress: 40}`."""


class Snapshot(Struct, frozen=True, gc=False):
    """The state of a generation at one age.

    `outputs` is a count or the scripted texts. `error` UNSET means no such key.
    """

    status: str
    progress: int
    outputs: int | tuple[str, ...]
    error: str | UnsetType | None


class Timeline(Struct, frozen=True, dict=True):
    """The steps of one life in order. Every step has a length, except the last step, which lasts for ever."""

    steps: tuple[Step, ...]

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The age at which each step begins."""
        ages = [0]
        for step in self.steps[:-1]:
            ages.append(ages[-1] + (step.lasts or 0))
        return tuple(ages)

    @cached_property
    def statuses(self) -> tuple[tuple[int, str], ...]:
        """The age at which each visible step begins, and its status."""
        ends = (*self.starts[1:], None)
        steps = zip(self.starts, ends, self.steps, strict=True)
        return tuple((start, step.status) for start, end, step in steps if start != end)

    @cached_property
    def finish(self) -> int | None:
        """The age at which the last step begins, if its status is final; None if the generation never finishes."""
        return self.starts[-1] if self.steps[-1].status in FINAL else None

    @cached_property
    def fails(self) -> bool:
        """Whether the last status is `failed`. An earlier `failed` is only shown, and does not end the generation."""
        return self.steps[-1].status == FAILED

    @cached_property
    def _courses(self) -> tuple["_Course", ...]:
        courses = [_Course(self.steps[0], 0, 0)]
        for step in self.steps[1:]:
            last = courses[-1]
            before = last.progress(max((last.step.lasts or 0) - 1, 0))
            courses.append(_Course(step, before, 0 if last.step.status == COMPLETED else before))
        return tuple(courses)

    def status(self, age: int) -> str:
        """Return the status that the generation shows at `age` microseconds, 0 or more."""
        return self.steps[bisect_right(self.starts, age) - 1].status

    def at(self, age: int) -> Snapshot:
        """Return the state that the generation shows at `age` microseconds, 0 or more."""
        i = bisect_right(self.starts, age) - 1
        course = self._courses[i]
        return course.still or course.at(age - self.starts[i])

    def ended(self, age: int, last: Step) -> "Timeline":
        """Return a life with the same statuses as this life up to an age, and with `last` for ever after this age."""
        begun = bisect_left(self.starts, age)
        if not begun:
            return Timeline((last,))
        *whole, current = self.steps[:begun]
        return Timeline((*whole, structs.replace(current, lasts=age - self.starts[begun - 1]), last))

    def next_change(self, age: int) -> int | None:
        """Return the first age after `age` at which the snapshot changes; None if it never changes again."""
        shown = self.at(age)
        return next((later for later in self._turns(age) if self.at(later) != shown), None)

    def _turns(self, age: int) -> Iterator[int]:
        for i in range(bisect_right(self.starts, age) - 1, len(self.steps)):
            start = self.starts[i]
            yield from (start + turn for turn in (0, *self._courses[i].turns()) if start + turn > age)


class _Course(Struct, frozen=True, dict=True):
    """The snapshots within one step.

    `before` is the progress when the step begins. `base` is the progress from which a straight line begins.
    """

    step: Step
    before: int
    base: int

    @cached_property
    def still(self) -> Snapshot | None:
        """The snapshot at every age within the step; None if its progress changes."""
        return self.at(0) if next(self.turns(), None) is None else None

    def at(self, age: int) -> Snapshot:
        """Return the snapshot `age` microseconds after the step began."""
        return Snapshot(self.step.status, self.progress(age), _outputs(self.step), _error(self.step))

    def progress(self, age: int) -> int:
        """Return the progress `age` microseconds after the step began."""
        lasts, progress = self.step.lasts, self.step.progress
        if isinstance(progress, int):
            return progress
        if progress is not None:
            return progress[age * len(progress) // lasts] if lasts else progress[-1]
        if self.step.status in _LEVELS:
            return _LEVELS[self.step.status]
        if self.step.status == FAILED or not lasts:
            return self.before
        return min(99, self.base + (100 - self.base) * age // lasts)

    def turns(self) -> Iterator[int]:
        """Yield, in order, the ages within the step at which its progress may change."""
        lasts, progress = self.step.lasts, self.step.progress
        if lasts is None or isinstance(progress, int):
            return
        if progress is not None:
            yield from (-(-part * lasts // len(progress)) for part in range(1, len(progress)))
        elif self.step.status not in (*_LEVELS, FAILED):
            yield from (-(-gain * lasts // (100 - self.base)) for gain in range(1, 100 - self.base))


def _outputs(step: Step) -> int | tuple[str, ...]:
    if step.outputs is not None:
        return step.outputs
    return 1 if step.status == COMPLETED else 0


def _error(step: Step) -> str | UnsetType | None:
    if step.error is UNSET and step.status == FAILED:
        return DEFAULT_ERROR
    return step.error


DEFAULT_LIFE: Final = Timeline(
    (
        Step(status=PENDING, lasts=2 * SECOND),
        Step(status=PROCESSING, lasts=6 * SECOND),
        Step(status=COMPLETED),
    )
)
"""The life of a generation that no rule scripts. Source: API reference, "Generations"; its lengths are assumed."""
