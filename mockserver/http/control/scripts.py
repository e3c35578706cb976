"""The scenario of a world: show it, load another one, or start over."""

import re
from functools import cache, partial
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from mockserver.core.document import Problem
from mockserver.core.wording import did_you_mean, quoted
from mockserver.http.control.answers import Faulty, ProblemView, problem_view
from mockserver.http.control.reading import LARGE
from mockserver.http.control.request import ControlEndpoint, ControlRequest
from mockserver.language import gallery
from mockserver.language.file import ScenarioError, load, parse
from mockserver.language.loaded import LoadedScenario
from mockserver.world.world import World

Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]

FileName = Annotated[str, Meta(min_length=1, max_length=200)]

FILE = "scenario.yaml"
"""The name of the file in places, for a scenario that was sent without one."""


class ResetBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The scenario, by name or in YAML, and the seed with which a world starts over. None keeps the present one.

    `file` is the name of the file in the places of problems; no file of that name is opened.
    """

    scenario: str | None = None
    seed: Seed | None = None
    file: FileName = FILE


class ScriptBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The new scenario of a world: a name of the gallery, or YAML; `seed` None is the seed of the scenario.

    `file` is the name of the file in the places of problems; no file of that name is opened.
    """

    scenario: str
    seed: Seed | None = None
    file: FileName = FILE


class ScriptView(Struct, frozen=True):
    """The scenario that a world plays. `problem` is the reason if the world does not play the saved file."""

    world: str
    name: str
    seed: int
    description: str
    text: str
    warnings: list[ProblemView]
    problem: str | UnsetType = UNSET


class NamedScenario(Struct, frozen=True):
    """One scenario of the gallery."""

    name: str
    description: str


class Gallery(Struct, frozen=True):
    """The scenarios that come with the program."""

    scenarios: list[NamedScenario]


def script_view(world: World, trouble: str) -> ScriptView:
    """Return the view of a world's scenario. `trouble` is the reason if the world does not play the saved file."""
    played: LoadedScenario = world.loaded
    return ScriptView(
        world.name,
        played.name,
        world.scenario.seed,
        world.scenario.description,
        played.text,
        [problem_view(warning) for warning in played.warnings],
        f"{trouble}\nthe last sound scenario stays in force" if trouble else UNSET,
    )


def show(request: ControlRequest) -> ScriptView:
    """Show the script that the world plays."""
    world = request.open_world()
    return script_view(world, request.worlds.problem(request.name))


SHOW: Final = partial(
    ControlEndpoint,
    name="scenario",
    answer=show,
    summary="Show the script that the world plays",
    view=ScriptView,
    errors=(404,),
)


async def reset(request: ControlRequest) -> ScriptView:
    """Start the world over, with the script in force or another one."""
    body = request.body(ResetBody)
    script = None if body.scenario is None else await _script(request, body.scenario, body.file)
    world = request.worlds.reset(request.name, script, body.seed)
    return script_view(world, request.worlds.problem(request.name))


RESET: Final = partial(
    ControlEndpoint,
    name="reset",
    answer=reset,
    summary="Start the world over",
    body=ResetBody,
    view=ScriptView,
    errors=(503,),
)


async def put(request: ControlRequest) -> ScriptView:
    """Start the world over with the scenario that is sent, or with one of the gallery."""
    body = request.body(ScriptBody)
    world = request.worlds.reset(request.name, await _script(request, body.scenario, body.file), body.seed)
    return script_view(world, "")


PUT: Final = partial(
    ControlEndpoint,
    name="load",
    answer=put,
    summary="Start the world over with another script",
    body=ScriptBody,
    view=ScriptView,
    errors=(503,),
)


async def _script(request: ControlRequest, text: str, file: str) -> LoadedScenario:
    try:
        return await request.readings.run(partial(_read, text, file), len(text))
    except ScenarioError as error:
        raise Faulty(error.problems) from error


def _read(text: str, name: str) -> LoadedScenario:
    if not name.isprintable() or "/" in name or "\\" in name:
        raise Faulty([Problem("$.file", f"expected the name of a file without its folder, found {quoted(name)}")])
    word = text.strip()
    if not word:
        raise _unplayable("an empty text would play the happy path; if that is meant, send its name, happy-path")
    if not _WORD.fullmatch(word):
        return parse(text, name)
    if _PATH.search(word):
        raise _unplayable(f"expected a name of the gallery or YAML, found {quoted(word)}; {_NO_FILE}")
    file = gallery.path(word)
    if file is None:
        near = did_you_mean(word.lower().replace("_", "-"), gallery.names())
        raise _unplayable(f"there is no scenario {quoted(word)} in the gallery{near}; {_WAY_OUT}")
    return load(file)


def _unplayable(sentence: str) -> Faulty:
    return Faulty([Problem("$.scenario", sentence)])


# A colon makes YAML of it, as do the signs of an empty mapping, of a comment and of a quotation at its beginning.
_WORD: Final = re.compile(r"[\w.~/\\-][^\s:]*")
_PATH: Final = re.compile(r"[/\\]|\.ya?ml$")
_NO_FILE: Final = "no file is opened: send its content"
_WAY_OUT: Final = "GET /__mock/scenarios lists them"


async def shipped(request: ControlRequest) -> Gallery:
    """List the scenarios that come with the program."""
    return await request.readings.run(_gallery, LARGE)


SHIPPED: Final = partial(
    ControlEndpoint,
    name="scenarios",
    answer=shipped,
    summary="List the scenarios that come with the program",
    view=Gallery,
)


@cache
def _gallery() -> Gallery:
    paths = {name: gallery.path(name) for name in gallery.names()}
    return Gallery([NamedScenario(name, load(path).scenario.gist) for name, path in paths.items() if path is not None])
