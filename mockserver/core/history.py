"""The history, a page at a time: which generations are asked for, and which of them a page shows."""

from collections.abc import Callable, Iterable
from itertools import islice

from msgspec import UNSET, Struct

from mockserver.core.generation import Generation, GenerationType


class Selection(Struct, frozen=True):
    """Which part of the history is asked for; None is any. Pages count from 1."""

    page: int
    size: int
    status: str | None = None
    generation_type: GenerationType | None = None
    project_id: str | None = None

    @property
    def everything(self) -> bool:
        """Whether no generation is left out."""
        return self.status is self.generation_type is self.project_id is None

    def includes(self, generation: Generation, status: Callable[[Generation], str]) -> bool:
        """Tell whether a generation is asked for; `status` tells its present one."""
        order = generation.order
        project = None if order.project_id is UNSET or order.project_id is None else str(order.project_id)
        return (
            self.generation_type in (None, order.generation_type)
            and self.project_id in (None, project)
            and (self.status is None or self.status == status(generation))
        )


def page(
    ordered: Iterable[Generation], count: int, selection: Selection, status: Callable[[Generation], str]
) -> tuple[list[Generation], int]:
    """Return the generations of one page, and the number on all pages; `count` is the number of `ordered` generations.

    Without a filter, only the generations up to the end of the page are visited.
    """
    if not selection.everything:
        chosen = [generation for generation in ordered if selection.includes(generation, status)]
        ordered, count = chosen, len(chosen)
    first = (selection.page - 1) * selection.size
    return list(islice(ordered, first, first + selection.size)), count
