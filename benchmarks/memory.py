"""The memory of a server, and its growth after many requests, read from `/proc`; without `/proc` there is no figure."""

import re
from pathlib import Path

from benchmarks.account import logged_in
from benchmarks.children import mock, peer
from benchmarks.load import burst
from benchmarks.peers import STATUS_PATH
from benchmarks.request import Request
from benchmarks.rounds import Spread
from benchmarks.run import Readings, Run

PROC = Path("/proc")


def resident_memory(run: Run) -> Readings:
    """Measure the memory of the mock and of the Starlette peer right after their start, then after the load."""
    if not (PROC / "self" / "status").exists():
        return {}
    with mock(run.scratch) as server:
        mock_start = megabytes(server.pid)
        account = logged_in(server.url)
        burst(account.status(account.create()), run.effort.requests)
        mock_end = megabytes(server.pid)
        burst(account.status(account.create()), run.effort.exchanges - run.effort.requests)
        mock_later = megabytes(server.pid)
    with peer(run.scratch, "starlette") as server:
        peer_start = megabytes(server.pid)
        burst(Request(server.url + STATUS_PATH), run.effort.requests)
        peer_end = megabytes(server.pid)
    return {
        "memory": Spread.of([mock_start]),
        "memory-growth": Spread.of([mock_end - mock_start]),
        "memory-exchanges": Spread.of([mock_later - mock_start]),
        "memory-peer": Spread.of([peer_start]),
        "memory-peer-growth": Spread.of([peer_end - peer_start]),
    }


def megabytes(pid: int) -> float:
    """Return the resident memory of the process `pid`."""
    return resident(PROC.joinpath(str(pid), "status").read_text(encoding="ascii"))


def resident(status: str) -> float:
    """Read the megabytes (2**20 bytes) of VmRSS in `/proc/PID/status`; its kB are 1,024 bytes."""
    return int(re.findall(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[0]) / 1024
