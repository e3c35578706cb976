"""The number of status requests a second by each way to the server: without TLS, over TLS, and through a tunnel."""

from collections.abc import Callable
from functools import partial

from benchmarks.account import logged_in
from benchmarks.children import mock
from benchmarks.errors import BenchmarkError
from benchmarks.load import Tool, flood_command, flood_rate
from benchmarks.request import Request
from benchmarks.rounds import interleaved, ratio
from benchmarks.run import Readings, Run
from benchmarks.status_rate import FINISHED


def ways(run: Run) -> Readings:
    """Load one server by each way in turn, always with our own generator, because no other tool knows all ways."""
    kept = run.scratch / "authority"
    with mock(run.scratch, FINISHED, "--https-port", "0", "--ca-dir", str(kept)) as server:
        account = logged_in(server.url)
        plain = account.finished(account.create())
        if server.tls_url is None:
            raise BenchmarkError("a server did not say where it listens over TLS")
        encrypted = Request(plain.url.replace(server.url, server.tls_url), plain.headers)
        trust = ("--trust", str(kept / "ca.pem"))
        contenders = {
            "plain": partial(_by("plain"), plain, run.effort.seconds),
            "tls": partial(_by("TLS", *trust), encrypted, run.effort.seconds),
            "tunnel": partial(_by("tunnel", *trust, "--tunnel"), plain, run.effort.seconds),
        }
        rounds = interleaved(run.effort.rounds, contenders)
    return {"way-tls": ratio(rounds, "tls", "plain"), "way-tunnel": ratio(rounds, "tunnel", "plain")}


def _by(name: str, *options: str) -> Callable[[Request, int], float]:
    return Tool(name, lambda request, seconds: flood_command(request, seconds, *options), flood_rate).measure
