"""The rules of the house, read off the source: a folder is a promise, and each promise is shown able to be broken."""

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

LAYERS: Final = (
    {"__main__"},
    {"cli", "pytest_plugin"},
    {"testing", "run"},
    {"server", "serving", "client", "intercept"},
    {"reception", "framing"},
    {"http"},
    {"options", "reload", "annotation", "command_line"},
    {"option_values"},
    {"scenario_file"},
    {"lineage"},
    {"gallery", "yaml_document"},
    {"yaml_mistakes"},
    {"worlds"},
    {"usage", "steering"},
    {"world"},
    {"feed"},
    {"transitions"},
    {"timekeeper"},
    {"log_writer"},
    {"log"},
    {"clock", "journal", "shelf", "media", "roster"},
    {"release", "rulebook", "traffic", "tally", "tls", "sleep"},
    {"script", "bounds", "refused", "listening", "descriptors"},
    {"core", "terminal"},
    {"__init__"},
)
"""The rooms of the house, from the top to the bottom: each imports only from itself and from below."""

LIBRARIES: Final = {
    "msgspec": {
        "cli",
        "run",
        "serving",
        "server",
        "refused",
        "log",
        "http",
        "options",
        "scenario_file",
        "lineage",
        "yaml_document",
        "testing",
        "usage",
        "steering",
        "feed",
        "tally",
        "worlds",
        "world",
        "script",
        "bounds",
        "clock",
        "journal",
        "rulebook",
        "traffic",
        "media",
        "core",
    },
    "starlette": {"http", "server", "framing", "serving"},
    "uvicorn": {"server", "framing"},
    "httptools": {"framing"},
    "yaml": {"scenario_file", "yaml_document", "yaml_mistakes"},
    "faker": {"media"},
    "trustme": {"tls"},
    "cryptography": {"tls"},
    "prometheus_client": {"http"},
    "pytest": {"pytest_plugin"},
    "time": {"clock", "client", "sleep", "testing"},
    "random": set[str](),
    "secrets": set[str](),
    "uuid": set[str](),
}
"""Which rooms may know a library; those of the standard library that are not named here are everybody's."""

# Names whose value is another one each time, on the types that have them.
NOW: Final = re.compile(r"(^|\.)(datetime|date)\.(now|utcnow|today)$|(^|\.)os\.(urandom|times)$")

LINES_OF_A_FILE: Final = 300
LINES_OF_A_FUNCTION: Final = 40

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
    """Arrows point down only; the client of the control plane imports nothing of the package."""
    ranks = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
    unranked = {source.room for source in modules.values()} - set(ranks)
    yield from (f"{name} has no place in LAYERS" for name in sorted(unranked))
    for source, each, target in edges(modules):
        one, other = ranks.get(source.room, 0), ranks.get(room(target), len(LAYERS))
        if source.room != room(target) and (one >= other or source.room == "client"):
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


def foreign(modules: House) -> Iterator[str]:
    """Each library is known in its own rooms only; core knows the standard library and msgspec."""
    for source in modules.values():
        for each in source.imports():
            library = each.target.split(".")[0]
            free = library == ROOT or (library in sys.stdlib_module_names and library not in LIBRARIES)
            if library and not free and source.room not in LIBRARIES.get(library, ()):
                yield f"{source.name}:{each.line} imports {library}"


def unrepeatable(modules: House) -> Iterator[str]:
    """Only the clock reads real time, and nobody draws lots."""
    for source in modules.values():
        for node in source.nodes(ast.Attribute):
            if source.room != "clock" and NOW.search(name := ast.unparse(node)):
                yield f"{source.name}:{getattr(node, 'lineno', 0)} reads {name}"


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


def too_long(modules: House) -> Iterator[str]:
    """A file and a function can be read at one sitting."""
    for source in modules.values():
        if len(source.lines) > LINES_OF_A_FILE:
            yield f"{source.name} has {len(source.lines)} lines"
        for node in source.nodes(*Function.__args__):
            assert isinstance(node, Function)
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LINES_OF_A_FUNCTION:
                yield f"{source.name}:{node.lineno} {node.name} has {lines} lines"


Rule = Callable[[House], Iterator[str]]
RULES: Final = (upward, relative, cyclic, foreign, unrepeatable, unexplained, undocumented, too_long)
HOUSE: Final = read()


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps_its_rules(rule: Rule) -> None:
    assert list(rule(HOUSE)) == []


