"""Two servers behind each kind of proxy, shared by all tests that do not change them."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .lives import Client
from .names import Names
from .processes import Program, common_port, haproxy, mock, nginx

HOSTS = ("127.0.0.1", "127.0.0.2")

UP = "administratively READY thanks to valid DNS answer"
"""HAProxy logs this line once it also sends requests to a server; it logs `is UP` earlier."""


def release(program: str) -> tuple[int, ...]:
    """Return the installed release of a program; an empty tuple if the program is not installed."""
    if not shutil.which(program):
        return ()
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=True)
    return tuple(map(int, re.findall(r"\d+", said.stdout + said.stderr)[:2]))


def needs(program: str, *least: int) -> pytest.MarkDecorator:
    """Skip a test if a program is not installed, or only in an older release."""
    found = release(program)
    return pytest.mark.skipif(not found or found < least, reason=f"needs {program} {'.'.join(map(str, least))}")


@dataclass
class Fleet:
    """Servers of the mock by their addresses, the proxy before them, and the name server that the proxy asks."""

    kind: str
    servers: dict[str, Program]
    proxy: Program
    names: Names
    port: int

    @property
    def place(self) -> str:
        """The address at which a client reaches all worlds."""
        return self.proxy.place

    def view(self, name: str) -> dict[str, Any]:
        """Return a view of the control plane of each server, read without the proxy."""
        found = {}
        for place in self.servers:
            with Client(place) as client:
                found[place] = client.view(name)
        return found

    def worlds(self) -> dict[str, set[str]]:
        """Return the names of the worlds on each server, without the default world, which every server has."""
        seen = self.view("worlds")
        return {place: {world["name"] for world in seen[place]["worlds"]} - {"default"} for place in seen}

    def totals(self) -> list[int]:
        """Return how many exchanges the default world of each server has seen."""
        return [journal["total"] for journal in self.view("journal").values()]


@contextmanager
def fleet(kind: str, folder: Path) -> Iterator[Fleet]:
    """Run two servers behind a proxy that has found both."""
    with ExitStack() as running:
        port = running.enter_context(common_port())
        mocks = [running.enter_context(mock(host, port)) for host in HOSTS]
        servers = {each.place: each for each in mocks}
        names = running.enter_context(Names(*HOSTS))
        if kind == "nginx":
            proxy = running.enter_context(nginx(folder, servers))
        else:
            proxy = running.enter_context(haproxy(folder, names.place, port))
            proxy.until(UP, len(HOSTS))
        yield Fleet(kind, servers, proxy, names, port)


@pytest.fixture(scope="module", params=[pytest.param(kind, marks=needs(kind)) for kind in ("haproxy", "nginx")])
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running
