"""The result as a Markdown table for the README and as JSON for programs: one list of lines, rendered twice."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.budgets import Budget, Row
from benchmarks.rounds import Spread
from benchmarks.run import Effort, Readings

HEAD = "| measured | result (min–max) | budget | |\n|---|---|---|---|"


@dataclass(frozen=True)
class Line:
    """One row with its title and its result; None if it cannot be measured."""

    row: Row
    title: str
    reading: Spread | None

    @property
    def result(self) -> str:
        """Return the result as text, if there is one."""
        return figure(self.reading, self.row.unit) if self.reading else "not measured"

    @property
    def verdict(self) -> str:
        """Say `met` or `missed`; nothing where there is no budget or no figure."""
        if self.row.budget is None or self.reading is None:
            return ""
        return "met" if self.row.budget.met(self.reading.median) else "missed"


def lines(rows: Iterable[Row], readings: Readings, effort: Effort) -> list[Line]:
    """Bring rows and readings together, in the rows' order."""
    return [Line(row, row.title(effort), readings.get(row.name)) for row in rows]


def markdown(conditions: Mapping[str, str], result: Sequence[Line]) -> str:
    """Write the conditions in one line, then the table."""
    given = " · ".join(f"{name} {value}" for name, value in conditions.items())
    cells = (f"| {line.title} | {line.result} | {bound(line.row)} | {line.verdict} |" for line in result)
    return "\n".join((given, "", HEAD, *cells))


def figure(spread: Spread, unit: str) -> str:
    """Write a median, and the range where there was more than one value."""
    span = f" ({spread.low:.2f}–{spread.high:.2f})" if spread.low < spread.high else ""
    return f"{spread.median:.2f} {unit}{span}"


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
