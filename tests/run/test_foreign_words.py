"""With any texts of the command and of a scenario, the summary has printable lines and each report is well formed."""

import json
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from msgspec import structs

from mockserver.core.operation import Operation
from mockserver.run.child import Ended
from mockserver.run.outcome import Outcome, count_requests
from mockserver.run.reports import as_json, as_junit
from mockserver.world.never_fired import NeverFired
from mockserver.world.refused_hosts import Refused
from tests.support.foreign import FOREIGN, HOSTILE

from .commands import ASKING, ran


def outcome(text: str) -> Outcome:
    """Return an outcome in which each foreign text is this one."""
    exchange = {"answer": {"headers": {"x-mock-hint": text}}, "request": {"target": text}}
    return Outcome(
        command=(text,),
        ended=Ended(1),
        scenario=text,
        seed=1,
        worlds=(text, "default"),
        asked=tuple(count_requests({(Operation.CREATE, 201): 1})),
        refused=(Refused("index.example", 443, 1),),
        rules=((text, text), ("faults.2", "x.yaml:2")),
        idle=(NeverFired(text, text, text),),
        exchanges=[exchange],
        strict=True,
    )


@given(FOREIGN.map(lambda text: text.replace("\ud800", "")))
def test_a_report_in_xml_is_well_formed_with_any_text(text: str) -> None:
    report = as_junit(outcome(text)).decode()
    assert all(map(str.isprintable, report.split("\n")))
    suite = ElementTree.fromstring(report)  # noqa: S314 - our own
    assert len(suite.findall(".//testcase")) == 5
    values = [value for element in suite.iter() for value in element.attrib.values()]
    assert all(map(str.isprintable, values))
    assert all(line.isprintable() for line in (suite.findtext(".//system-out") or "").split("\n"))


@given(FOREIGN.map(lambda text: text.replace("\ud800", "")))
def test_a_report_in_json_is_well_formed_with_any_text(text: str) -> None:
    report = as_json(outcome(text)).decode()
    assert all(map(str.isprintable, report.split("\n")))
    assert json.loads(report)["scenario"] == text


def test_a_report_has_no_secret_of_the_command_line() -> None:
    secret = "s3cr3t-0123456789abcdef"
    words = ("curl", f"--token={secret}", "-H", f"Authorization: Bearer {secret}", f"https://h/?sig={secret}", "\udc80")
    report = as_json(structs.replace(outcome("x"), command=words)).decode()
    assert secret not in report
    assert json.loads(report)["command"][0] == "curl"
    assert json.loads(report)["command"][-1] == "\udc80"


PROGRAM = (
    ASKING
    + r"""
import os, socket, urllib.error, urllib.parse
HOSTILE = os.environ["HOSTILE"]
proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
for line in (f"CONNECT {HOSTILE}:80", f"GET http://{HOSTILE}/", "CONNECT \x1bc:80", "CONNECT a:80"):
    with socket.create_connection((proxy.hostname, proxy.port), 30) as connection:
        connection.sendall(line.encode() + b" HTTP/1.1\r\n\r\n")
        connection.recv(1000)
token = login()
for name in (HOSTILE, "you+" + HOSTILE):
    try:
        login(urllib.parse.quote(name + "@b.co"))
    except urllib.error.HTTPError as error:
        assert error.code == 401
order = {"generation_type": "image", "model_name": "seedream-5.0-lite", "prompt": HOSTILE}
ask("/generations", json.dumps({**order, "settings": {HOSTILE: HOSTILE}}).encode(), token)
ask("/generations?" + urllib.parse.urlencode({"search": HOSTILE}), token=token)
"""
)

RULES = r"""
faults:
  - {on: create, when: {"settings.\e[2J": "\e[2J\u202e\u2028\x9b"}, then: {status: 500}}
  - {on: create, when: {prompt: "\a*"}, then: {status: 500}}
"""


def test_the_summary_of_a_hostile_command_and_scenario_has_printable_lines(tmp_path: Path) -> None:
    name = HOSTILE.replace("\0", "")
    (tmp_path / f"{name}.yaml").write_text(RULES, "utf-8")
    reports = [tmp_path / "r.xml", tmp_path / "r.json"]
    given_ = [f"--report={report}" for report in reports]
    ended = ran("--scenario", f"./{name}.yaml", *given_, program=PROGRAM, cwd=tmp_path, also={"HOSTILE": name})
    assert (ended.returncode, ended.stdout) == (0, "")
    lines = ended.stderr.split("\n")
    assert all(map(str.isprintable, lines)), ended.stderr
    assert [line for line in lines if line.startswith("  refused")] == [
        "  refused: a:80; --no-proxy-for a lets the command reach it"
    ]
    assert sum("never fired" in line for line in lines) == 2
    for report in reports:
        assert all(map(str.isprintable, report.read_text("utf-8").split("\n")))
    ElementTree.parse(reports[0])  # noqa: S314 - our own
    assert json.loads(reports[1].read_text("utf-8"))["refused"] == [{"host": "a", "port": 80, "count": 1}]
