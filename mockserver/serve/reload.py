"""A scenario that is read again after its files change. A reset checks the files; nothing watches them."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from mockserver.language.extends import LARGEST
from mockserver.language.file import ScenarioError, load
from mockserver.language.loaded import LoadedScenario
from mockserver.world.log import Failed, Log, Noted, Warned


class Reloading:
    """The latest valid scenario of a file. Each reading of a change, or its failure, goes to `log`."""

    def __init__(self, loaded: LoadedScenario, log: Log) -> None:
        self._loaded = loaded
        self._log = log
        self.problem = ""
        """The problems of the file when it was last checked; empty for a valid file."""
        self._stamps = _stamps(loaded.files)

    def latest(self) -> LoadedScenario:
        """Return the scenario: read again if one of its files has changed, the former one if that fails."""
        if not self._loaded.files or (stamps := _stamps(self._stamps)) == self._stamps:
            return self._loaded
        self.problem = ""
        try:
            self._loaded = load(self._loaded.files[0])
        except ScenarioError as error:
            self.problem = str(error)
            for problem in error.problems:
                self._log(Failed(str(problem)))
            self._log(Failed(f"the scenario {self._loaded.name} is broken; the last sound one stays in force"))
            files = error.files
        else:
            self._log(Noted(f"the scenario {self._loaded.name} was read again"))
            for warning in self._loaded.warnings:
                self._log(Warned(str(warning)))
            files = self._loaded.files
        # Known files keep their stamps from before the reading: a change during the reading is then seen next time.
        self._stamps = {**_stamps(files), **{file: stamp for file, stamp in stamps.items() if file in files}}
        return self._loaded


def _stamps(files: Iterable[Path]) -> dict[Path, bytes | None]:
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> bytes | None:
    """Return a digest of a file's content: the time of change is too coarse to see two quick saves."""
    try:
        # A pipe can be read only once.
        if not file.is_file():
            return None
        with file.open("rb") as content:
            return sha256(content.read(LARGEST + 1)).digest()
    except OSError:
        return None
