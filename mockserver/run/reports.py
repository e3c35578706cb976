"""The outcome for programs: all of it in JSON, or as the suite of test cases that CI systems show (JUnit's XML)."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import Struct, to_builtins

from mockserver.files import open_without_waiting
from mockserver.release import release
from mockserver.run.outcome import Outcome
from mockserver.run.summary import summary


class CannotReport(Exception):
    """A report that cannot be written; the text is one sentence with the way out."""


def writer(file: Path) -> Callable[[Outcome], None]:
    """Return what writes an outcome to a file, `.json` or `.xml`; CannotReport, at once, where that cannot be done."""
    form = _FORMS.get(file.suffix.lower())
    if form is None:
        raise CannotReport(f"--report {file}: expected a name that ends with {' or '.join(_FORMS)}")

    def write(outcome: Outcome) -> None:
        try:
            _write(file, form(outcome))
        except OSError as error:
            raise CannotReport(f"--report {file}: cannot be written: {error.strerror}") from error

    try:
        _try(file)
    except OSError as error:
        raise CannotReport(f"--report {file}: cannot be written: {error.strerror}") from error
    return write


def _write(file: Path, data: bytes) -> None:
    with open(file, "wb", opener=open_without_waiting) as opened:
        os.set_blocking(opened.fileno(), True)
        opened.write(data)


def _try(file: Path) -> None:
    there = file.exists()
    open(file, "ab", opener=open_without_waiting).close()
    if not there:
        # Nobody shall read a report of nothing.
        file.unlink()


def as_json(outcome: Outcome) -> bytes:
    """Return all that is known."""
    told = {"release": release(), "status": outcome.status, **to_builtins(outcome)}
    told["rules"] = [{"name": name, "place": place} for name, place in outcome.rules]
    return json.dumps(told, indent=2).encode() + b"\n"


def as_junit(outcome: Outcome) -> bytes:
    """Return a suite with a case for the command, two for hosts, and one for each rule of the scenario.

    It has failures exactly where `run` does not end with 0; what is only worth a look is skipped, with its reason.
    """
    cases = list(_cases(outcome))
    kinds = Counter(case.kind for case in cases if case.why)
    counts = {
        "tests": str(len(cases)),
        "failures": str(kinds["failure"]),
        "errors": "0",
        "skipped": str(kinds["skipped"]),
    }
    suites = Element("testsuites", counts)
    suite = SubElement(suites, "testsuite", {"name": "imaginelab-mock run", **counts})
    for each in cases:
        case = SubElement(suite, "testcase", {"classname": f"imaginelab-mock.{outcome.scenario}", "name": each.name})
        if each.why:
            SubElement(case, each.kind, {"message": _xml(each.why)}).text = _xml(each.why)
    SubElement(suite, "system-out").text = _xml("\n".join(summary(outcome)))
    indent(suites)
    written: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


class _Case(Struct, frozen=True):
    """One case: why it is not as it should be, nothing if it is, and how much that matters."""

    name: str
    why: str
    kind: str = "skipped"


def _cases(outcome: Outcome) -> Iterator[_Case]:
    hosts = ", ".join(f"{each.host}:{each.port}" for each in outcome.refused)
    failed = f"it ended with {outcome.ended}" if outcome.ended.status else ""
    yield _Case("the command ends with status 0", failed, "failure")
    yield _Case("the API is asked", "" if outcome.asked else "nothing was asked of it")
    yield _Case("no other host is asked for", hosts and f"asked for and refused: {hosts}")
    idle = {rule.name: str(rule) for rule in outcome.idle}
    for name, place in outcome.rules:
        yield _Case(f"the rule {name} fires ({place})", idle.get(name, ""), "failure" if outcome.strict else "skipped")


def _xml(text: str) -> str:
    # Source: XML 1.0, section 2.2: these are no characters.
    return "".join(char if char in "\t\n\r" or char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


_FORMS: Final[Mapping[str, Callable[[Outcome], bytes]]] = {".json": as_json, ".xml": as_junit}
