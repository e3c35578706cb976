"""The laws of the package, read from its source. For each law, a small example shows that the test can fail."""

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

import mockserver

ROOT: Final = "mockserver"

ROOMS: Final = (
    "__main__",
    "commands",
    "pytest_plugin",
    "testing",
    "run",
    "patching",
    "serve",
    "http",
    "options",
    "world",
    "language",
    "media",
    "tls",
    "terminal",
    "core",
    "release",
    "files",
    "client",
    "__init__",
)
"""The rooms of the package, from the top to the bottom: a room imports only from itself and from rooms below it."""

FRAMEWORK: Final = {"starlette", "uvicorn"}
KNOW_THE_FRAMEWORK: Final = {"http", "serve"}

READ_REAL_TIME: Final = (
    "mockserver.world.clock",
    "mockserver.client",
    "mockserver.patching.waits",
    "mockserver.testing",
)
"""The clock of a world; the others run in the process of a client, whose time is real."""

UNREPEATABLE: Final = {"time", "random", "secrets", "uuid"}

# Names whose value is another one each time, on the types that have them.
NOW: Final = re.compile(r"(^|\.)(datetime|date)\.(now|utcnow|today)$|(^|\.)os\.(urandom|times)$")

PRINTS: Final = re.compile(r"^(print|warnings\.warn)$|(^|\.)std(out|err)\.write$")
WRITES_JSON: Final = re.compile(r"\bjson\.(encode|Encoder|dumps)$")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One name that a module imports: the module it comes from, the line, and whether a function waits with it."""

    target: str
    line: int
    nested: bool


class Source:
    """One module: its dotted name, text and tree."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.splitlines()
        self.tree = ast.parse(text)

    @property
    def room(self) -> str:
        """The file or folder right below the package that the module belongs to."""
        return room(self.name)

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def imports(self) -> Iterator[Import]:
        nested = {id(node) for function in self.nodes(*Function.__args__) for node in ast.walk(function)}
        for node in ast.walk(self.tree):
            for target in _targets(node):
                yield Import(target, getattr(node, "lineno", 0), id(node) in nested)


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        yield from (f"{module}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


House = Mapping[str, Source]


def house(texts: Mapping[str, str]) -> House:
    return {name: Source(name, dedent(text)) for name, text in texts.items()}


def read() -> House:
    folder = Path(mockserver.__file__).parent
    names = {path: ".".join((ROOT, *path.relative_to(folder).with_suffix("").parts)) for path in folder.rglob("*.py")}
    return house({name.removesuffix(".__init__"): path.read_text("utf-8") for path, name in names.items()})


def edges(modules: House) -> Iterator[tuple[Source, Import, str]]:
    """Yield each import of one module of the package by another, with the name of the module that is meant."""
    for source in modules.values():
        for each in source.imports():
            if each.target.split(".")[0] == ROOT:
                yield source, each, each.target if each.target in modules else each.target.rpartition(".")[0] or ROOT


# The rules: each yields a sentence for whatever breaks it.


def upward(modules: House) -> Iterator[str]:
    """Imports point down, from a room to a room below it."""
    yield from (
        f"{name} has no place in ROOMS" for name in sorted({source.room for source in modules.values()} - {*ROOMS})
    )
    for source, each, target in edges(modules):
        here, there = source.room, room(target)
        if here != there and here in ROOMS and ROOMS.index(here) > ROOMS.index(there):
            yield f"{source.name}:{each.line} imports {target}"


def dependent_client(modules: House) -> Iterator[str]:
    """The client of the control plane imports nothing of the package: it works against a server anywhere."""
    for source, each, target in edges(modules):
        if source.room == "client" and room(target) != "client":
            yield f"{source.name}:{each.line} imports {target}"


def relative(modules: House) -> Iterator[str]:
    """Imports are absolute, so that every other rule sees where they go."""
    for source in modules.values():
        yield from (f"{source.name}:{each.line}" for each in source.imports() if each.target.startswith("."))


def cyclic(modules: House) -> Iterator[str]:
    """No module imports itself, by whatever detour, also where a function waits with it."""
    graph: dict[str, set[str]] = {}
    for source, _, target in edges(modules):
        graph.setdefault(source.name, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield " <- ".join(error.args[1])


def impure_core(modules: House) -> Iterator[str]:
    """The core knows the standard library and msgspec, and nothing outside of itself."""
    for source in modules.values():
        for each in source.imports() if source.room == "core" else ():
            library = each.target.split(".")[0]
            ours = each.target == ROOT or each.target.startswith(f"{ROOT}.core")
            if not (ours or library == "msgspec" or library in sys.stdlib_module_names):
                yield f"{source.name}:{each.line} imports {each.target}"


def framework_elsewhere(modules: House) -> Iterator[str]:
    """Only the rooms `http` and `serve` know the web framework."""
    for source in modules.values():
        for each in source.imports():
            if each.target.split(".")[0] in FRAMEWORK and source.room not in KNOW_THE_FRAMEWORK:
                yield f"{source.name}:{each.line} imports {each.target}"


def unrepeatable(modules: House) -> Iterator[str]:
    """Only the clock reads real time, and nothing draws a random number."""
    for source in modules.values():
        if f"{source.name}.".startswith(tuple(f"{name}." for name in READ_REAL_TIME)):
            continue
        for each in source.imports():
            if each.target.split(".")[0] in UNREPEATABLE:
                yield f"{source.name}:{each.line} imports {each.target}"
        for node in source.nodes(ast.Attribute):
            if NOW.search(name := ast.unparse(node)):
                yield f"{source.name}:{getattr(node, 'lineno', 0)} reads {name}"


def printed_elsewhere(modules: House) -> Iterator[str]:
    """Only `terminal` prints: it makes each line printable, whatever words of others are in it."""
    for source in modules.values():
        if source.room == "terminal":
            continue
        for node in source.nodes(ast.Call):
            if PRINTS.search(name := ast.unparse(node.func)):  # type: ignore[attr-defined]
                yield f"{source.name}:{getattr(node, 'lineno', 0)} calls {name}"


def unprintable_json(modules: House) -> Iterator[str]:
    """The control plane writes JSON by `written_json` alone, so that people can look at it in a terminal."""
    for source in modules.values():
        if f"{source.name}.".startswith(f"{ROOT}.http.control."):
            used = {each.target for each in source.imports()} | set(map(ast.unparse, source.nodes(ast.Attribute)))
            yield from (f"{source.name} uses {name}" for name in sorted(used) if WRITES_JSON.search(name))


def unexplained(modules: House) -> Iterator[str]:
    """An import inside a function says why: on its line, or on the line above it and its neighbours."""
    for source in modules.values():
        nested = {each.line for each in source.imports() if each.nested}
        for line in sorted(nested):
            first = next(above for above in range(line, 0, -1) if above - 1 not in nested)
            comments = (source.lines[line - 1].partition("#")[2], source.lines[first - 2].strip().partition("#")[2])
            if not any(comments):
                yield f"{source.name}:{line}"


def undocumented(modules: House) -> Iterator[str]:
    """Modules, and the classes and functions that others may use, have a docstring."""
    for source in modules.values():
        if not ast.get_docstring(source.tree):
            yield source.name
        for node in _public(source.tree):
            if not ast.get_docstring(node):
                yield f"{source.name}:{node.lineno} {node.name}"


def _public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | Function]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


Rule = Callable[[House], Iterator[str]]
RULES: Final = (
    upward,
    dependent_client,
    relative,
    cyclic,
    impure_core,
    framework_elsewhere,
    unrepeatable,
    printed_elsewhere,
    unprintable_json,
    unexplained,
    undocumented,
)
HOUSE: Final = read()


@pytest.mark.parametrize("rule", RULES)
def test_the_package_keeps_each_law(rule: Rule) -> None:
    assert list(rule(HOUSE)) == []


def test_every_module_is_read() -> None:
    assert {"mockserver", "mockserver.core.timeline", "mockserver.http.api.views", "mockserver.media"} <= set(HOUSE)
    assert sum(1 for _ in edges(HOUSE)) > 100


BROKEN: Final = (
    (upward, {"core.wallet": "from mockserver.world.world import World", "world.world": ""}),
    (upward, {"world.world": "import mockserver.http.app", "http.app": ""}),
    (upward, {"language.file": "def f():\n    from mockserver.world.journal import Journal", "world.journal": ""}),
    (upward, {"utils": ""}),
    (dependent_client, {"client.world": "from mockserver.core.errors import ApiError", "core.errors": ""}),
    (relative, {"world.world": "from .clock import Clock", "world.clock": ""}),
    (relative, {"world.world": "from . import clock", "world.clock": ""}),
    (cyclic, {"core.a": "from mockserver.core import b", "core.b": "import mockserver.core.a"}),
    (
        cyclic,
        {
            "core.a": "from mockserver.core.b import B",
            "core.b": "from mockserver.core.c import C",
            "core.c": "def f():\n    from mockserver.core.a import A",
        },
    ),
    (cyclic, {"core.a": "if TYPE_CHECKING:\n    from mockserver.core.a import A"}),
    (impure_core, {"core.wallet": "import starlette"}),
    (impure_core, {"core.wallet": "from yaml.nodes import Node"}),
    (impure_core, {"core.wallet": "def f():\n    from mockserver.world.clock import Clock", "world.clock": ""}),
    (framework_elsewhere, {"world.world": "from uvicorn import Config"}),
    (framework_elsewhere, {"run.command": "def f():\n    import starlette.requests"}),
    (unrepeatable, {"world.world": "import time"}),
    (unrepeatable, {"world.clocks": "from time import monotonic"}),
    (unrepeatable, {"core.chance": "import random"}),
    (unrepeatable, {"core.token": "from secrets import token_bytes"}),
    (unrepeatable, {"world.world": "import uuid"}),
    (unrepeatable, {"world.world": "from datetime import datetime\nat = datetime.now(tz)"}),
    (unrepeatable, {"world.world": "import datetime as dt\nat = dt.datetime.utcnow()"}),
    (unrepeatable, {"core.instant": "today = date.today"}),
    (unrepeatable, {"core.token": "import os\nkey = os.urandom(32)"}),
    (printed_elsewhere, {"commands.main": "print(1)"}),
    (printed_elsewhere, {"run.child": "def f():\n    sys.stderr.write('x')"}),
    (printed_elsewhere, {"patching.waits": "import warnings\nwarnings.warn('x')"}),
    (unprintable_json, {"http.control.journal": "from msgspec.json import encode"}),
    (unprintable_json, {"http.control.journal": "def f():\n    from json import dumps"}),
    (unprintable_json, {"http.control.journal": "import json\ntext = json.dumps(1)"}),
    (unexplained, {"commands.main": "def f():\n    from mockserver.serve import server"}),
    (unexplained, {"commands.main": "def f():\n    # Why.\n\n    import json"}),
    (unexplained, {"commands.main": "class A:\n    async def f(self):\n        import json"}),
    (undocumented, {"commands.main": "import json"}),
    (undocumented, {"commands.main": '"""Said."""\ndef f():\n    return 1'}),
    (
        undocumented,
        {"commands.main": '"""Said."""\nclass A:\n    """Said."""\n    async def f(self):\n        return 1'},
    ),
)


@pytest.mark.parametrize(("rule", "texts"), BROKEN)
def test_a_broken_law_is_found(rule: Rule, texts: dict[str, str]) -> None:
    assert len(list(rule(house({f"{ROOT}.{name}": text for name, text in texts.items()})))) == 1


KEPT: Final = (
    (
        upward,
        {
            "world.world": "from mockserver.world import clock\nfrom mockserver.core.age import Age",
            "world.clock": "",
            "core.age": "",
        },
    ),
    (upward, {"commands.main": "from mockserver import __doc__ as text", "core": "from mockserver.core import errors"}),
    (dependent_client, {"client.world": "from mockserver.client.errors import NotFound", "client.errors": ""}),
    (cyclic, {"core.a": "from mockserver.core import b, c", "core.b": "import mockserver.core.c", "core.c": ""}),
    (impure_core, {"core.wallet": "import msgspec.json\nfrom enum import StrEnum\nfrom mockserver.core import errors"}),
    (framework_elsewhere, {"http.app": "from starlette.routing import Route", "serve.server": "import uvicorn"}),
    (unrepeatable, {"world.world": "now = self.clock.now()\nat = datetime(1970, 1, 1)"}),
    (unrepeatable, {"world.clock": "import time", "client.connections": "from time import monotonic"}),
    (printed_elsewhere, {"terminal": "print(1)", "commands.main": "say(1)\nself.print(2)\nfile.write(3)"}),
    (unprintable_json, {"http.control.journal": "import json\njson.loads('1')", "http.api.views": "import json"}),
    (unexplained, {"commands.main": "import json\ndef f():\n    # Why.\n    import yaml\n    import faker"}),
    (unexplained, {"commands.main": "def f():\n    import json  # why"}),
    (
        undocumented,
        {
            "commands.main": '"""Said."""\ndef _f():\n    return 1\n'
            'class A:\n    """Said."""\n    def __len__(self): ...'
        },
    ),
)


@pytest.mark.parametrize(("rule", "texts"), KEPT)
def test_lawful_modules_pass(rule: Rule, texts: dict[str, str]) -> None:
    assert list(rule(house({f"{ROOT}.{name}": text for name, text in texts.items()}))) == []
