"""The figures for Prometheus: exact counts of requests, which never fall, and the sizes of everything."""

import http.client
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from mockserver.http.app import Settings
from mockserver.http.guard import Guard
from mockserver.language.file import parse
from tests.support.client import Client, raw
from tests.support.customer import ORDER

from ..open_requests import Opened
from ..played import Start
from ..steering import Steering
from .notation import LOGIN, Player, exchanges

OURS: Final = "imaginelab_mock_"
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
SCENARIO: Final = """
clock: {mode: poll}
faults:
  - {name: rate, on: create, calls: 1, then: {status: 429}}
  - {name: slow, on: any, when: {header.x-fault: slow}, then: {headers: {X-Slow: "1"}}}
  - {on: any, when: {header.x-fault: lost}, then: {drop: close}}
limits:
  - {on: me, allow: 1, per: 60s}
"""

Figures = Mapping[str, float]
"""The mock's samples by name, such as `worlds` and `exchanges_total{operation="me",status="200"}`.
"""


def figures(anyone: Client, path: str = "/__mock/metrics") -> Figures:
    answer = anyone.other(base="").read(path)
    assert answer.status == 200, answer
    samples = [sample for family in parse_text(answer.body.decode()) for sample in family.samples]
    named = {
        name + "{" + ",".join(f'{key}="{value}"' for key, value in sorted(labels.items())) + "}": value
        for name, labels, value, *_ in samples
    }
    return {name.removeprefix(OURS).removesuffix("{}"): value for name, value in named.items()}


def answered(found: Figures) -> dict[str, int]:
    """The counts of exchanges by operation and status."""
    match = re.compile(r'exchanges_total\{operation="(\w+)",status="(\w+)"\}')
    return {" ".join(told.groups()): int(found[name]) for name in found if (told := match.fullmatch(name))}


def hit(found: Figures) -> dict[str, int]:
    """The counts of exchanges by rule and place."""
    match = re.compile(r'rule_hits_total\{place="(.*)",rule="(.*)"\}')
    return {f"{told[2]} {told[1]}": int(found[name]) for name in found if (told := match.fullmatch(name))}


@pytest.fixture
def you(api: Start) -> Client:
    """The reference's user, logged in."""
    return api(parse(SCENARIO, "x.yaml").scenario).login()


def test_exchanges_are_counted_by_operation_and_status(you: Client) -> None:
    assert answered(figures(you)) == {"login 200": 1}
    for path in ("/auth/me", "/auth/me", "/nowhere", "/generations/1842/status", "/generations/1842/status"):
        you.read(path)
    assert answered(figures(you)) == {"login 200": 1, "me 200": 1, "me 429": 1, "none 404": 1, "status 404": 2}


def test_an_exchange_without_an_answer_has_no_status(you: Client) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        you.read("/generations", x_fault="lost")
    assert answered(figures(you)) == {"login 200": 1, "history none": 1}


def test_rules_are_counted_by_name_and_place(you: Client) -> None:
    Steering(you).told("POST", "/faults", {"name": "added", "on": "models", "then": {"status": 500}})
    for _ in range(2):
        you.read("/auth/me", x_fault="slow")
        you.create()
    you.read("/generations/models")
    expected = {"rate x.yaml:4": 1, "slow x.yaml:5": 1, "limits.1 x.yaml:8": 1, "added control:added": 1}
    assert hit(figures(you)) == expected
    Steering(you).told("DELETE", "/faults/added")
    assert hit(figures(you)) == expected


def test_control_requests_are_not_counted(you: Client) -> None:
    before = answered(figures(you))
    Steering(you).read("/clock")
    you.other(base="").read("/")
    assert answered(figures(you)) == before


def test_no_count_falls_when_worlds_start_over_or_are_discarded(you: Client) -> None:
    elsewhere = Steering(you, "gw3")
    elsewhere.client().login().create()
    you.create()
    before = figures(you)
    assert answered(before) == {"login 200": 2, "create 429": 2}
    assert hit(before) == {"rate x.yaml:4": 2}
    Steering(you).reset(seed=9)
    elsewhere.play("happy-path")
    elsewhere.discard("gw3")
    assert (answered(figures(you)), hit(figures(you))) == (answered(before), hit(before))
    elsewhere.client().login()
    assert answered(figures(you)) == {"login 200": 3, "create 429": 2}


def test_a_request_in_flight_at_a_reset_is_counted(you: Client) -> None:
    with Opened(you.url, you.token) as requests:
        order = requests.begin("POST", f"{you.base}/generations", ORDER)
        Steering(you).reset()
        assert answered(figures(you)) == {"login 200": 1}
        assert order.answer().status == 429
    assert answered(figures(you)) == {"login 200": 1, "create 429": 1}
    assert hit(figures(you)) == {"rate x.yaml:4": 1}
    assert Steering(you).read("/journal")["total"] == 0


def test_the_figures_have_the_sizes_of_the_server(you: Client) -> None:
    you.create()
    you.order()
    Steering(you, "gw3").client().login()
    found = figures(you)
    assert [found[name] for name in ("worlds", "worlds_max", "generations", "listeners")] == [2, 256, 1, 0]
    Steering(you).reset()
    assert figures(you)["generations"] == 0


