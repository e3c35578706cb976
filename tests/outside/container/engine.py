"""A container engine, driven by its command line, so that the tests see the same results as a person."""

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
"""The name of the image, here and in `compose.yaml`."""

HARDENED: Final = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
"""The options of a container with as few rights as possible."""

READY: Final = "imaginelab-mock listening on "

KNOWS_START_INTERVAL: Final = 25
"""The first release that knows the option. Source: Docker's reference of the Dockerfile, HEALTHCHECK."""

_DOCKER: Final = shutil.which("docker") or "docker"
_NETWORK: Final = "judged"
_TO_PIP: Final = ("PIP_CERT", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PIP_TRUSTED_HOST")


class Failed(Exception):
    """A command ended with another status than 0; the text is all its output."""


def docker(*words: str) -> str:
    """Run one command and return its standard output; raise `Failed` if it does not succeed."""
    run = subprocess.run([_DOCKER, *words], capture_output=True, text=True, timeout=180, check=False)
    if run.returncode:
        raise Failed(run.stdout + run.stderr)
    return run.stdout.strip()


def engine() -> str:
    """Return the release of the engine."""
    return docker("version", "--format", "{{.Server.Version}}")


def readable(dockerfile: str, release: str) -> str:
    """Return the file in a form that an engine of this release can read.

    An old engine knows a single interval; it gets the start interval as that interval.
    """
    if int(release.partition(".")[0]) >= KNOWS_START_INTERVAL:
        return dockerfile
    return re.sub(r"--interval=\S+ ", "", dockerfile).replace("--start-interval=", "--interval=")


def build(context: Path, dockerfile: Path, tag: str = IMAGE) -> None:
    """Build an image, and pass on the settings that pip needs on this machine."""
    told = [word for name in _TO_PIP for word in ("--build-arg", name)]
    docker("build", "--quiet", "--network=host", *told, "--file", str(dockerfile), "--tag", tag, str(context))


class Container:
    """A container, known by its number, on the network of these tests."""

    def __init__(self, number: str) -> None:
        self.number = number

    def shown(self, template: str) -> str:
        """Return the engine's facts about the container, written by a Go template."""
        return docker("inspect", "--format", template, self.number)

    @cached_property
    def address(self) -> str:
        """The IP address at which this machine reaches the container."""
        return self.shown(f"{{{{.NetworkSettings.Networks.{_NETWORK}.IPAddress}}}}")

    def mock(self, port: int = 8402) -> MockServer:
        """Return a client of the container's control plane."""
        return MockServer(f"http://{self.address}:{port}")

    @property
    def kernel(self) -> Mapping[str, str]:
        """The kernel's facts about the container's first process, such as its user and its capabilities."""
        status = Path(f"/proc/{self.shown('{{.State.Pid}}')}/status").read_text()
        return {name: text.strip() for name, _, text in (line.partition(":") for line in status.splitlines())}

    def inside(self, *words: str) -> str:
        """Run a command in the container as root, and return its standard output."""
        return docker("exec", "--user=0", self.number, *words)

    @property
    def started(self) -> datetime:
        """The time at which the container's process started, by the clock of the engine."""
        return datetime.fromisoformat(self.shown("{{.State.StartedAt}}"))

    def ready(self) -> datetime:
        """Wait until the server says that it answers, and return that time; raise `Failed` if it ends first."""
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
        """Wait for the first verdict on the container's health; return the verdict and its time."""
        events = ["--since=0", f"--filter=container={self.number}", "--filter=event=health_status"]
        command = [_DOCKER, "events", *events, "--format={{.TimeNano}} {{.Status}}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as told:
            assert told.stdout is not None
            at, _, verdict = told.stdout.readline().strip().partition(" health_status: ")
            told.terminate()
        return verdict, datetime.fromtimestamp(int(at) / 1e9, self.started.tzinfo)

    def log(self) -> str:
        """Return the container's standard output and standard error."""
        run = subprocess.run([_DOCKER, "logs", self.number], capture_output=True, text=True, check=True)
        return run.stdout + run.stderr

    def end(self, patience: int = 20) -> int:
        """Ask the container to end, kill it after `patience` seconds, and return the exit status of its process."""
        docker("stop", f"--time={patience}", self.number)
        return int(self.shown("{{.State.ExitCode}}"))

    def remove(self) -> None:
        """Remove the container and its volumes without a name."""
        docker("rm", "--force", "--volumes", self.number)


def create(*options: str, image: str = IMAGE, command: tuple[str, ...] = ()) -> Container:
    """Make a container without starting it."""
    return Container(docker("create", f"--network={_NETWORK}", *options, image, *command))


def settings(image: str) -> Any:
    """Return the settings of an image, as the engine writes them in JSON."""
    return json.loads(docker("image", "inspect", image))[0]
