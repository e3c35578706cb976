"""Sixty-four clients in as many worlds at the same time: each gets byte for byte the same answers as alone."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

import pytest
from msgspec.structs import replace

from mockserver.core import chance
from mockserver.core.clock import Mode
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds

from .gallery import FOLDER
from .transcript import Transcript, read

T = TypeVar("T")

CLIENTS = 64


THENS = (
    "{status: 502, text: nginx-502}",
    "{status: 429, retry_after: 3s}",
    "{drop: reset}",
    "{drop: close}",
    "{drop: {truncate: 0.5}}",
    "{delay: 2ms}",
    "{drip: {bytes: 40, every: 1ms}}",
    "{patch: {odd: 1}}",
)
OPERATIONS = ("login", "create", "status", "result", "history", "me", "delete")


def generated(seed: int) -> str:
    """A scenario of faults, lives and limits, which differs for each seed."""

    def pick(purpose: str, choices: Sequence[T]) -> T:
        return choices[chance.number(seed, purpose) % len(choices)]

    faults = [
        f"  - {{on: {pick(f'on {then}', OPERATIONS)}, chance: {pick(then, (0.1, 0.2, 0.4))}, then: {then}}}"
        for then in THENS
    ]
    return "\n".join(
        [
            f"seed: {seed}",
            f"clock: {{step: {pick('step', ('1s', '2s', '3s', 'next'))}}}",
            f"wallet: {{refund_delay: {pick('refund', range(5))}s}}",
            "generations:",
            f"  - {{when: {{generation_type: image}}, then: [pending: {pick('pending', range(1, 4))}s, failed]}}",
            f"  - {{calls: 1, cost: {pick('cost', range(10))}, visible_after: {pick('hidden', range(4))}s}}",
            "faults:",
            *faults,
            "limits:",
            f"  - {{on: status, allow: {pick('allow', range(3, 9))}, per: {pick('per', range(5, 30))}s}}",
            f"  - {{on: create, active: {pick('active', range(1, 4))}}}",
        ]
    )


# A request without an answer would wait in vain; `test_in_flight` has the hangs.
GALLERY = [path for path in sorted(FOLDER.glob("*.yaml")) if "hang" not in path.read_text()]
SCRIPTS = [path.read_text() for path in GALLERY] + [generated(seed) for seed in range(CLIENTS - len(GALLERY))]


def on_poll(scenario: Scenario) -> Scenario:
    return replace(scenario, clock=replace(scenario.clock, mode=scenario.clock.mode or Mode.POLL))


@contextmanager
def server() -> Iterator[str]:
    with ServerThread(application(Worlds(FixedSource(LoadedScenario(Scenario())), applied=on_poll))) as running:
        yield running.url


def lived(url: str, number: int) -> list[bytes]:
    """The answers to a client of one world that plays its own script, in two lives with a reset between them."""
    with Transcript(url, f"gw{number}") as you:
        played = read(you.send("/__mock/scenario", {"scenario": SCRIPTS[number]}, "PUT"))
        assert played.get("world") == f"gw{number}", played
        you.live()
        you.look()
        you.send("/__mock/reset", {})
        you.live()
        return you.lines


@pytest.mark.assumed
def test_each_client_gets_the_same_answers_as_alone() -> None:
    assert len(set(SCRIPTS)) == CLIENTS
    alone = []
    for number in range(CLIENTS):
        with server() as url:
            alone.append(lived(url, number))
    begin = Barrier(CLIENTS)

    def at_once(number: int) -> list[bytes]:
        begin.wait()
        return lived(url, number)

    with server() as url, ThreadPoolExecutor(CLIENTS) as pool:
        together = list(pool.map(at_once, range(CLIENTS)))
    assert [number for number in range(CLIENTS) if together[number] != alone[number]] == []


@pytest.mark.assumed
def test_their_lives_differ() -> None:
    with server() as url:
        lives = {tuple(lived(url, number)) for number in range(0, CLIENTS, 8)}
    assert len(lives) == CLIENTS // 8
    said = b"".join(line for life in lives for line in life)
    for meeting in (b" 201 [", b" 429 [", b" 502 [", b" lost\n", b" cut short\n", b"x-mock-rule", b"failed"):
        assert meeting in said, meeting
