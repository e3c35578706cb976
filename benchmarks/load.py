"""The load tools: each sends one request over 16 keep-alive connections for a while and reports requests a second.

Readers trust a well-known tool more than our own, so `wrk` comes first, then `hey`. With every tool, one answer that is
not a success stops the run, because an error page is faster than a true answer.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.children import ROOT
from benchmarks.errors import BenchmarkError
from benchmarks.request import Request

CONNECTIONS = 16
START_LIMIT = 20.0  # real seconds that a tool may take beyond the time it was asked to measure
BURST_LIMIT = 300.0  # real seconds that a counted burst may take


@dataclass(frozen=True)
class Tool:
    """A load tool: one function calls it with a request and whole seconds, the other reads its report."""

    name: str
    command: Callable[[Request, int], Sequence[str]]
    rate: Callable[[str], float]

    def measure(self, request: Request, seconds: int) -> float:
        """Send `request`, a GET, for `seconds`; return the requests a second."""
        report = _output(self.command(request, seconds), request.rendered(), seconds + START_LIMIT)
        return self.rate(report)


def wrk_command(request: Request, seconds: int) -> list[str]:
    """Call wrk with one thread, which outruns any server in Python."""
    return ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *_header_options(request.headers), request.url]


def wrk_rate(report: str) -> float:
    """Read wrk's report; it has extra lines only after answers of 400 and more, or broken connections."""
    _refuse(report, r"Non-2xx or 3xx responses: \d+|Socket errors: .*")
    return _number(report, r"Requests/sec: +([\d.]+)")


def hey_command(request: Request, seconds: int) -> list[str]:
    """Call hey on one core, so that the server has the other."""
    options = ["-cpus", "1", "-disable-redirects", "-c", str(CONNECTIONS), "-z", f"{seconds}s"]
    return ["hey", *options, *_header_options(request.headers), request.url]


def hey_rate(report: str) -> float:
    """Read hey's report, which lists every status of the run."""
    _refuse(report, r"\[[^2]\d\d\]\s+\d+ responses|Error distribution:(?s:.*)")
    return _number(report, r"Requests/sec:\s+([\d.]+)")


def flood_command(request: Request, seconds: int, *options: str) -> list[str]:
    """Call the generator of this package, which stops by itself at the first answer that is not a success."""
    return [*_flood(request), "--seconds", str(seconds), *options]


def flood_rate(report: str) -> float:
    """Read "requests seconds"."""
    requests, seconds = report.split()
    return int(requests) / float(seconds)


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool("wrk", wrk_command, wrk_rate),
        Tool("hey", hey_command, hey_rate),
        Tool("python", flood_command, flood_rate),
    )
}


def present() -> Tool:
    """Choose the first tool that is installed; the generator of this package always is."""
    return next((tool for tool in TOOLS.values() if shutil.which(tool.name)), TOOLS["python"])


def burst(request: Request, requests: int) -> float:
    """Send `request` exactly `requests` times over the connections; return the requests a second.

    This always uses our own generator. The other tools count time, so that a faster server would create more.
    """
    command = [*_flood(request), "--requests", str(requests), "--seconds", str(BURST_LIMIT)]
    report = _output(command, request.rendered(), BURST_LIMIT + START_LIMIT)
    answered = int(report.split()[0])
    if answered != requests:
        raise BenchmarkError(f"{answered:,} of {requests:,} requests were answered within {BURST_LIMIT:.0f} s")
    return flood_rate(report)


def _flood(request: Request) -> list[str]:
    host, port = request.address
    return [sys.executable, "-m", "benchmarks.flood", host, str(port), "--connections", str(CONNECTIONS)]


def _header_options(headers: Mapping[str, str]) -> list[str]:
    return [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]


def _output(command: Sequence[str], stdin: bytes, limit: float) -> str:
    try:
        ended = subprocess.run(command, input=stdin, capture_output=True, timeout=limit, cwd=ROOT, check=False)
    except subprocess.TimeoutExpired as late:
        raise BenchmarkError(f"{command[0]} did not end within {limit:.0f} s") from late
    if ended.returncode:
        raise BenchmarkError(f"{' '.join(command)} failed: {ended.stderr.decode()[-500:].strip()}")
    return ended.stdout.decode()


def _refuse(report: str, sign: str) -> None:
    found = re.search(sign, report)
    if found:
        raise BenchmarkError(f"the load met answers that are no success: {found[0].strip()}")


def _number(report: str, pattern: str) -> float:
    found = re.search(pattern, report)
    if found is None:
        raise BenchmarkError(f"the load tool reported no rate: {report[-300:]!r}")
    return float(found[1])
