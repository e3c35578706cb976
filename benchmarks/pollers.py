"""A crowd of polling clients in its own process: `python -m benchmarks.pollers`, with its requests on stdin.

Each client has its own connection, which stays open. One thread waits for all of them at once. The time in which an
answer waits to be read counts as latency, so that the figures are no better than those of a real client.
"""

import argparse
import json
import selectors
import socket
import sys
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import IO

from benchmarks.errors import BenchmarkError
from benchmarks.flood import STALL_LIMIT, missing


@dataclass(frozen=True)
class Latencies:
    """The result of a crowd: `answers` in `seconds`; one, half, 99 % and all of them came within so many milliseconds.

    `slowest` is the share of the median client's answers that the one with the fewest got.
    """

    answers: int
    seconds: float
    least: float
    half: float
    most: float
    longest: float
    slowest: float


class Poller:
    """One client, which sends the same request again and again and knows its one right answer."""

    def __init__(self, connection: socket.socket, request: bytes, body: bytes) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.latencies = array("d")
        self._request, self._end = request, b"\r\n\r\n" + body
        self._received, self._asked = b"", 0.0

    def ask(self) -> None:
        """Send the request, which is short enough to be sent in one piece."""
        self._received, self._asked = b"", time.perf_counter()
        self.connection.sendall(self._request)

    def answered(self) -> bool:
        """Read the bytes that have come; return whether the answer is complete. A wrong answer is an error."""
        chunk = self.connection.recv(65536)
        if not chunk:
            raise BenchmarkError(f"the server hung up after {len(self._received)} bytes of an answer")
        self._received += chunk
        if missing(self._received) > 0:
            return False
        if not self._received.endswith(self._end):
            raise BenchmarkError(f"expected an answer with {self._end!r}, found {self._received[:300]!r}")
        self.latencies.append(time.perf_counter() - self._asked)
        return True


class Crowd:
    """Clients, each with its own connection; each pauses for `pause` real seconds before its next poll."""

    def __init__(self, pollers: Sequence[Poller], pause: float = 0.0) -> None:
        self._pollers, self._pause = pollers, pause
        # In the order of their due times, since all pauses are equal. The first polls are spread over one pause, as a
        # real crowd does not start at once.
        began = time.perf_counter()
        shares = enumerate(pollers)
        self._resting = deque((began + pause * share / len(pollers), poller) for share, poller in shares)

    def poll(self, more: Callable[[int], bool]) -> Latencies:
        """Let all clients poll while `more(sent)`, and return the result after each has its last answer."""
        began, sent, answered = time.perf_counter(), 0, 0
        with selectors.DefaultSelector() as waiting:
            for poller in self._pollers:
                waiting.register(poller.connection, selectors.EVENT_READ, poller)
            while self._resting or answered < sent:
                for poller in self._answered(waiting):
                    self._resting.append((time.perf_counter() + self._pause, poller))
                    answered += 1
                for poller in self._due():
                    if not more(sent):
                        self._resting.clear()
                        break
                    poller.ask()
                    sent += 1
        return latencies([poller.latencies for poller in self._pollers], time.perf_counter() - began)

    def _answered(self, waiting: selectors.BaseSelector) -> list[Poller]:
        """Wait for answers until the next poll is due."""
        rest = self._resting[0][0] - time.perf_counter() if self._resting else STALL_LIMIT
        ready = waiting.select(max(rest, 0))
        if not ready and not self._resting:
            raise BenchmarkError(f"nobody was answered for {STALL_LIMIT:.0f} s")
        return [key.data for key, _ in ready if key.data.answered()]

    def _due(self) -> Iterator[Poller]:
        while self._resting and self._resting[0][0] <= time.perf_counter():
            yield self._resting.popleft()[1]


def latencies(each: Sequence[Sequence[float]], seconds: float) -> Latencies:
    """Sum up the seconds that every answer of each client took."""
    ordered = sorted(latency * 1000 for one in each for latency in one)
    counts = [len(one) for one in each]
    return Latencies(
        answers=len(ordered),
        seconds=seconds,
        least=ordered[0],
        half=median(ordered),
        most=_within(ordered, 99),
        longest=ordered[-1],
        slowest=min(counts) / median(counts),
    )


def _within(ordered: Sequence[float], percent: int) -> float:
    """Return the least value that so many percent of the values do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1]


def main(argv: Sequence[str] | None = None, told: IO[str] = sys.stdin) -> None:
    """Poll as the first line of `told` says, print the result, and keep the connections open until the end of `told`.

    The line is a list with a pair for each client: the request, and the body of its answer.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pollers")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--requests", type=int, default=sys.maxsize, help="stop after so many")
    parser.add_argument("--seconds", type=float, default=60.0, help="stop after so long")
    parser.add_argument("--pause", type=float, default=0.0, help="rest so long before asking again")
    options = parser.parse_args(argv)
    pollers = [
        Poller(socket.create_connection((options.host, options.port), STALL_LIMIT), request.encode(), body.encode())
        for request, body in json.loads(told.readline())
    ]
    end = time.perf_counter() + options.seconds
    met = Crowd(pollers, options.pause).poll(lambda sent: sent < options.requests and time.perf_counter() < end)
    print(json.dumps(asdict(met)), flush=True)
    told.read()
    for poller in pollers:
        poller.connection.close()


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkError, OSError) as problem:
        sys.exit(str(problem))
