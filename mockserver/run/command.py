"""One command with an emulator beside it, which is there before it begins and gone when it has ended."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from msgspec import Struct, structs, to_builtins

from mockserver.client import MockServer
from mockserver.core.rules import named
from mockserver.core.scenario import Scenario
from mockserver.language.loaded import LoadedScenario
from mockserver.options import Options
from mockserver.run.child import lived, signals_held
from mockserver.run.environment import Mock, composed
from mockserver.run.outcome import Outcome, tabled
from mockserver.serve.emulator import emulator
from mockserver.serve.server import ServerThread
from mockserver.terminal import raw_standard_error
from mockserver.tls.authority import API_HOST
from mockserver.tls.truststore import publish
from mockserver.world.log import as_text, hearing
from mockserver.world.log_writer import LogWriter


class Order(Struct, frozen=True):
    """What is to be run, the hosts that it may reach without the mock, and the environment that it would have."""

    command: tuple[str, ...]
    spared: tuple[str, ...]
    environment: Mapping[str, str]


def run(order: Order, chosen: Options, script: LoadedScenario) -> Outcome:
    """Run a command, and return what came of it; until it ends, nobody else is told anything.

    CannotStart if the command cannot begin, CannotKeep and LibraryMissing if the emulator cannot.
    """
    script = structs.replace(script, scenario=chosen.applied(script.scenario))
    # By the API's own name, which leads here alone, the command may steer the mock as well.
    chosen = structs.replace(chosen, quiet=True, allow_host=(API_HOST,))
    made = emulator(chosen, script, _silent)
    with ExitStack() as ending:
        ending.enter_context(signals_held())
        ending.enter_context(hearing(ending.enter_context(LogWriter(as_text, *raw_standard_error()))))
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="imaginelab-mock-")))
        trust = publish(made.vouching.authority, folder / "ca")
        server = ending.enter_context(ServerThread(made.app, tls=made.vouching.context, tunnels=made.tunnels))
        mock = Mock(server.url, server.tls_address)
        ended = lived(order.command, composed(order.environment, mock, folder, trust, order.spared))
        exchanges = list(_exchanges(server.url))
    return Outcome(
        command=order.command,
        ended=ended,
        scenario=script.name,
        seed=script.scenario.seed,
        worlds=tuple(made.worlds.present),
        asked=tuple(tabled(made.worlds.answers())),
        refused=tuple(made.tunnels.refused),
        rules=tuple(_rules(script.scenario)),
        idle=tuple(made.worlds.never_fired()),
        exchanges=exchanges,
        strict=chosen.strict,
    )


def _silent(_: object) -> None:
    """Take no notice: what a server says while it runs would come between the lines of the command."""


def _exchanges(url: str) -> Iterator[Mapping[str, Any]]:
    """Yield what the journals have, each exchange with its world."""
    with MockServer(url) as mock:
        for world in mock.worlds:
            for exchange in mock.world(world.name).journal.exchanges():
                yield {"world": world.name, **to_builtins(exchange)}


def _rules(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield the name and place of each rule that should fire."""
    for section, rules in (("generations", scenario.generations), ("faults", scenario.faults)):
        yield from ((name, rule.place) for name, rule in named(section, rules))
