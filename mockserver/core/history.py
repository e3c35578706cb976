"""The selection of a page of the history."""

from msgspec import Struct

from mockserver.core.generation import GenerationType


class Selection(Struct, frozen=True):
    """The part of the history that a client requests. None selects all. Pages are numbered from 1."""

    page: int
    size: int
    status: str | None = None
    generation_type: GenerationType | None = None
    project_id: str | None = None

    @property
    def everything(self) -> bool:
        """Whether this selects every generation, without a filter."""
        return self.status is self.generation_type is self.project_id is None
