"""SECURITY.md is true: its bounds are those of the code, and the tests that it names exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from mockserver.core import redaction, rules
from mockserver.http import request
from mockserver.http.api import exchange as api
from mockserver.http.control import exchange as control
from mockserver.http.control import request as control_request
from mockserver.language import extends, yaml_document
from mockserver.options.server import Options
from mockserver.serve import body, connection, head
from mockserver.serve.door import Deadlines
from mockserver.world import bounds, counts, faults, file_cache, journal, limits, refused_hosts

TESTS: Final = Path(__file__).parents[1]
PAGE: Final = (TESTS.parent / "SECURITY.md").read_text(encoding="utf-8")

BOUNDS: Final = {
    "worlds of a server (`--max-worlds`)": Options().max_worlds,
    "exchanges in the journal of a world (`--journal-entries`)": Options().journal_entries,
    "bytes of them (`--journal-bytes`)": Options().journal_bytes,
    "bytes of a body in the journal": journal.KEPT,
    "names in one text that may be those of secrets": redaction.MOST_NAMES,
    "generations of a world": bounds.MOST_GENERATIONS,
    "bytes of the orders that a world keeps": bounds.MOST_ORDER_BYTES,
    "accounts of a world": bounds.MOST_ACCOUNTS,
    "entries of an account's ledger": bounds.MOST_ENTRIES,
    "faults added to a world": bounds.MOST_ADDED_FAULTS,
    "bytes of the requests that added them": bounds.MOST_ADDED_FAULT_BYTES,
    "bytes of the past of a world": bounds.MOST_PAST_BYTES,
    "generations of a world whose past keeps a new part": bounds.MOST_STAGED,
    "listeners to the events of a server": bounds.MOST_LISTENERS,
    "other hosts that are noted as refused": refused_hosts.MOST,
    "characters of such a host, which are letters, digits and `._:-`": refused_hosts.LONGEST,
    "rules and outcomes that the metrics tell apart": counts.MOST,
    "bytes of a body, to the API (`api: {body_max}`, up to 64 MiB)": api.BODY_LIMIT,
    "bytes of a body, to the control plane": control.BODY_LIMIT,
    "headers of a request": request.MOST_HEADERS,
    "bytes of them": request.HEADER_LIMIT,
    "bytes of the request line": head.LINE_LIMIT,
    "bytes of a line in a chunked body": body.LINE_LIMIT,
    "bytes of the trailers of a chunked body": request.HEADER_LIMIT,
    "seconds from the first byte of a request to its last": Deadlines().request,
    "seconds for TLS to be agreed": Deadlines().request,
    "seconds of a connection without a request": Deadlines().idle,
    "bytes that are read ahead of an answer": connection.AHEAD,
    "parameters of a query, fields of a form": request.MOST_FIELDS,
    "levels of JSON": request.DEEPEST,
    "values of JSON to the API, those within others too": request.MOST_VALUES,
    "values of JSON to the control plane": control_request.MOST_VALUES,
    "escapes such as `%41` in a query or a form": request.MOST_ESCAPES,
    "bytes of a scenario": extends.LARGEST,
    "levels of a scenario": yaml_document.MOST_LEVELS,
    "values of a scenario, aliases counted": yaml_document.MOST_DOCUMENT_VALUES,
    "conditions of a rule, also of an added fault": rules.MOST_CONDITIONS,
    "values of a condition": rules.MOST_VALUES,
    "letters of a glob": rules.LONGEST_GLOB,
    "files that extend one another": extends.MOST_FILES,
    "files of a world that are kept ready": file_cache.LIMIT,
    "callers that a limit remembers": limits.MOST_CALLERS,
    "callers that a rule counts": faults.MOST_COUNTED,
}
"""The subject of each bound on the page, and the bound."""

UNITS: Final = {"": 1, "KiB": 1024, "MiB": 1024**2}


def told() -> Iterator[tuple[str, int]]:
    """Yield the subject of each row of the table of bounds, and its figure."""
    table = PAGE.partition("## Bounds")[2].partition("\n## ")[0]
    for subject, figure, unit in re.findall(r"^\| ([^|]+) \| ([0-9,]+) ?([KM]iB|) \|", table, re.MULTILINE):
        yield subject, int(figure.replace(",", "")) * UNITS[unit]


def test_every_bound_on_the_page_is_that_of_the_code() -> None:
    assert dict(told()) == BOUNDS
    assert len(list(told())) == len(BOUNDS)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", PAGE))))
def test_every_test_on_the_page_exists(name: str) -> None:
    files = (path for path in TESTS.rglob("test_*.py") if path != Path(__file__))
    assert [path.name for path in files if f"def {name}(" in path.read_text(encoding="utf-8")] != []


def test_every_promise_names_its_tests() -> None:
    promises = PAGE.partition("## What is protected")[2].partition("\n## ")[0]
    rows = [row for row in promises.splitlines() if row.startswith("| ") and not row.startswith("| protected ")]
    assert len(rows) > 5
    assert [row for row in rows if "`test_" not in row.rpartition(" | ")[2]] == []
