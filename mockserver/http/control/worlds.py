"""All worlds of the server: which there are, and letting one go."""

from msgspec import Struct

from mockserver.core.errors import NotFound
from mockserver.core.instant import iso
from mockserver.http.control.visit import Visit
from mockserver.world.accounts import few
from mockserver.world.world import World


class WorldView(Struct, frozen=True):
    """One world of the server."""

    name: str
    scenario: str
    seed: int
    now: str
    mode: str
    exchanges: int
    generations: int


class WorldList(Struct, frozen=True):
    """All worlds of the server in the order of their making, and how many there may be."""

    worlds: list[WorldView]
    most: int


class Discarded(Struct, frozen=True):
    """A world that is no more."""

    world: str
    exchanges: int


def world_view(present: World) -> WorldView:
    """Return the view of a world."""
    return WorldView(
        present.name,
        present.loaded.name,
        present.scenario.seed,
        iso(present.clock.now()),
        present.clock.mode,
        present.journal.total,
        len(present.generations),
    )


def index(visit: Visit) -> WorldList:
    """List the worlds in the order of their making."""
    present = visit.worlds.present.values()
    for world in present:
        world.clock.read()
    return WorldList([world_view(world) for world in present], visit.worlds.bounds.worlds)


def discard(visit: Visit) -> Discarded:
    """Forget a world; the next request for it makes it anew."""
    try:
        world = visit.worlds.discard(visit.ids["name"])
    except NotFound as error:
        raise NotFound(f"{error.detail}; there is {few(visit.worlds.present)}") from error
    return Discarded(world.name, world.journal.total)
