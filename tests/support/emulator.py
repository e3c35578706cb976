"""Emulators for tests: worlds without a server, and a server on a free port of the loopback interface."""

from mockserver.core.scenario import Scenario
from mockserver.http.app import Settings, application
from mockserver.language.file import parse
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.worlds import Worlds


def worlds_of(scenario: Scenario | str | None = None) -> Worlds:
    """Return worlds that play a scenario: a value, a YAML text, or the happy path for None."""
    if isinstance(scenario, str):
        return Worlds(FixedSource(parse(scenario, "scenario.yaml")))
    return Worlds(FixedSource(LoadedScenario(scenario or Scenario(), "happy-path" if scenario is None else "scenario")))


def served(scenario: Scenario | str | None = None, settings: Settings | None = None) -> ServerThread:
    """Return a server, to be entered with `with`, whose worlds play a scenario."""
    return ServerThread(application(worlds_of(scenario), settings))
