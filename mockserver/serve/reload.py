"""A scenario that follows its files: they are looked at again when somebody asks, so that nothing has to watch them."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from mockserver.language.extends import LARGEST
from mockserver.language.file import ScenarioError, load
from mockserver.language.loaded import LoadedScenario
from mockserver.world.log import Failed, Log, Noted, Warned


class Reloading:
    """The script of a file as it was last saved whole.

    `log` is told each time that a change is read, or cannot be; `problem` says what is wrong with the file as it was
    last looked at, and is empty if nothing is.
    """

    def __init__(self, script: LoadedScenario, log: Log) -> None:
        self._script = script
        self._log = log
        self.problem = ""
        self._stamps = _stamps(script.files)

    def latest(self) -> LoadedScenario:
        """Return the script: read anew if a file that it is made from has changed, the old one if that is broken."""
        if not self._script.files or (stamps := _stamps(self._stamps)) == self._stamps:
            return self._script
        self.problem = ""
        try:
            self._script = load(self._script.files[0])
        except ScenarioError as error:
            self.problem = str(error)
            kept = f"the scenario {self._script.name} is broken; the last sound one stays in force"
            self._log(Failed(f"{error}\n{kept}"))
            files = error.files
        else:
            self._log(Noted(f"the scenario {self._script.name} was read again"))
            for warning in self._script.warnings:
                self._log(Warned(str(warning)))
            files = self._script.files
        # Those known before as they were before the reading: what changes during it is read the next time.
        self._stamps = {**_stamps(files), **{file: stamp for file, stamp in stamps.items() if file in files}}
        return self._script


def _stamps(files: Iterable[Path]) -> dict[Path, bytes | None]:
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> bytes | None:
    """Return what tells one content of a file from another: times of change are too coarse for quick saves."""
    try:
        # A pipe has been read, and has no second content.
        if not file.is_file():
            return None
        with file.open("rb") as content:
            return sha256(content.read(LARGEST + 1)).digest()
    except OSError:
        return None
