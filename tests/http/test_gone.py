"""Whether a client went away before its answer was complete, as a server sees it on a real connection."""

import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from mockserver.core.faults import Drip, Drop, Fault, Then, Truncate
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.serve.server import ServerThread
from mockserver.world.journal import Query
from mockserver.world.worlds import DEFAULT, Worlds

HOUR = 3_600_000_000
REQUEST = b"GET /api/v1/generations/models HTTP/1.1\r\nHost: localhost\r\n\r\n"
FAULTY = REQUEST.replace(b"Host", b"X-Fault: yes\r\nHost")


def asked(then: Then, *, leaves: bool, url: str) -> None:
    """Send the request that a fault meets, and leave after its first bytes, or see the connection through."""
    where = urlsplit(url)
    with closing(socket.create_connection((where.hostname or "", where.port or 0), timeout=30)) as line:
        line.sendall(FAULTY)
        if then.drip is not None:
            line.recv(1)
        while not leaves and _comes(line):
            pass


def _comes(line: socket.socket) -> bytes:
    try:
        return line.recv(65_536)
    except ConnectionResetError:
        return b""


def noted(worlds: Worlds, url: str, times: int) -> bool:
    """Whether it is noted that the client has gone; the server has so many requests' time to notice."""
    journal, where = worlds.find(DEFAULT).journal, urlsplit(url)
    with closing(socket.create_connection((where.hostname or "", where.port or 0), timeout=30)) as line:
        for _ in range(times):
            line.sendall(REQUEST)
            line.recv(65_536)
            if any(met.real.gone for met in journal.search(Query(rule="faults.1")).exchanges):
                return True
    return False


@pytest.mark.parametrize(
    ("then", "leaves"),
    [
        pytest.param(Then(drop=Drop.HANG), True, id="hangs"),
        pytest.param(Then(delay=HOUR), True, id="late"),
        pytest.param(Then(drip=Drip(size=1, every=HOUR)), True, id="in drops"),
        pytest.param(Then(drop=Drop.RESET), False, id="reset by us"),
        pytest.param(Then(drop=Drop.CLOSE), False, id="closed by us"),
        pytest.param(Then(drop=Drop.GARBAGE), False, id="garbage"),
        pytest.param(Then(drop=Truncate(0.5)), False, id="cut off by us"),
    ],
)
def test_only_a_client_that_left_by_itself_has_gone(then: Then, leaves: bool) -> None:
    fault = Fault(on=(Operation.MODELS,), when={"header.x-fault": "yes"}, then=then)
    worlds = Worlds(FixedSource(LoadedScenario(Scenario(faults=(fault,)))))
    with ServerThread(application(worlds)) as server:
        asked(then, leaves=leaves, url=server.url)
        assert noted(worlds, server.url, times=1000 if leaves else 50) is leaves
