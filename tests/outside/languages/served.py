"""A server as a process, on this machine's network or in its own, where the name of the API leads to the server."""

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
"""Set the variables of a file, as a shell does it, then run a command."""

READ = "import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1]).read().decode())"


def networks_can_be_made() -> bool:
    """Tell whether a process may make its own network, which needs the rights of root."""
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


def enclosed(folder: Path, *names: str) -> list[str]:
    """Return the words that run a command in a new network, in which these names alone exist and lead to loopback."""
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {' '.join(names)}\n", "utf-8")
    return [*UNSHARE, sys.executable, str(Path(__file__).parent / "enclosed.py"), str(hosts)]


def without(variables: Sequence[str]) -> list[str]:
    """Return the words that run a command without these variables."""
    return ["env", *(f"--unset={name}" for name in variables)]


def scenario(folder: Path) -> str:
    """Write the scenario of all clients to a file, and return its path."""
    file = folder / "scenario.yaml"
    file.write_text(SCENARIO, "utf-8")
    return str(file)


class Served:
    """A running server.

    `url`: the address at which the server answers. `trusted`: the folder with its certificates and variables.
    `enter`: the words that run a command in the server's network.
    """

    def __init__(self, url: str, trusted: Path, enter: Sequence[str]) -> None:
        self.url, self._trusted, self._enter = url, trusted, enter

    def told(self, command: Sequence[str]) -> list[str]:
        """Return the words that run a command in the server's network, with the variables for the server's clients."""
        return [*self._enter, "sh", "-c", SOURCE_AND_RUN, str(self._trusted / "env"), *command]

    def read(self, path: str) -> dict[str, object]:
        """Return the answer of the control plane at this path."""
        command = [*self._enter, sys.executable, "-c", READ, f"{self.url}/{path}"]
        return dict(json.loads(subprocess.run(command, capture_output=True, timeout=60, check=True).stdout))

    def exchanges(self, world: str) -> list[Exchange]:
        """Return the exchanges in the journal of a world; none if no request has made the world."""
        if world not in [each["name"] for each in self.read("__mock/worlds")["worlds"]]:
            return []
        found = self.read(f"w/{world}/__mock/journal")["exchanges"]
        assert isinstance(found, list)
        return found


@contextmanager
def served(folder: Path, environment: Mapping[str, str], *options: str, within: Sequence[str] = ()) -> Iterator[Served]:
    """Serve the scenario with these options until the end of a `with` block; `within`: words before the command."""
    trusted = folder / "ca"
    serve = [*IMAGINELAB_MOCK, "serve", scenario(folder), "--quiet", "--port=0", f"--ca-dir={trusted}", *options]
    with subprocess.Popen([*within, *serve], env=environment, stdout=subprocess.PIPE, text=True) as server:
        enter = ["nsenter", f"--target={server.pid}", "--net", "--mount", "--"] if within else []
        assert server.stdout is not None
        try:
            ready = server.stdout.readline()
            assert ready.startswith("imaginelab-mock listening on http://"), "not ready; standard error says why"
            yield Served(ready.split()[3], trusted, enter)
        finally:
            server.terminate()
    assert server.returncode == 0