def test_the_figures_have_the_number_of_listeners(you: Client) -> None:
    Steering(you, "gw3").reset()
    for world in ("default", "gw3"):
        connection = http.client.HTTPConnection(you.url.removeprefix("http://"), timeout=30)
        with closing(connection):
            connection.request("GET", f"/w/{world}/__mock/events")
            assert connection.getresponse().status == 200
            assert figures(you)["listeners"] == 1
            connection.close()


def test_the_figures_have_the_number_of_requests_for_another_host(you: Client) -> None:
    assert figures(you)["refused_hosts_total"] == 0
    for port in (80, 81, 80):
        head = f"GET http://example.org:{port}/ HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n"
        assert raw(you.url, head.encode()).startswith(b"HTTP/1.1 403 ")
    assert figures(you)["refused_hosts_total"] == 3


def test_the_figures_have_the_release_and_the_lag(you: Client) -> None:
    found = figures(you)
    version = you.other(base="").read("/__mock/health").json["version"]
    [build] = [name for name in found if name.startswith("build_info")]
    assert re.fullmatch(rf'build_info\{{python="3\.\d+\.\d+\S*",version="{re.escape(version)}"\}}', build)
    assert found[build] == 1
    assert found["event_loop_lag_seconds"] >= 0
    assert found["process_resident_memory_bytes"] > 10_000_000
    assert found["process_open_fds"] > 3


def test_the_figures_are_the_same_under_every_world(you: Client) -> None:
    you.read("/auth/me")
    here, there = figures(you), figures(you, "/w/gw3/__mock/metrics")
    ours = [name for name in here if not name.startswith(("process_", "event_loop_lag"))]
    assert {name: there[name] for name in ours} == {name: here[name] for name in ours}
    assert Steering(you).worlds == ["default"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, TEXT),
        ("*/*", TEXT),
        ("text/plain;version=1.0.0;escaping=allow-utf-8", TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        ("text/plain;q=0.5, Application/OpenMetrics-Text;version=1.0.0;q=0.7", OPENMETRICS),
        ("application/openmetrics-text;version=none;escaping=\xe9", OPENMETRICS),
        ("application/openmetrics-text-not", TEXT),
    ],
)
def test_the_figures_come_in_the_requested_format(you: Client, accept: str | None, expected: str) -> None:
    answer = you.other(base="").read("/__mock/metrics", **({} if accept is None else {"accept": accept}))
    assert (answer.status, answer.headers["content-type"]) == (200, expected)
    read = parse_openmetrics if expected == OPENMETRICS else parse_text
    assert f"{OURS}exchanges" in [family.name for family in read(answer.body.decode())]


def test_head_is_get_without_a_body(you: Client) -> None:
    answer = you.other(base="").ask("HEAD", "/__mock/metrics")
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, TEXT, b"")
    assert int(answer.headers["content-length"]) > 1000


def test_a_client_that_may_not_steer_gets_no_figures(api: Start) -> None:
    anyone = api(settings=Settings(guard=Guard(hosts=("mock.example",), token="open-sesame")))
    asked: list[Mapping[str, str]] = [
        {},
        {"authorization": "Bearer open-says-me"},
        {"authorization": "Bearer open-sesame", "host": "rebound.example"},
        {"authorization": "Bearer open-sesame", "host": "mock.example:8402"},
    ]
    answers = [anyone.other(base="").read("/__mock/metrics", **headers) for headers in asked]
    assert [answer.status for answer in answers] == [401, 401, 403, 200]
    assert [OURS.encode() in answer.body for answer in answers] == [False, False, False, True]


# The manual

MANUAL: Final = (Path(__file__).parents[3] / "docs" / "control.md").read_text(encoding="utf-8")
SECTION: Final = MANUAL.partition("\n## Metrics\n")[2].partition("\n## ")[0]


def blocks(kind: str) -> Iterator[str]:
    return (
        block
        for found, block in re.findall(r"^```(\w+)\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
        if found == kind
    )


def test_a_server_that_has_run_the_examples_has_the_figures_of_the_manual(api: Start) -> None:
    [scenario], [asked], [told] = blocks("yaml"), blocks("text"), blocks("prometheus")
    anyone = api(parse(scenario, "scenario.yaml").scenario)
    with Player(anyone.url) as player:
        for exchange in (*exchanges(LOGIN), *exchanges(asked)):
            assert player.play(exchange).status == exchange.status
    lines = anyone.other(base="").read("/__mock/metrics").body.decode().splitlines()
    assert [line for line in told.splitlines() if line not in lines] == []
    assert len(told.splitlines()) > 3


def test_the_manual_names_every_figure(you: Client) -> None:
    text = you.other(base="").read("/__mock/metrics").body.decode()
    names = {*re.findall(rf"^# TYPE {OURS}(\w+)", text, re.MULTILINE)}
    table = {*re.findall(rf"^\| `{OURS}(\w+)(?:\{{[^`]*)?` \|", SECTION, re.MULTILINE)}
    assert table == names
