"""The command `schema`."""

from argparse import Namespace

from msgspec import json

from mockserver.commands.arguments import Commands, Parser
from mockserver.terminal import say_json


def add(commands: "Commands[Parser]") -> None:
    """Add the command `schema`."""
    commands.add_parser("schema", help="print the JSON Schema of scenario files").set_defaults(run=_schema)


def _schema(_: Namespace) -> int:
    from mockserver.language.schema import schema  # not at the top: it imports the introspection library

    say_json(json.format(json.encode(schema()), indent=2).decode())
    return 0
