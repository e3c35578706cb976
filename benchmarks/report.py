"""The result as a Markdown table, as the page of measurements and as JSON: one list of lines, rendered three times."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.budgets import Budget, Row
from benchmarks.rounds import Spread
from benchmarks.run import Effort, Readings

HEAD = "| measured | result (min–max) | budget | |\n|---|---|---|---|"

PAGE = """\
# Measurements

`python -m benchmarks --write` wrote this page from one run. The run starts two peers beside the mock, on the same
Uvicorn: a Starlette route that returns a constant `JSONResponse`, and a constant raw ASGI application. The contenders
take turns within each round, and a ratio is formed within its round. So a noisy machine disturbs both sides alike.

{table}

Each result is a median, with the lowest and the highest round in brackets. A ratio has the unit `×`. The A/A
control compares two equal contenders: its distance from 1 shows how far to trust the other ratios. An empty last
column means that the row has no budget and is there to compare with.
{missed}"""

MISSED = """
## Missed budgets

{rows}
"""


@dataclass(frozen=True)
class Line:
    """One row with its title and its result; the result is None if the row cannot be measured."""

    row: Row
    title: str
    reading: Spread | None

    @property
    def result(self) -> str:
        """Return the result as text, if there is one."""
        return figure(self.reading, self.row.unit) if self.reading else "not measured"

    @property
    def verdict(self) -> str:
        """Return `met` or `missed`, or an empty text without a budget or a figure."""
        if self.row.budget is None or self.reading is None:
            return ""
        return "met" if self.row.budget.met(self.reading.median) else "missed"

    @property
    def missed(self) -> bool:
        """Tell whether the row has a budget and its figure does not keep it."""
        return self.verdict == "missed"


def lines(rows: Iterable[Row], readings: Readings, effort: Effort) -> list[Line]:
    """Join rows and readings, in the order of the rows."""
    return [Line(row, row.title(effort), readings.get(row.name)) for row in rows]


def markdown(conditions: Mapping[str, str], result: Sequence[Line]) -> str:
    """Write the conditions in one line, then the table."""
    given = " · ".join(f"{name} {value}" for name, value in conditions.items())
    cells = (f"| {line.title} | {line.result} | {bound(line.row)} | {line.verdict} |" for line in result)
    return "\n".join((given, "", HEAD, *cells))


def page(conditions: Mapping[str, str], result: Sequence[Line]) -> str:
    """Write the whole page of measurements: how it was measured, the table, and the budgets that were missed."""
    rows = "\n".join(f"* {line.title}{explained(line.row)}" for line in result if line.missed)
    missed = MISSED.format(rows=rows) if rows else ""
    return PAGE.format(table=markdown(conditions, result), missed=missed)


def explained(row: Row) -> str:
    """Write the reason for a missed budget behind its title."""
    return f": {row.why}" if row.why else ""


def figure(spread: Spread, unit: str) -> str:
    """Write a median, and the range where there was more than one value."""
    span = f" ({number(spread.low)}–{number(spread.high)})" if spread.low < spread.high else ""
    return f"{number(spread.median)} {unit}{span}"


def number(value: float) -> str:
    """Write a value with as many digits as are worth reading."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def bound(row: Row) -> str:
    """Write a budget."""
    return f"{sign(row.budget)} {row.budget.bound:g} {row.unit}" if row.budget else ""


def sign(budget: Budget) -> str:
    """Write the direction of a budget."""
    return "≥" if budget.at_least else "≤"


def as_json(conditions: Mapping[str, str], result: Sequence[Line]) -> str:
    """Write everything that the table says, with all digits."""
    rows = [
        {
            "name": line.row.name,
            "title": line.title,
            "unit": line.row.unit,
            "budget": line.row.budget and f"{sign(line.row.budget)} {line.row.budget.bound:g}",
            "verdict": line.verdict or None,
            **(asdict(line.reading) if line.reading else {}),
        }
        for line in result
    ]
    return json.dumps({"conditions": dict(conditions), "rows": rows}, indent=2, ensure_ascii=False) + "\n"
