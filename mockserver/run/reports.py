"""The outcome for programs: as JSON, or as a suite of test cases for CI systems (JUnit's XML)."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import Struct, to_builtins

from mockserver.core.redaction import clean
from mockserver.core.wording import printable, printable_json
from mockserver.files import open_without_waiting
from mockserver.release import release
from mockserver.run.outcome import Outcome, summary


class CannotReport(Exception):
    """A report cannot be written; the text is one sentence with the way out."""


def writer(file: Path) -> Callable[[Outcome], None]:
    """Return a function that writes an outcome to a file, `.json` or `.xml`.

    Raises CannotReport if it cannot be written.
    """
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
        # An empty report must not stay.
        file.unlink()


def as_json(outcome: Outcome) -> bytes:
    """Return the whole outcome as JSON, without the secrets in the arguments of the command."""
    told = {"release": release(), "status": outcome.status, **to_builtins(outcome)}
    told["command"] = [os.fsdecode(clean(os.fsencode(word))) for word in outcome.command]
    told["rules"] = [{"name": name, "place": place} for name, place in outcome.rules]
    return printable_json(json.dumps(told, indent=2)).encode() + b"\n"


def as_junit(outcome: Outcome) -> bytes:
    """Return a suite with a case for the command, two for hosts, and one for each rule of the scenario.

    It has failures exactly if `run` does not end with 0. A case that only deserves a look is skipped, with its reason.
    XML allows only some characters, and all printable ones. Source: XML 1.0, section 2.2.
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
        classname = printable(f"imaginelab-mock.{outcome.scenario}")
        case = SubElement(suite, "testcase", {"classname": classname, "name": printable(each.name)})
        if each.why:
            why = printable(each.why)
            SubElement(case, each.kind, {"message": why}).text = why
    SubElement(suite, "system-out").text = "\n".join(map(printable, summary(outcome)))
    indent(suites)
    written: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


class _Case(Struct, frozen=True):
    """One test case of the suite."""

    name: str

    why: str
    """The reason why it did not pass; empty if it passed."""

    kind: str = "skipped"
    """The element that reports the reason: `failure` or `skipped`."""


def _cases(outcome: Outcome) -> Iterator[_Case]:
    hosts = ", ".join(f"{each.host}:{each.port}" for each in outcome.refused)
    failed = f"it ended with {outcome.ended}" if outcome.ended.status else ""
    yield _Case("the command ends with status 0", failed, "failure")
    yield _Case("the API is asked", "" if outcome.asked else "nothing was asked of it")
    yield _Case("no other host is asked for", hosts and f"asked for and refused: {hosts}")
    idle = {rule.name: str(rule) for rule in outcome.idle}
    for name, place in outcome.rules:
        yield _Case(f"the rule {name} fires ({place})", idle.get(name, ""), "failure" if outcome.strict else "skipped")


_FORMS: Final[Mapping[str, Callable[[Outcome], bytes]]] = {".json": as_json, ".xml": as_junit}
