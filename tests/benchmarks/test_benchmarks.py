"""The pure parts of the benchmarks: reports read, medians taken, tables written. No test here takes times."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

import pytest

import benchmarks.__main__ as program
from benchmarks.__main__ import main
from benchmarks.budgets import PARTS, Budget, Part, Row
from benchmarks.children import Server, child_environment, listening_url
from benchmarks.errors import BenchmarkError
from benchmarks.flood import flood, missing
from benchmarks.growth import ruled, scene
from benchmarks.load import TOOLS, flood_rate, hey_rate, wrk_rate
from benchmarks.memory import resident
from benchmarks.report import Line, as_json, figure, lines, markdown, page
from benchmarks.request import Request
from benchmarks.rounds import Spread, interleaved, ratio
from benchmarks.run import FULL, QUICK

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

WRK = """Running 1s test @ http://127.0.0.1:36829/
  1 threads and 16 connections
    Latency   745.88us  359.33us   9.43ms   87.12%
  24069 requests in 1.10s, 2.71MB read
Requests/sec:  21881.96
"""

HEY = """
Summary:
  Average:\t0.0009 secs
  Requests/sec:\t17988.1871

Status code distribution:
  [200]\t18016 responses
"""


# Rounds


def test_a_spread_is_the_median_between_the_extremes() -> None:
    assert Spread.of([5.0, 1.0, 2.0]) == Spread(2.0, 1.0, 5.0)


def test_contenders_are_measured_in_turn() -> None:
    order: list[str] = []

    def measure(name: str) -> float:
        order.append(name)
        return float(len(order))

    figures = interleaved(2, {name: partial(measure, name) for name in "abc"})

    assert order == list("abcabc")
    assert figures == [{"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 4.0, "b": 5.0, "c": 6.0}]


def test_a_ratio_is_formed_within_each_round() -> None:
    slow_day = [{"mock": 300.0, "peer": 100.0}, {"mock": 20.0, "peer": 10.0}, {"mock": 8.0, "peer": 2.0}]

    assert ratio(slow_day, "mock", "peer") == Spread(3.0, 2.0, 4.0)


# Load tools


@pytest.mark.parametrize(
    ("rate", "report", "expected"),
    [(wrk_rate, WRK, 21881.96), (hey_rate, HEY, 17988.1871), (flood_rate, "500 0.25\n", 2000.0)],
)
def test_each_tool_report_gives_its_rate(rate: Callable[[str], float], report: str, expected: float) -> None:
    assert rate(report) == expected


@pytest.mark.parametrize(
    ("rate", "report"),
    [
        (wrk_rate, WRK + "  Non-2xx or 3xx responses: 3\n"),
        (wrk_rate, WRK + "  Socket errors: connect 0, read 3, write 0, timeout 0\n"),
        (wrk_rate, "unable to connect\n"),
        (hey_rate, HEY + "  [404]\t1 responses\n"),
        (hey_rate, HEY + "\nError distribution:\n  [2]\tconnection refused\n"),
    ],
)
def test_a_report_with_anything_but_successes_is_refused(rate: Callable[[str], float], report: str) -> None:
    with pytest.raises(BenchmarkError):
        rate(report)


@pytest.mark.parametrize("name", ["wrk", "hey"])
def test_a_tool_is_called_with_every_header_and_the_address(name: str) -> None:
    request = Request("http://127.0.0.1:1/a", {"Authorization": "Bearer t"})

    command = list(TOOLS[name].command(request, 3))

    assert command[-3:] == ["-H", "Authorization: Bearer t", request.url]


# Requests and our own load generator


def test_a_request_is_rendered_as_it_goes_over_the_wire() -> None:
    request = Request("http://127.0.0.1:8402/a?b=1", {"Accept": "x/y"}, "POST", b"{}")

    assert request.address == ("127.0.0.1", 8402)
    assert request.rendered() == (
        b"POST /a?b=1 HTTP/1.1\r\nHost: 127.0.0.1:8402\r\nAccept: x/y\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize(
    ("received", "lacks"),
    [
        (b"", 1),
        (b"HTTP/1.1 200 OK\r\n", 1),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n", 12),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\nX: y\r\n\r\nhello", 7),
        (ANSWER, 0),
    ],
)
def test_an_answer_is_read_to_its_stated_end(received: bytes, lacks: int) -> None:
    assert missing(received) == lacks


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_an_answer_without_success_or_length_stops_the_load(received: bytes) -> None:
    with pytest.raises(BenchmarkError):
        missing(received)


def test_the_flood_counts_its_answers() -> None:
    with ExitStack() as sockets:
        pairs = [tuple(map(sockets.enter_context, socket.socketpair())) for _ in range(3)]
        for _, server in pairs:
            server.sendall(ANSWER)

        assert flood([client for client, _ in pairs], b"GET", lambda _sent: False) == 3
        assert [server.recv(10) for _, server in pairs] == [b"GET"] * 3


def test_a_server_that_hangs_up_stops_the_load() -> None:
    client, server = socket.socketpair()
    with client, server:
        server.sendall(ANSWER[:10])
        server.shutdown(socket.SHUT_WR)

        with pytest.raises(BenchmarkError, match="10 bytes"):
            flood([client], b"GET", lambda _sent: False)


# Children


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("imaginelab-mock listening on http://127.0.0.1:8402 (scenario x, seed 7)\n", "http://127.0.0.1:8402"),
        ("listening on http://127.0.0.1:1\n", "http://127.0.0.1:1"),
        ("listening on http://127.0.0.1:1 and https://127.0.0.1:2 (scenario x, seed 7)\n", "http://127.0.0.1:1"),
        ("x.yaml:1:1: unknown key\n", None),
        ("", None),
    ],
)
def test_a_ready_server_prints_its_address(line: str, url: str | None) -> None:
    assert listening_url(line) == url


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("listening on http://127.0.0.1:1 and https://127.0.0.1:2 (scenario x, seed 7)\n", "https://127.0.0.1:2"),
        ("listening on http://127.0.0.1:1 (scenario x, seed 7)\n", None),
    ],
)
def test_a_ready_server_prints_its_tls_address(line: str, url: str | None) -> None:
    assert listening_url(line, "https") == url


@pytest.mark.parametrize(
    ("program", "problem"),
    [("raise SystemExit(3)", "status 3"), ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "status -15")],
)
def test_a_server_that_ends_with_an_error_is_an_error(program: str, problem: str) -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", program]) as child:
        child.wait()

        with pytest.raises(BenchmarkError, match=problem):
            Server("http://127.0.0.1:1", None, child).end()


def test_a_child_compiles_outside_the_checkout_and_inherits_no_option() -> None:
    ours = {"PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1", "IMAGINELAB_MOCK_SEED": "7"}

    assert child_environment(ours, Path("scratch")) == {"PATH": "/bin", "PYTHONPYCACHEPREFIX": "scratch/pycache"}


def test_resident_memory_is_read_in_megabytes() -> None:
    assert resident("VmPeak:\t  999999 kB\nVmRSS:\t   46080 kB\nRssAnon:\t  1 kB\n") == 45.0


def test_only_the_last_of_many_rules_matches_its_own_scene() -> None:
    globs = re.findall("prompt: '(.*?)'", ruled(200))

    assert [glob for glob in globs if fnmatchcase(scene(200), glob)] == [globs[199]]


# Budgets and the report


@pytest.mark.parametrize(
    ("budget", "median", "met"),
    [
        (Budget(1.4), 1.39, True),
        (Budget(1.4), 1.4, True),
        (Budget(1.4), 1.41, False),
        (Budget(0.7, at_least=True), 0.71, True),
        (Budget(0.7, at_least=True), 0.7, True),
        (Budget(0.7, at_least=True), 0.69, False),
    ],
)
def test_a_budget_is_met_up_to_its_bound(budget: Budget, median: float, met: bool) -> None:
    assert budget.met(median) is met


def test_every_row_has_a_name_of_its_own_and_a_title_for_every_effort() -> None:
    rows = [row for part in PARTS for row in part.rows]

    assert len({row.name for row in rows}) == len(rows)
    assert not [row for row in rows for effort in (FULL, QUICK) if "{" in row.title(effort)]


def test_a_figure_of_one_value_has_no_range() -> None:
    assert figure(Spread.of([31.0]), "MB") == "31.00 MB"


ROWS = (
    Row("rate", "requests a second", Budget(1.5, at_least=True)),
    Row("memory", "after {requests:,} requests", Budget(5), "MB"),
    Row("peer", "to compare with"),
    Row("absent", "not here", Budget(1)),
)
READINGS = {"rate": Spread(1.75, 1.5, 2.0), "memory": Spread(6.0, 6.0, 6.0), "peer": Spread(1.0, 0.9, 1.1)}


def result() -> list[Line]:
    return lines(ROWS, READINGS, FULL)


def test_the_table_is_markdown_under_a_line_of_conditions() -> None:
    assert markdown({"date": "2026-06-07", "cores": "2"}, result()).splitlines() == [
        "date 2026-06-07 · cores 2",
        "",
        "| measured | result (min–max) | budget | |",
        "|---|---|---|---|",
        "| requests a second | 1.75 × (1.50–2.00) | ≥ 1.5 × | met |",
        "| after 100,000 requests | 6.00 MB | ≤ 5 MB | missed |",
        "| to compare with | 1.00 × (0.90–1.10) |  |  |",
        "| not here | not measured | ≤ 1 × |  |",
    ]


def test_the_json_has_the_figures_of_the_table() -> None:
    written = json.loads(as_json({"cores": "2"}, result()))

    assert written["conditions"] == {"cores": "2"}
    assert [row["verdict"] for row in written["rows"]] == ["met", "missed", None, None]
    assert written["rows"][0] == {
        "name": "rate",
        "title": "requests a second",
        "unit": "×",
        "budget": "≥ 1.5",
        "verdict": "met",
        "median": 1.75,
        "low": 1.5,
        "high": 2.0,
    }


# The page of measurements

CONDITIONS = {"date": "2026-06-07", "cores": "2"}
MEASUREMENTS = (Path(__file__).parents[2] / "docs" / "measurements.md").read_text(encoding="utf-8")


def test_the_page_has_the_table_and_each_missed_budget_with_its_reason() -> None:
    rows = (Row("a", "the first", Budget(1), why="it waits."), Row("b", "the second", Budget(2)), Row("c", "the third"))
    readings = {"a": Spread(1.5, 1.5, 1.5), "b": Spread(2.5, 2.0, 3.0), "c": Spread(1234.5, 1.0, 2000.0)}

    written = page(CONDITIONS, lines(rows, readings, FULL))

    assert written.startswith("# Measurements\n\n`python -m benchmarks --write` wrote this page from one run. ")
    table, missed = written[written.index("date ") :].split("\nEach result is a median, ")
    assert table.splitlines() == [
        "date 2026-06-07 · cores 2",
        "",
        "| measured | result (min–max) | budget | |",
        "|---|---|---|---|",
        "| the first | 1.50 × | ≤ 1 × | missed |",
        "| the second | 2.50 × (2.00–3.00) | ≤ 2 × | missed |",
        "| the third | 1,234 × (1.00–2,000) |  |  |",
    ]
    assert missed.partition("## ")[2] == "Missed budgets\n\n* the first: it waits.\n* the second\n"


def test_a_page_without_a_missed_budget_has_no_section_about_them() -> None:
    written = page(CONDITIONS, lines((Row("a", "the first", Budget(2)),), {"a": Spread.of([1.0])}, FULL))

    assert "Missed" not in written
    assert written.endswith("is there to compare with.\n")


def measured_rows(text: str) -> list[list[str]]:
    """The rows of the table of a page of measurements: title, result, budget, verdict."""
    table = text.partition("| measured |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table]


def test_the_published_table_has_every_row_that_the_program_measures_and_its_budget() -> None:
    measured = lines((row for part in PARTS for row in part.rows), {}, FULL)

    assert [row[0] for row in measured_rows(MEASUREMENTS)] == [line.title for line in measured]
    assert [row[2] for row in measured_rows(MEASUREMENTS)] == [
        row[2] for row in measured_rows(markdown(CONDITIONS, measured))
    ]


def test_the_published_verdicts_follow_from_the_figures() -> None:
    budgets = [row.budget for part in PARTS for row in part.rows]
    medians = [float(row[1].split()[0].replace(",", "")) for row in measured_rows(MEASUREMENTS)]
    verdicts = [
        "" if budget is None else "met" if budget.met(median) else "missed"
        for budget, median in zip(budgets, medians, strict=True)
    ]
    assert [row[3].rstrip("| ") for row in measured_rows(MEASUREMENTS)] == verdicts


@pytest.mark.parametrize("part", [["--quick"], ["--only", "rate"]])
def test_only_a_whole_run_is_published(part: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--write", *part])

    assert ended.value.code == 2
    assert "--write needs the figures of one whole run; leave out --quick and --only" in capsys.readouterr().err


def test_a_whole_run_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row("a", "the first", Budget(2))
    monkeypatch.setattr(program, "PARTS", (Part("one", lambda _run: {"a": Spread.of([1.0])}, (row,)),))
    monkeypatch.setattr(program, "MEASUREMENTS", tmp_path / "measurements.md")

    assert main(["--write"]) == 0

    assert "| the first | 1.00 × | ≤ 2 × | met |" in (tmp_path / "measurements.md").read_text(encoding="utf-8")
