"""One mock server, in this process or elsewhere: its worlds, and facts about the whole server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep
from typing import Final, Self

from mockserver.client.control import DEFAULT, Control, segment
from mockserver.client.errors import Unreachable
from mockserver.client.given import address, control_token, patience, waiting
from mockserver.client.world import Discarded, World

PAUSE: Final = 0.05
"""Real seconds between two looks at a server that is not ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a server is: its release, and how much there is in all its worlds together, with the bounds of that."""

    status: str
    version: str
    worlds: int
    exchanges: int
    generations: int
    bounds: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldView:
    """A world at one look."""

    name: str
    scenario: str
    seed: int
    now: datetime
    mode: str
    exchanges: int
    generations: int
    restarts: int
    """How many worlds of this name this one has replaced, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A scenario of the gallery: its name, and the first sentence of its description."""

    name: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedHost:
    """Another host that was asked for by way of the server, and how often."""

    host: str
    port: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _RefusedList:
    hosts: tuple[RefusedHost, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _WorldList:
    worlds: tuple[WorldView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gallery:
    scenarios: tuple[Sample, ...]


class MockServer:
    """A mock server that runs at `url`, such as `http://127.0.0.1:8402`, in this process or any other.

    `token` is the server's `--control-token`; an answer may take `timeout` real seconds. Threads and forked processes
    may share one object. It connects at the first request. Invalid, at once, for an impossible address, token or
    timeout.

    >>> server.world("gw3").base_url.endswith("/w/gw3/api/v1")
    True
    >>> [world.name for world in server.worlds]
    ['default']
    """

    def __init__(self, url: str, *, token: str | None = None, timeout: float = 10.0) -> None:
        # Not at the top: it imports `http.client` and TLS, which a module that only names this class does not need.
        from mockserver.client.connections import Connections

        self.url = address(url)
        self._wire = Connections(self.url, patience(timeout))
        self._control = Control(self._wire, token=control_token(token))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<MockServer at {self.url}>"

    def close(self) -> None:
        """Close the connections; a later request opens a new one."""
        self._wire.close()

    def world(self, name: str = DEFAULT) -> World:
        """Return a world, which the server makes at the first request to it; raises Invalid for an impossible name."""
        return World(name, self.control(name))

    def control(self, name: str = DEFAULT) -> Control:
        """Return the control plane of a world, to build on; raises Invalid for an impossible name."""
        return self._control.of(name)

    @property
    def worlds(self) -> "Worlds":
        """The worlds that the server holds."""
        return Worlds(self._control)

    @property
    def scenarios(self) -> tuple[Sample, ...]:
        """The scenarios of the gallery; `World.load` takes their names."""
        return self._control.read(_Gallery, "/scenarios").scenarios

    @property
    def refused(self) -> tuple[RefusedHost, ...]:
        """The other hosts that clients asked for with the server as their proxy, in the order of their first time."""
        return self._control.read(_RefusedList, "/refused").hosts

    def health(self) -> Health:
        """Return how the server is; it needs no token."""
        return self._control.read(Health, "/health")

    def wait_until_ready(
        self,
        seconds: float = 30.0,
        *,
        now: Callable[[], float] = monotonic,
        pause: Callable[[float], object] = sleep,
    ) -> Health:
        """Return how the server is as soon as it answers; raises Unreachable if it has not after so many real seconds.

        `now` tells the real time and `pause` lets it pass, both in seconds.
        """
        end = now() + waiting("seconds", seconds)
        while True:
            try:
                return self.health()
            except Unreachable as error:
                if now() >= end:
                    msg = f"not ready after {seconds:g} s: {error}"
                    raise Unreachable(msg, error.status) from error
            pause(PAUSE)


class Worlds:
    """The worlds of a server, in the order of their making.

    >>> server.world("gw3").reset().world
    'gw3'
    >>> "gw3" in server.worlds, len(server.worlds)
    (True, 2)
    >>> server.worlds.discard("gw3").exchanges
    0
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def __iter__(self) -> Iterator[WorldView]:
        return iter(self._control.read(_WorldList, "/worlds").worlds)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return any(world.name == name for world in self)

    def discard(self, name: str) -> Discarded:
        """Let the server forget a world; `default` can only be reset."""
        return self._control.send(Discarded, "DELETE", f"/worlds/{segment(name)}")
