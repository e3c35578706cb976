"""Where everything is, whether the server answers, and what describes it."""

from msgspec import Struct

from mockserver.http.control.visit import Visit
from mockserver.release import release
from mockserver.world.bounds import MOST_ACCOUNTS, MOST_ADDED_FAULTS, MOST_GENERATIONS, MOST_LISTENERS


class BoundsView(Struct, frozen=True, kw_only=True):
    """How much a server holds: worlds, and of each world journal, generations, accounts and added faults."""

    worlds: int
    journal_entries: int
    journal_bytes: int
    generations: int
    accounts: int
    listeners: int
    faults: int


class Health(Struct, frozen=True, kw_only=True):
    """That the server answers, and what it holds in all worlds together."""

    status: str
    version: str
    world: str
    worlds: int
    exchanges: int
    generations: int
    bounds: BoundsView


PLACES = {
    "health": "/__mock/health",
    "openapi": "/__mock/openapi.json",
    "control": "/__mock/control.json",
    "scenario": "/__mock/scenario",
    "scenarios": "/__mock/scenarios",
    "clock": "/__mock/clock",
    "journal": "/__mock/journal",
    "accounts": "/__mock/accounts",
    "generations": "/__mock/generations",
    "faults": "/__mock/faults",
    "worlds": "/__mock/worlds",
    "refused": "/__mock/refused",
    "certificate": "/__mock/ca.pem",
    "metrics": "/__mock/metrics",
    "events": "/__mock/events",
}
"""What can be read, by the word for it."""


def index(visit: Visit) -> dict[str, str]:
    """Say where everything is."""
    prefix = "" if visit.prefix is None else f"/w/{visit.prefix}"
    places = {word: prefix + path for word, path in PLACES.items()}
    about = {"name": "imaginelab-mock", "version": release(), "world": visit.name}
    return {**about, "api": f"{prefix}/api/v1", **places}


def health(visit: Visit) -> Health:
    """Say that requests are answered, and how much the server holds of what it may hold."""
    present, bounds = visit.worlds.present.values(), visit.worlds.bounds
    return Health(
        status="ok",
        version=release(),
        world=visit.name,
        worlds=len(present),
        exchanges=sum(world.journal.total for world in present),
        generations=sum(len(world.generations) for world in present),
        bounds=BoundsView(
            worlds=bounds.worlds,
            journal_entries=bounds.journal_entries,
            journal_bytes=bounds.journal_bytes,
            generations=MOST_GENERATIONS,
            accounts=MOST_ACCOUNTS,
            listeners=MOST_LISTENERS,
            faults=MOST_ADDED_FAULTS,
        ),
    )
