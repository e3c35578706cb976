"""The commands `scenarios` and `show`, and the scenario that an argument of any command names."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from mockserver.commands.arguments import Commands, Parser
from mockserver.core.document import Problem
from mockserver.language import gallery
from mockserver.language.file import ScenarioError, load
from mockserver.language.loaded import HAPPY_PATH, LoadedScenario
from mockserver.terminal import say, say_document


def scenario_file(word: str) -> Path:
    """Return the file that a name of the gallery or a path stands for; raises ScenarioError for an unknown name."""
    if not gallery.named(word):
        return Path(word)
    file = gallery.path(word)
    if file is None:
        near = f"did you mean {' or '.join(names)}? " if (names := gallery.near(word)) else ""
        way_out = f"`imaginelab-mock scenarios` lists them; a file of that name is ./{word}"
        raise ScenarioError([Problem(word, f"there is no such scenario in the gallery; {near}{way_out}")])
    return file


def load_scenario(word: str | None, warn: Callable[[object], object]) -> LoadedScenario:
    """Load a scenario, the happy path for None, and hand each of its warnings to `warn`."""
    loaded = HAPPY_PATH if word is None else load(scenario_file(word))
    for warning in loaded.warnings:
        warn(warning)
    return loaded


def add_list(commands: "Commands[Parser]") -> None:
    """Add the command `scenarios`."""
    commands.add_parser("scenarios", help="list the gallery").set_defaults(run=_list)


def add_show(commands: "Commands[Parser]") -> None:
    """Add the command `show`."""
    parser = commands.add_parser("show", help="print a scenario of the gallery")
    parser.add_argument("scenario", metavar="NAME")
    parser.set_defaults(run=_show)


def _list(_: Namespace) -> int:
    names = gallery.names()
    width = max(map(len, names), default=0)
    for name in names:
        say(f"{name:{width}}  {load(scenario_file(name)).scenario.gist}")
    return 0


def _show(given: Namespace) -> int:
    say_document(load(scenario_file(given.scenario)).text.rstrip("\n"))
    return 0
