"""The command line: `python -m benchmarks [--write] [--quick] [--only PART] [--load TOOL] [--json FILE]`."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.budgets import PARTS
from benchmarks.conditions import conditions
from benchmarks.errors import BenchmarkError
from benchmarks.load import TOOLS, present
from benchmarks.report import as_json, lines, markdown, page
from benchmarks.rounds import Spread
from benchmarks.run import CONTROL, FULL, QUICK, Run

MEASUREMENTS = Path(__file__).parents[1] / "docs" / "measurements.md"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print the table; return 1 if a measurement failed, else 0, even if a budget is missed."""
    options = _options(argv)
    parts = [part for part in PARTS if options.only in (None, part.name)]
    tool = TOOLS[options.load] if options.load else present()
    readings: dict[str, Spread] = {}
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as scratch:
        run = Run(QUICK if options.quick else FULL, tool, Path(scratch))
        for part in parts:
            print(f"measuring {part.name} …", file=sys.stderr)
            readings |= part.measure(run)
    result = lines((row for part in parts for row in part.rows), readings, run.effort)
    given = conditions(tool, readings.get(CONTROL))
    print(markdown(given, result))
    if options.json:
        options.json.write_text(as_json(given, result), encoding="utf-8")
    if options.write:
        MEASUREMENTS.write_text(page(given, result), encoding="utf-8")
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run: few rounds, small counts, coarse figures")
    parser.add_argument("--only", choices=[part.name for part in PARTS], help="measure this part alone")
    parser.add_argument("--load", choices=list(TOOLS), help="the load tool; the first that is installed by default")
    parser.add_argument("--write", action="store_true", help="write docs/measurements.md, from a whole run alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    options = parser.parse_args(argv)
    if options.write and (options.quick or options.only):
        parser.error("--write needs the figures of one whole run; leave out --quick and --only")
    return options


def _ended_by_signal(number: int, _frame: object) -> None:
    """Leave through every `finally`, so that the child processes end with this one."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, _ended_by_signal)
    try:
        sys.exit(main())
    except BenchmarkError as error:
        sys.exit(f"benchmarks: {error}")