def test_the_house_is_all_there() -> None:
    assert {"mockserver", "mockserver.core.timeline", "mockserver.http.api.views", "mockserver.media"} <= set(HOUSE)
    assert sum(1 for _ in edges(HOUSE)) > 100


BROKEN: Final = (
    (upward, {"core.wallet": "from mockserver.world import World", "world": ""}),
    (upward, {"world": "from mockserver import worlds", "worlds": ""}),
    (upward, {"world": "import mockserver.http.app", "http.app": ""}),
    (upward, {"clock": "def f():\n    from mockserver.journal import Journal  # why", "journal": ""}),
    (upward, {"client": "from mockserver.core.errors import ApiError", "core.errors": ""}),
    (upward, {"utils": ""}),
    (relative, {"world": "from .clock import Clock", "clock": ""}),
    (relative, {"world": "from . import clock", "clock": ""}),
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
    (foreign, {"core.wallet": "import starlette"}),
    (foreign, {"core.wallet": "from yaml.nodes import Node"}),
    (foreign, {"world": "from uvicorn import Config"}),
    (foreign, {"http.app": "def f():\n    import yaml"}),
    (foreign, {"http.app": "from requests import get"}),
    (foreign, {"world": "import time"}),
    (foreign, {"world": "from time import monotonic"}),
    (foreign, {"core.chance": "import random"}),
    (foreign, {"core.token": "from secrets import token_bytes"}),
    (foreign, {"world": "import uuid"}),
    (unrepeatable, {"world": "from datetime import datetime\nat = datetime.now(tz)"}),
    (unrepeatable, {"world": "import datetime as dt\nat = dt.datetime.utcnow()"}),
    (unrepeatable, {"core.instant": "today = date.today"}),
    (unrepeatable, {"core.token": "import os\nkey = os.urandom(32)"}),
    (unexplained, {"cli": "def f():\n    from mockserver import server"}),
    (unexplained, {"cli": "def f():\n    # Why.\n\n    import json"}),
    (unexplained, {"cli": "class A:\n    async def f(self):\n        import json"}),
    (undocumented, {"cli": "import json"}),
    (undocumented, {"cli": '"""Said."""\ndef f():\n    return 1'}),
    (undocumented, {"cli": '"""Said."""\nclass A:\n    """Said."""\n    async def f(self):\n        return 1'}),
    (too_long, {"cli": "\n" * 301}),
    (too_long, {"cli": "def f():\n" + "    1\n" * 40}),
)


@pytest.mark.parametrize(("rule", "texts"), BROKEN)
def test_a_house_that_breaks_a_rule_is_told(rule: Rule, texts: dict[str, str]) -> None:
    assert len(list(rule(house({f"{ROOT}.{name}": text for name, text in texts.items()})))) == 1


KEPT: Final = (
    (
        upward,
        {"world": "from mockserver import clock\nfrom mockserver.core.age import Age", "clock": "", "core.age": ""},
    ),
    (upward, {"cli": "from mockserver import __doc__ as said", "core": "from mockserver.core import errors"}),
    (cyclic, {"core.a": "from mockserver.core import b, c", "core.b": "import mockserver.core.c", "core.c": ""}),
    (foreign, {"core.wallet": "import msgspec.json\nfrom enum import StrEnum", "clock": "import time"}),
    (unrepeatable, {"world": "now = self.clock.now()\nat = datetime(1970, 1, 1)"}),
    (unexplained, {"cli": "import json\ndef f():\n    # Why.\n    import yaml\n    import faker"}),
    (unexplained, {"cli": "def f():\n    import json  # why"}),
    (
        undocumented,
        {"cli": '"""Said."""\ndef _f():\n    return 1\nclass A:\n    """Said."""\n    def __len__(self): ...'},
    ),
    (too_long, {"cli": "def f():\n" + "    1\n" * 39 + "\n" * 260}),
)


@pytest.mark.parametrize(("rule", "texts"), KEPT)
def test_a_house_that_keeps_a_rule_is_left_in_peace(rule: Rule, texts: dict[str, str]) -> None:
    assert list(rule(house({f"{ROOT}.{name}": text for name, text in texts.items()}))) == []
