"""The command `openapi`."""

from argparse import Namespace

from mockserver.commands.arguments import Commands, Parser
from mockserver.commands.scenarios import load_scenario
from mockserver.terminal import say_json, warn


def add(commands: "Commands[Parser]") -> None:
    """Add the command `openapi`."""
    parser = commands.add_parser("openapi", help="print the OpenAPI document of the emulated API")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("scenario", metavar="SCENARIO", nargs="?", help="whose models it names")
    which.add_argument("--control", action="store_true", help="that of the control plane instead")
    parser.set_defaults(run=_openapi)


def _openapi(given: Namespace) -> int:
    from mockserver.http.app import control_document, document  # not at the top: it imports the web framework

    described = control_document() if given.control else document(load_scenario(given.scenario, warn).scenario)
    say_json(described.decode())
    return 0
