"""The history, a page at a time: which generations are asked for."""

from msgspec import Struct

from mockserver.core.generation import GenerationType


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
