"""One command with an emulator beside it, which starts before the command and ends after it."""

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
from mockserver.options.server import Options
from mockserver.run.child import run_child, signals_held
from mockserver.run.environment import MockAddresses, child_environment
from mockserver.run.outcome import Outcome, count_requests
from mockserver.serve.emulator import emulator
from mockserver.serve.server import ServerThread
from mockserver.terminal import raw_standard_error
from mockserver.tls.authority import API_HOST
from mockserver.tls.truststore import publish
from mockserver.world.log import as_text, forwarded_loggers
from mockserver.world.log_writer import LogWriter


class Order(Struct, frozen=True):
    """The command that `run` starts."""

    command: tuple[str, ...]

    direct: tuple[str, ...]
    """The hosts that it may reach without the mock."""

    environment: Mapping[str, str]
    """The environment that it would have without the mock."""


def run(order: Order, options: Options, loaded: LoadedScenario) -> Outcome:
    """Run a command, and return its outcome. The emulator prints nothing until the command ends.

    Raises CannotStart if the command cannot start; CannotKeep or LibraryMissing if the emulator cannot.
    """
    loaded = structs.replace(loaded, scenario=options.applied(loaded.scenario))
    # The command may also steer the mock by the API's own host name, which leads only to the mock.
    options = structs.replace(options, quiet=True, allow_host=(API_HOST,))
    made = emulator(options, loaded, _discard)
    with ExitStack() as ending:
        ending.enter_context(signals_held())
        ending.enter_context(forwarded_loggers(ending.enter_context(LogWriter(as_text, *raw_standard_error()))))
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="imaginelab-mock-")))
        trust = publish(made.tls.authority, folder / "ca")
        server = ending.enter_context(ServerThread(made.app, tls=made.tls.context, tunnels=made.tunnels))
        mock = MockAddresses(server.url, server.tls_address)
        ended = run_child(order.command, child_environment(order.environment, mock, folder, trust, order.direct))
        exchanges = list(_exchanges(server.url))
    return Outcome(
        command=order.command,
        ended=ended,
        scenario=loaded.name,
        seed=loaded.scenario.seed,
        worlds=tuple(made.worlds.present),
        asked=tuple(count_requests(made.worlds.answers())),
        refused=tuple(made.tunnels.refused),
        rules=tuple(_rules(loaded.scenario)),
        idle=tuple(made.worlds.never_fired()),
        exchanges=exchanges,
        strict=options.strict,
    )


def _discard(_: object) -> None:
    """Drop a message of the server, which would appear between the lines of the command."""


def _exchanges(url: str) -> Iterator[Mapping[str, Any]]:
    """Yield the exchanges in the journals of all worlds, each with the name of its world."""
    with MockServer(url) as mock:
        for world in mock.worlds:
            for exchange in mock.world(world.name).journal.exchanges():
                yield {"world": world.name, **to_builtins(exchange)}


def _rules(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield the name and place of each rule that should fire."""
    for section, rules in (("generations", scenario.generations), ("faults", scenario.faults)):
        yield from ((name, rule.place) for name, rule in named(section, rules))
