"""Steer a world while a client lives in it: the control plane over plain HTTP."""

import json
from typing import Any, Final, Protocol

from tests.support.client import Answer, Client
from tests.support.customer import BASE


class Steering:
    """The control plane of one world of a server, and the clients of that world; an empty name means no prefix."""

    def __init__(self, anyone: Client, world: str | None = None) -> None:
        self._prefix = "" if world is None else f"/w/{world}"
        self._anyone = anyone
        self._control = anyone.other(base=f"{self._prefix}/__mock")

    def client(self) -> Client:
        """An anonymous client of the world, with a connection of its own."""
        return self._anyone.other(base=self._prefix + BASE)

    def ask(self, method: str, path: str, value: object = None) -> Answer:
        """Send one request; without a value it has no body."""
        if value is None:
            return self._control.ask(method, path)
        return self._control.ask(method, path, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def told(self, method: str, path: str, value: object = None) -> Any:
        """The answer to a request that succeeds."""
        answer = self.ask(method, path, value)
        assert answer.status in (200, 201), answer
        return answer.json

    def read(self, path: str) -> Any:
        return self.told("GET", path)

    def reset(self, **body: object) -> Any:
        return self.told("POST", "/reset", body)

    def play(self, scenario: str) -> Any:
        """Start the world over with a scenario of the gallery, or with this YAML."""
        return self.told("PUT", "/scenario", {"scenario": scenario})

    def advance(self, **body: object) -> Any:
        return self.told("POST", "/clock/advance", body)

    def change(self, **body: object) -> Any:
        return self.told("PATCH", "/clock", body)

    def finish(self, id_: int, status: str, **body: object) -> Any:
        return self.told("POST", f"/generations/{id_}/finish", {"status": status} | body)

    def discard(self, world: str) -> Answer:
        return self.ask("DELETE", f"/worlds/{world}")

    def await_exchanges(self, count: int) -> None:
        """Return once the world has had so many exchanges; every request sent before has then arrived."""
        name = self.read("/health")["world"]
        for _ in range(10_000):
            if any(world["name"] == name and world["exchanges"] >= count for world in self.read("/worlds")["worlds"]):
                return
        raise AssertionError(self.read("/worlds"))

    @property
    def worlds(self) -> list[str]:
        """The names of all worlds of the server."""
        return [world["name"] for world in self.read("/worlds")["worlds"]]


def stroll(you: Client) -> str:
    """Order, wait for the end, open the file, and read the account and the history; return the link."""
    id_ = you.order()
    assert you.polls(id_)[-1] == ("completed", 100)
    link = str(you.result(id_).json["outputs"][0])
    assert (you.read(link).status, you.read("/generations").json["total"]) == (200, 1)
    assert (you.read("/generations/models").status, you.delete(id_).status) == (200, 200)
    return link


def state(steering: Steering) -> tuple[Any, ...]:
    """The readable state of a world's time, generations and wallets."""
    return tuple(steering.read(path) for path in ("/clock", "/generations", "/accounts"))


def shown(you: Client, id_: int) -> tuple[str, int]:
    """Status and progress as a poll returns them."""
    view = you.status(id_).json
    return view["status"], view["progress"]


class Begin(Protocol):
    """Start a server that plays the lives below, and optionally more; return its control plane and the reference's
    user.
    """

    def __call__(self, more: str = "") -> tuple[Steering, Client]: ...


LIVES: Final = """
clock: {{mode: {mode}, start: 2026-06-07T12:00:00Z}}
generations:
  - {{when: {{prompt: fails}}, then: [pending: 2s, processing: 4s, failed]}}
  - {{when: {{prompt: stuck}}, then: [pending: 2s, {{processing: {{progress: 40}}}}]}}
  - {{when: {{prompt: hidden}}, visible_after: 5s}}
  - {{when: {{prompt: stale}}, then: [completed: 4s, queued: 0s, processing: 2s, completed]}}
  - {{when: {{prompt: at once}}, then: [completed]}}
"""
"""Short lives by their prompts, on a clock of this mode; any other prompt has the default life."""
