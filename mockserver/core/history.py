"""The history, a page at a time: a selection of generations, and one page of it."""

from collections.abc import Callable, Iterable
from itertools import islice

from msgspec import UNSET, Struct

from mockserver.core.generation import Generation, GenerationType


class Selection(Struct, frozen=True):
    """The wanted part of the history; None selects all. Pages count from 1."""

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
        """Tell whether the selection has a generation; `status` returns its present status."""
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
