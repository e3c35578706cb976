"""A server as a process, on this machine's network or in one of its own where api.imagineview.art is the server."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .journey import SCENARIO, Exchange

IMAGINELAB_MOCK = (sys.executable, "-m", "mockserver")

UNSHARE = ("unshare", "--net", "--mount")

SOURCE_AND_RUN = 'set -a; . "$0"; set +a; exec "$@"'
"""Take variables from a file, as a shell does it, then run a command."""

READ = "import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1]).read().decode())"


def networks_can_be_made() -> bool:
    """Tell whether a process here may have a network of its own: that takes the rights of root."""
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


def enclosed(folder: Path, *names: str) -> list[str]:
    """Return what runs a command in a new network that knows these names alone, all of them its own."""
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {' '.join(names)}\n", "utf-8")
    return [*UNSHARE, sys.executable, str(Path(__file__).parent / "enclosed.py"), str(hosts)]


def without(variables: Sequence[str]) -> list[str]:
    """Return what keeps variables from the command that follows."""
    return ["env", *(f"--unset={name}" for name in variables)]


def scenario(folder: Path) -> str:
    """Write down the scenario that every client here lives through."""
    file = folder / "scenario.yaml"
    file.write_text(SCENARIO, "utf-8")
    return str(file)


class Served:
    """A server that answers at `url`; `trusted` is where it says whom to trust, `enter` what leads into its network."""

    def __init__(self, url: str, trusted: Path, enter: Sequence[str]) -> None:
        self.url, self._trusted, self._enter = url, trusted, enter

    def told(self, command: Sequence[str]) -> list[str]:
        """Return what runs a command there, with the variables that the server wrote down for its clients."""
        return [*self._enter, "sh", "-c", SOURCE_AND_RUN, str(self._trusted / "env"), *command]

    def read(self, path: str) -> dict[str, object]:
        """Ask the control plane."""
        command = [*self._enter, sys.executable, "-c", READ, f"{self.url}/{path}"]
        return dict(json.loads(subprocess.run(command, capture_output=True, timeout=60, check=True).stdout))

    def exchanges(self, world: str) -> list[Exchange]:
        """Return what the journal of a world has."""
        found = self.read(f"w/{world}/__mock/journal")["exchanges"]
        assert isinstance(found, list)
        return found


@contextmanager
def served(folder: Path, environment: Mapping[str, str], *options: str, within: Sequence[str] = ()) -> Iterator[Served]:
    """Serve the scenario until the end of a `with` block, by the command that is `within` and these options."""
    trusted = folder / "ca"
    serve = [*IMAGINELAB_MOCK, "serve", scenario(folder), "--quiet", "--port=0", f"--ca-dir={trusted}", *options]
    with subprocess.Popen([*within, *serve], env=environment, stdout=subprocess.PIPE, text=True) as server:
        enter = ["nsenter", f"--target={server.pid}", "--net", "--mount", "--"] if within else []
        assert server.stdout is not None
        try:
            ready = server.stdout.readline()
            assert ready.startswith("imaginelab-mock listening on http://"), "standard error says why it is not"
            yield Served(ready.split()[3], trusted, enter)
        finally:
            server.terminate()
    assert server.returncode == 0
