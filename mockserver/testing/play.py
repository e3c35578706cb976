"""The options of a test in its marker: `@pytest.mark.imaginelab("rate-limited", seed=7, clock="manual")`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, get_args

from mockserver.client.clock import Mode
from mockserver.client.given import shown
from mockserver.core.wording import printable

_ENDINGS: Final = (".yaml", ".yml")
_MARKER: Final = "@pytest.mark.imaginelab"
_DAYS: Final = 365

LONGEST_SLUG: Final = 51
"""The number of characters of a test's name in its world's name; with a hyphen and the hash the world's name has 64."""

Marker = tuple[Sequence[Any], Mapping[str, Any]]
"""The arguments of one marker: those without a name, and those with one."""


class CannotPlay(Exception):
    """The options of a test cannot be applied; the text is one printable sentence with the way out."""

    def __init__(self, sentence: str) -> None:
        super().__init__(printable(sentence))


@dataclass(frozen=True, kw_only=True)
class Play:
    """The scenario and the options for one test.

    `scenario` is a name of the gallery, YAML or a file, None for the happy path. `seed` and `clock` None take the
    scenario's; if that has no clock either, it is `poll`. `intercept` sends the API's own address to the mock; `block`
    does too, and lets no other host be reached. `virtual_sleep` lets the test's sleeping move the
    clock, by `max_virtual` seconds at most, and `clocks` lets its code see virtual time.
    """

    scenario: str | Path | None = None
    seed: int | None = None
    clock: Mode | None = None
    intercept: bool = False
    block: bool = False
    virtual_sleep: bool = False
    clocks: bool = False
    max_virtual: float = 3600

    @property
    def mode(self) -> Mode | None:
        """The clock mode: `manual` if sleeping moves the clock."""
        return "manual" if self.virtual_sleep else self.clock


OPTIONS: Final = tuple(field.name for field in fields(Play) if field.name != "scenario")
"""The arguments of the marker that have a name."""


def play(markers: Iterable[Marker], folders: Sequence[Path]) -> Play:
    """Return the options of the markers, nearest first; a later marker sets only the options that are still open.

    Files are searched for in `folders`, in order. Raises CannotPlay if a marker cannot be understood.
    """
    given: dict[str, Any] = {}
    for arguments, options in markers:
        given = {**_given(arguments, options, folders), **given}
    wanted = Play(**given)
    if wanted.virtual_sleep and wanted.clock not in (None, "manual"):
        raise _wrong(f"virtual_sleep moves a clock that does not move by itself; leave clock={wanted.clock!r} out")
    if wanted.max_virtual != Play.max_virtual and not wanted.virtual_sleep:
        raise _wrong("max_virtual bounds the time that sleeping moves; say virtual_sleep=True as well")
    if wanted.clocks and not wanted.virtual_sleep:
        raise _wrong("clocks=True shows the time that sleeping moves; say virtual_sleep=True as well")
    return wanted


def _given(arguments: Sequence[Any], options: Mapping[str, Any], folders: Sequence[Path]) -> dict[str, Any]:
    if len(arguments) > 1:
        raise _wrong(f"expected one scenario, found {', '.join(map(shown, arguments))}")
    for name, value in options.items():
        if name not in OPTIONS:
            raise _wrong(f"{name} is not known; after the scenario it takes {', '.join(OPTIONS)}")
        if problem := _problem(name, value):
            raise _wrong(f"expected {problem} for {name}, found {shown(value)}")
    return {**options, **({"scenario": _scenario(arguments[0], folders)} if arguments else {})}


def _problem(name: str, value: object) -> str:
    """Return a description of the values that an option accepts; the empty text if the value is valid."""
    match name:
        case "seed":
            sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
            return "" if sound else "a whole number from 0 to 2^63 - 1"
        case "clock":
            return "" if value in get_args(Mode) else " or ".join(map(repr, get_args(Mode)))
        case "max_virtual":
            most = _DAYS * 24 * 3600
            return "" if isinstance(value, int | float) and 0 < value <= most else f"seconds, at most {_DAYS} days,"
        case _:
            return "" if isinstance(value, bool) else "True or False"


def _scenario(named: object, folders: Sequence[Path]) -> str | Path:
    """Return a scenario as it is sent: a word that ends like a file is a path, another word is a name."""
    if isinstance(named, str) and ("\n" in named or not named.endswith(_ENDINGS)):
        return named
    if not isinstance(named, str | Path):
        raise _wrong(f"expected a name of the gallery, YAML or a file, found {shown(named)}")
    found = next((folder / named for folder in folders if (folder / named).is_file()), None)
    if found is None:
        where = " or ".join(str(folder) for folder in folders)
        raise _wrong(f"there is no file {named} in {where}; the ini option imaginelab_scenarios adds folders")
    return found


def _wrong(why: str) -> CannotPlay:
    return CannotPlay(f"{_MARKER}: {why}")


def world_name(test: str) -> str:
    """Return the name of a test's world: the name of the test, cut short, and a hash of its whole id."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", test.rpartition("::")[2]).strip("-")[:LONGEST_SLUG]
    return f"{slug}-{sha256(test.encode()).hexdigest()[:12]}"
