"""The number of status requests a second, compared with the two peers; all get the same bytes."""

from contextlib import ExitStack
from functools import partial

from benchmarks.account import logged_in
from benchmarks.children import mock, peer
from benchmarks.peers import STATUS_PATH
from benchmarks.request import Request
from benchmarks.rounds import interleaved, ratio
from benchmarks.run import CONTROL, Readings, Run

# The clock runs a thousand seconds a second, so that the default life is over before the load begins.
FINISHED = "clock: {mode: real, rate: 1000}"
# Each poll moves the clock by two seconds, and the timeline lasts longer than any load, so every poll moves time.
UNFINISHED = "clock: {mode: poll}\ngenerations: [{then: [{pending: 1h}, {processing: 100000h}, completed]}]"


def status_rates(run: Run) -> Readings:
    """Load the mock, both peers, the mock on a polled clock and the Starlette peer's twin in turn."""
    with ExitStack() as servers:
        account = logged_in(servers.enter_context(mock(run.scratch, FINISHED)).url)
        polled = logged_in(servers.enter_context(mock(run.scratch, UNFINISHED)).url)
        requests = {"mock": account.finished(account.create())}
        for name, kind in (("starlette", "starlette"), ("raw", "raw"), ("twin", "starlette")):
            url = servers.enter_context(peer(run.scratch, kind)).url
            requests[name] = Request(url + STATUS_PATH, requests["mock"].headers)
        requests["polled"] = polled.status(polled.create())
        rounds = interleaved(
            run.effort.rounds,
            {name: partial(run.tool.measure, request, run.effort.seconds) for name, request in requests.items()},
        )
    return {
        "rate-starlette": ratio(rounds, "mock", "starlette"),
        "rate-raw": ratio(rounds, "mock", "raw"),
        "rate-polled": ratio(rounds, "polled", "starlette"),
        CONTROL: ratio(rounds, "twin", "starlette"),
    }
