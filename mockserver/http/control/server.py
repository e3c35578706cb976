"""The server as a whole: its places, health, worlds, proxy and metrics."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Annotated, Final

from msgspec import Meta, Struct

from mockserver.core.errors import ApiError, Flaw, Invalid, NotFound
from mockserver.core.instant import iso
from mockserver.core.wording import few, quoted
from mockserver.http.control.answers import Raw
from mockserver.http.control.request import MOST, ControlEndpoint, ControlRequest
from mockserver.http.endpoints import NAMES, WORLD
from mockserver.http.threads import in_thread
from mockserver.release import release
from mockserver.tls.authority import LibraryMissing
from mockserver.world.bounds import MOST_ACCOUNTS, MOST_ADDED_FAULTS, MOST_GENERATIONS, MOST_LISTENERS
from mockserver.world.refused_hosts import Refused
from mockserver.world.world import World


class BoundsView(Struct, frozen=True, kw_only=True):
    """The bounds of a server: its worlds, and for each world the journal, generations, accounts and added faults."""

    worlds: int
    journal_entries: int
    journal_bytes: int
    generations: int
    accounts: int
    listeners: int
    faults: int


class Health(Struct, frozen=True, kw_only=True):
    """The state of the server. `exchanges` and `generations` are sums over all worlds."""

    status: str
    version: str
    world: str
    worlds: int
    exchanges: int
    generations: int
    bounds: BoundsView


def index(request: ControlRequest) -> dict[str, str]:
    """Say where everything is."""
    prefix = "" if request.prefix is None else f"/w/{request.prefix}"
    places = {word: prefix + path for word, path in request.places.items()}
    about = {"name": "imaginelab-mock", "version": release(), "world": request.name}
    return {**about, "api": f"{prefix}/api/v1", **places}


INDEX: Final = partial(
    ControlEndpoint,
    name="index",
    answer=index,
    prepare=release,
    summary="Say where everything is",
    view=dict[str, str],
)


def health(request: ControlRequest) -> Health:
    """Say that the server answers, how much it holds, and how much it may hold."""
    worlds, bounds = request.worlds, request.worlds.bounds
    return Health(
        status="ok",
        version=release(),
        world=request.name,
        worlds=len(worlds.present),
        exchanges=worlds.totals.exchanges,
        generations=worlds.totals.generations,
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


HEALTH: Final = partial(
    ControlEndpoint,
    name="health",
    answer=health,
    prepare=release,
    summary="Say that requests are answered",
    view=Health,
)


# Worlds


class WorldView(Struct, frozen=True):
    """One world of the server."""

    name: str
    scenario: str
    seed: int
    now: str
    mode: str
    exchanges: int
    generations: int
    restarts: int
    """How many worlds of this name this one has replaced, one after the other."""


class WorldList(Struct, frozen=True):
    """All worlds of the server, the oldest first, and the most worlds that it holds."""

    worlds: list[WorldView]
    most: int


class Discarded(Struct, frozen=True):
    """A world that was discarded, and the number of its exchanges."""

    world: str
    exchanges: int


def world_view(present: World) -> WorldView:
    """Return the view of a world, after its clock is read."""
    present.clock.read()
    return WorldView(
        present.name,
        present.loaded.name,
        present.scenario.seed,
        iso(present.clock.now()),
        present.clock.mode,
        present.journal.total,
        len(present.generations),
        present.restarts,
    )


def worlds(request: ControlRequest) -> WorldList:
    """List the worlds in the order of their making."""
    return WorldList([world_view(world) for world in request.worlds.present.values()], request.worlds.bounds.worlds)


WORLDS: Final = partial(
    ControlEndpoint,
    name="worlds",
    answer=worlds,
    summary="List the worlds of the server",
    view=WorldList,
)


class CopyBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"source": "from"}):
    """The world to copy. With `before`, the copy is that world as it was before the exchange with this number."""

    source: str
    before: Annotated[int, Meta(ge=1, le=MOST)] | None = None


async def copy(request: ControlRequest) -> WorldView:
    """Make a world as a copy of another one, or of itself in the past."""
    body, name, worlds = request.body(CopyBody), request.ids["name"], request.worlds
    if not WORLD.fullmatch(name):
        raise Invalid(Flaw("", f"expected the name of a world, {NAMES}, found {quoted(name)}"))
    try:
        choice = worlds.choice(body.source)
    except NotFound as error:
        raise NotFound(f"{error.detail}; there is {few(worlds.present)}") from error
    if body.before is None:
        return world_view(worlds.copy(body.source, name))
    past = worlds.past(body.source)
    # In a thread: it repeats up to thousands of requests.
    made = await in_thread(past.before(body.before, worlds.present[body.source]).world)
    if name != body.source:
        return world_view(worlds.install(made, name, choice))
    past.cut(body.before)
    return world_view(worlds.install(made, name, choice, past))


COPY: Final = partial(
    ControlEndpoint,
    name="copy",
    answer=copy,
    summary="Make a world as a copy of another one, or of itself in the past",
    body=CopyBody,
    view=WorldView,
    errors=(404, 503),
)


def discard(request: ControlRequest) -> Discarded:
    """Forget a world; the next request for it makes it anew."""
    try:
        world = request.worlds.discard(request.ids["name"])
    except NotFound as error:
        raise NotFound(f"{error.detail}; there is {few(request.worlds.present)}") from error
    return Discarded(world.name, world.journal.total)


DISCARD: Final = partial(
    ControlEndpoint,
    name="discard",
    answer=discard,
    summary="Discard a world",
    view=Discarded,
    errors=(404,),
)


# The proxy


class RefusedView(Struct, frozen=True):
    """The other hosts that clients of any world asked for, and the number of these requests."""

    hosts: list[Refused]
    total: int


def refused(request: ControlRequest) -> RefusedView:
    """List other hosts in the order in which they were first asked for."""
    hosts = request.tunnels.refused
    return RefusedView(list(hosts), hosts.total)


REFUSED: Final = partial(
    ControlEndpoint,
    name="refused",
    answer=refused,
    summary="List the other hosts that were asked for by way of this server",
    view=RefusedView,
)


async def certificate(request: ControlRequest) -> Raw:
    """Return the certificate of the authority, in PEM. Raises NotFound without the extra `tls`."""
    try:
        # In a thread: the first use makes the authority.
        authority = await in_thread(lambda: request.tunnels.vouching.authority)
        return Raw(authority.certificate.encode(), b"application/x-pem-file")
    except LibraryMissing as problem:
        raise NotFound(str(problem)) from problem


CERTIFICATE: Final = partial(
    ControlEndpoint,
    name="certificate",
    answer=certificate,
    summary="Show the certificate of who vouches for this server over TLS",
    media_type="application/x-pem-file",
    errors=(404,),
)


# Metrics

AHEAD: Final = 0.01
"""Seconds after which the event loop is asked to call back, to see how late it does."""


class NotInstalled(ApiError):
    """Refuse a request that needs a missing extra. The detail has the command that installs it."""

    status = 501
    phrase = "Not implemented"


def load_metrics() -> None:
    """Load the libraries of the extra `metrics`, as far as they are installed."""
    # Not at the top: it is an extra of 3 MB in memory, which only servers that are watched need.
    with suppress(ImportError):
        from mockserver.http.control import exposition  # noqa: F401


async def metrics(request: ControlRequest) -> Raw:
    """Return the figures of the whole server for Prometheus. Raises NotInstalled without the extra `metrics`."""
    try:
        # Not at the top: it is an extra of 3 MB in memory, which only servers that are watched need.
        import prometheus_client  # noqa: F401
    except ImportError as problem:
        raise NotInstalled("metrics need the library prometheus-client: pip install prometheus-client") from problem
    late = await lag()
    # Not at the top, for the same reason as the library that it needs.
    from mockserver.http.control.exposition import Figures, exposition

    figures = Figures(request.worlds, request.tunnels.refused, late)
    return exposition(figures, request.sent.header(b"accept") or "")


METRICS: Final = partial(
    ControlEndpoint,
    name="metrics",
    answer=metrics,
    prepare=load_metrics,
    summary="Tell Prometheus what the server has done and holds",
    media_type="text/plain",
    errors=(501,),
)


async def lag() -> float:
    """Return how many seconds late the event loop runs a callback.

    The value is rounded to a millisecond, because the timers of event loops are no more precise.
    """
    loop, called = asyncio.get_running_loop(), asyncio.Event()
    due = loop.time() + AHEAD
    call = loop.call_at(due, called.set)
    try:
        await called.wait()
    finally:
        call.cancel()
    return max(0.0, round(loop.time() - due, 3))
