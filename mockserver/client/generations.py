"""The generations of all accounts of a world: read them, and finish one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from types import EllipsisType
from typing import Literal, TypedDict, Unpack

from mockserver.client.clock import Due
from mockserver.client.control import Control, with_query
from mockserver.client.errors import NotFound
from mockserver.client.journal import RuleName


class GenerationFilters(TypedDict, total=False):
    """Which generations are meant: by their present status, by their account's e-mail address; None is no filter."""

    status: str | None
    account: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationView:
    """A generation at one moment, even a deleted one."""

    id: int
    account: str
    generation_type: str
    model_name: str
    prompt: str
    status: str
    progress: int
    age: float
    """Virtual seconds since its creation."""

    credit_cost: int
    created_at: datetime
    finished: bool
    deleted: bool

    rule: RuleName | None
    """The rule that scripts its life; None for the default life."""

    next: Due | None
    """The first event of it to come due."""


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """One generation. Each attribute is fetched when it is read, which moves no clock."""

    id: int
    _control: Control = field(repr=False)

    def view(self) -> GenerationView:
        """Return everything about the generation at one moment."""
        return self._control.read(GenerationView, f"/generations/{self.id}")

    @property
    def status(self) -> str:
        """The answer that a poll would get now."""
        return self.view().status

    @property
    def progress(self) -> int:
        """How far it is, from 0 to 100."""
        return self.view().progress

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.view().finished

    def finish(
        self,
        status: Literal["completed", "failed"] = "completed",
        *,
        outputs: int | list[str] | None = None,
        error: str | EllipsisType | None = ...,
    ) -> GenerationView:
        """Complete or fail it now; raises Invalid if it is finished or deleted already.

        `outputs` is the number of outputs, or their texts. `error` is the message of a failed one, None for an empty
        message.
        """
        asked: dict[str, object] = {"status": status}
        if outputs is not None:
            asked["outputs"] = outputs
        if error is not ...:
            asked["error"] = error
        return self._control.send(GenerationView, "POST", f"/generations/{self.id}/finish", asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    generations: tuple[GenerationView, ...]
    total: int
    next: int | None


class Generations:
    """All generations of a world, by id, oldest first.

    >>> len(world.generations), 1842 in world.generations
    (0, False)
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def __getitem__(self, id_: int) -> Generation:
        return Generation(id_, self._control)

    def __iter__(self) -> Iterator[Generation]:
        return self.where()

    def __len__(self) -> int:
        return self._control.read(_Page, with_query("/generations", {"limit": 1})).total

    def __contains__(self, id_: object) -> bool:
        if not isinstance(id_, int):
            return False
        try:
            self[id_].view()
        except NotFound:
            return False
        return True

    def where(self, **filters: Unpack[GenerationFilters]) -> Iterator[Generation]:
        """Yield the generations that match."""
        return (self[view.id] for view in self.views(**filters))

    def views(self, **filters: Unpack[GenerationFilters]) -> Iterator[GenerationView]:
        """Yield a look at each generation that matches, fetched as they are read."""
        for page in self._control.pages(_Page, "/generations", {**filters}):
            yield from page.generations
