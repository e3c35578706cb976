"""A container engine, driven by its command line, so that what is judged is what a person would get."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from mockserver.client import MockServer

IMAGE: Final = "imaginelab-mock"
"""What the image is called here, and in `compose.yaml`."""

HARDENED: Final = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
"""How little a container needs."""

READY: Final = "imaginelab-mock listening on "

KNOWS_START_INTERVAL: Final = 25
"""The first engine that does. Source: Docker's reference of the Dockerfile, HEALTHCHECK."""

_DOCKER: Final = shutil.which("docker") or "docker"
_NETWORK: Final = "judged"
_TO_PIP: Final = ("PIP_CERT", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PIP_TRUSTED_HOST")


class Failed(Exception):
    """A command that ended with another status than 0; the text is all that it said."""


def docker(*words: str) -> str:
    """Run one command and return what it printed; `Failed` where it did not succeed."""
    run = subprocess.run([_DOCKER, *words], capture_output=True, text=True, timeout=180, check=False)
    if run.returncode:
        raise Failed(run.stdout + run.stderr)
    return run.stdout.strip()


def engine() -> str:
    """Return the release of the engine."""
    return docker("version", "--format", "{{.Server.Version}}")


def readable(dockerfile: str, release: str) -> str:
    """Return the file as an engine of this release can read it: where it knows one interval, that is the start's."""
    if int(release.partition(".")[0]) >= KNOWS_START_INTERVAL:
        return dockerfile
    return re.sub(r"--interval=\S+ ", "", dockerfile).replace("--start-interval=", "--interval=")


def build(context: Path, dockerfile: Path, tag: str = IMAGE) -> None:
    """Build an image, with what pip has to know on this machine."""
    told = [word for name in _TO_PIP for word in ("--build-arg", name)]
    docker("build", "--quiet", "--network=host", *told, "--file", str(dockerfile), "--tag", tag, str(context))


class Container:
    """A container on a network of its own, by its number."""

    def __init__(self, number: str) -> None:
        self.number = number

    def shown(self, template: str) -> str:
        """Return what the engine knows of it, as a template of Go has it."""
        return docker("inspect", "--format", template, self.number)

    @cached_property
    def address(self) -> str:
        """Where this machine reaches it."""
        return self.shown(f"{{{{.NetworkSettings.Networks.{_NETWORK}.IPAddress}}}}")

    def mock(self, port: int = 8402) -> MockServer:
        """Return a client of its control plane."""
        return MockServer(f"http://{self.address}:{port}")

    @property
    def kernel(self) -> Mapping[str, str]:
        """What the kernel knows of its first process: whose it is, and what it may do."""
        status = Path(f"/proc/{self.shown('{{.State.Pid}}')}/status").read_text()
        return {name: text.strip() for name, _, text in (line.partition(":") for line in status.splitlines())}

    def inside(self, *words: str) -> str:
        """Run a command in it as root, and return what it printed."""
        return docker("exec", "--user=0", self.number, *words)

    @property
    def started(self) -> datetime:
        """When its process was started, by the clock of the engine."""
        return datetime.fromisoformat(self.shown("{{.State.StartedAt}}"))

    def ready(self) -> datetime:
        """Wait until the server says that it answers, and return when it did; `Failed` where it ends without."""
        command = [_DOCKER, "logs", "--follow", "--timestamps", self.number]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as logs:
            assert logs.stdout is not None
            line = logs.stdout.readline()
            logs.terminate()
        at, _, said = line.partition(" ")
        if not said.startswith(READY):
            raise Failed(self.log())
        return datetime.fromisoformat(at)

    def health(self) -> tuple[str, datetime]:
        """Wait for the first verdict on its health, and return it with when it was given."""
        events = ["--since=0", f"--filter=container={self.number}", "--filter=event=health_status"]
        command = [_DOCKER, "events", *events, "--format={{.TimeNano}} {{.Status}}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as told:
            assert told.stdout is not None
            at, _, verdict = told.stdout.readline().strip().partition(" health_status: ")
            told.terminate()
        return verdict, datetime.fromtimestamp(int(at) / 1e9, self.started.tzinfo)

    def log(self) -> str:
        """Return both of its streams."""
        run = subprocess.run([_DOCKER, "logs", self.number], capture_output=True, text=True, check=True)
        return run.stdout + run.stderr

    def end(self, patience: int = 20) -> int:
        """Have it told to end, and killed after as many seconds of patience; return the exit status of its process."""
        docker("stop", f"--time={patience}", self.number)
        return int(self.shown("{{.State.ExitCode}}"))

    def remove(self) -> None:
        """Take it away, with the volumes that have no name."""
        docker("rm", "--force", "--volumes", self.number)


def create(*options: str, image: str = IMAGE, command: tuple[str, ...] = ()) -> Container:
    """Make a container that is not started yet."""
    return Container(docker("create", f"--network={_NETWORK}", *options, image, *command))


def settings(image: str) -> Any:
    """Return what an image says of itself, as the engine has it in JSON."""
    return json.loads(docker("image", "inspect", image))[0]
