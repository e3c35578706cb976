"""The outcome for programs: all of it in JSON, or as the suite of test cases that CI systems show (JUnit's XML)."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import to_builtins

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
            file.write_bytes(form(outcome))
        except OSError as error:
            raise CannotReport(f"--report {file}: cannot be written: {error.strerror}") from error

    try:
        _try(file)
    except OSError as error:
        raise CannotReport(f"--report {file}: cannot be written: {error.strerror}") from error
    return write


def _try(file: Path) -> None:
    there = file.exists()
    file.open("ab").close()
    if not there:
        # Nobody shall read a report of nothing.
        file.unlink()


def as_json(outcome: Outcome) -> bytes:
    """Return all that is known."""
    told = {"release": release(), "status": outcome.ended.status, **to_builtins(outcome)}
    told["rules"] = [{"name": name, "place": place} for name, place in outcome.rules]
    return json.dumps(told, indent=2).encode() + b"\n"


def as_junit(outcome: Outcome) -> bytes:
    """Return a suite with a case for the command, one for other hosts, and one for each rule of the scenario."""
    cases = dict(_cases(outcome))
    failures = sum(bool(failure) for failure in cases.values())
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": "0", "skipped": "0"}
    suites = Element("testsuites", counts)
    suite = SubElement(suites, "testsuite", {"name": "imaginelab-mock run", **counts})
    for name, failure in cases.items():
        case = SubElement(suite, "testcase", {"classname": f"imaginelab-mock.{outcome.scenario}", "name": name})
        if failure:
            SubElement(case, "failure", {"message": _xml(failure)}).text = _xml(failure)
    SubElement(suite, "system-out").text = _xml("\n".join(summary(outcome)))
    indent(suites)
    written: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _cases(outcome: Outcome) -> Mapping[str, str]:
    hosts = ", ".join(f"{each.host}:{each.port}" for each in outcome.refused)
    idle = {rule.name: str(rule) for rule in outcome.idle}
    return {
        "the command ends with status 0": f"it ended with {outcome.ended}" if outcome.ended.status else "",
        "the API is asked": "" if outcome.asked else "nothing was asked of it",
        "no other host is asked for": f"asked for and refused: {hosts}" if hosts else "",
        **{f"the rule {name} fires ({place})": idle.get(name, "") for name, place in outcome.rules},
    }


def _xml(text: str) -> str:
    # Source: XML 1.0, section 2.2: these are no characters.
    return "".join(char if char in "\t\n\r" or char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


_FORMS: Final[Mapping[str, Callable[[Outcome], bytes]]] = {".json": as_json, ".xml": as_junit}
