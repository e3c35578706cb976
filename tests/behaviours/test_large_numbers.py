"""Numbers and short forms of a million characters: each reader refuses them in a short sentence.

The sentence names the place. No such text causes an internal error, and none is converted before its length is known.
"""

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from mockserver.commands.main import main
from mockserver.core.faults import patience
from mockserver.core.forms import (
    CALLS,
    DURATION,
    INSTANT,
    LAST_CALL,
    LONGEST_DURATION,
    OPERATIONS,
    RETRY_AFTER,
    START,
    STEP,
)
from mockserver.core.instant import END, from_http_date
from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.http.app import application
from mockserver.language.loaded import FixedSource, LoadedScenario
from mockserver.language.yaml_document import read as read_yaml
from mockserver.options import values as option_values
from mockserver.options.server import PREFIX
from mockserver.serve.server import ServerThread
from mockserver.terminal import USER_ERROR
from mockserver.world.worlds import Worlds

LONG: Final = 999_995
DIGITS: Final = "9" * LONG
DURATION_TEXT: Final = f"{DIGITS}s"
INSTANT_TEXT: Final = f"2026-06-07T12:00:00.{DIGITS}Z"
# The client of these tests sends no longer URL, and the server reads no longer header.
SHORTER: Final = "9" * 30_000

SHORT: Final = 700
"""The most characters in an answer or line about one mistake."""


@pytest.fixture
def client() -> TestClient:
    return TestClient(application(Worlds(FixedSource(LoadedScenario(Scenario())))))


# Method, path, body with the value left out, the value, and the place that the answer names.
BODIES: Final = [
    *(
        (f"{method} {path}", body, value, place)
        for method, path, body, place in [
            ("POST", "/clock/advance", '{"by": %s}', "by"),
            ("PATCH", "/clock", '{"step": %s}', "step"),
            ("POST", "/faults", '{"on": "me", "then": {"delay": %s}}', "then.delay"),
            ("POST", "/faults", '{"on": "me", "then": {"status": 429, "retry_after": %s}}', "then.retry_after"),
            ("POST", "/faults", '{"on": "me", "then": {"retry_after": {"in": %s}}}', "then.retry_after.in"),
            ("POST", "/faults", '{"on": "me", "then": {"drip": {"every": %s}}}', "then.drip.every"),
            ("POST", "/faults", '{"on": "me", "between": [0, %s], "then": {"delay": 1}}', "between[1]"),
            ("POST", "/faults", '{"on": "me", "calls": %s, "then": {"delay": 1}}', "calls"),
            ("POST", "/faults", '{"on": "me", "calls": [1, %s], "then": {"delay": 1}}', "calls[1]"),
            ("POST", "/clock/advance", '{"to": %s}', "to"),
        ]
        for value in (f'"{DURATION_TEXT}"', DIGITS, f"-{DIGITS}", "1e999999999", "9" * 300)
    ),
    *(
        (f"{method} {path}", body, value, place)
        for method, path, body, place in [
            ("PATCH", "/clock", '{"rate": %s}', "rate"),
            ("POST", "/clock/advance", '{"until": {"generation": %s, "status": "x"}}', "until.generation"),
            ("POST", "/faults", '{"on": "me", "then": {"status": %s}}', "then.status"),
            ("POST", "/faults", '{"on": "me", "then": {"drip": {"bytes": %s}}}', "then.drip.bytes"),
            ("POST", "/faults", '{"on": "me", "then": {"drop": {"truncate": %s}}}', "then.drop.truncate"),
            ("POST", "/faults", '{"on": "me", "chance": %s, "then": {"delay": 1}}', "chance"),
            ("POST", "/faults", '{"on": "me", "calls": {"every": %s}, "then": {"delay": 1}}', "calls.every"),
            ("POST", "/reset", '{"seed": %s}', "seed"),
            ("PUT", "/scenario", '{"scenario": "happy-path", "seed": %s}', "seed"),
            ("POST", "/accounts/you@example.com/credits", '{"amount": %s}', "amount"),
            ("POST", "/generations/1/finish", '{"status": "completed", "outputs": %s}', "outputs"),
        ]
        for value in (f'"{DIGITS}"', DIGITS, f"-{DIGITS}", "1e999999999", "9" * 300)
    ),
    *(
        ("POST /clock/advance", '{"to": %s}', f'"{value}"', "to")
        for value in (INSTANT_TEXT, DIGITS, "2026-06-07T12:00:00+00:00:00." + DIGITS)
    ),
]


@pytest.mark.parametrize(("route", "body", "value", "place"), BODIES, ids=[f"{row[3]}-{row[2][:9]}" for row in BODIES])
def test_a_body_is_refused_with_its_place(client: TestClient, route: str, body: str, value: str, place: str) -> None:
    method, path = route.split()
    answer = client.request(
        method, f"/__mock{path}", content=body % value, headers={"content-type": "application/json"}
    )
    detail = answer.json()["detail"]
    assert (answer.status_code, detail.removeprefix("$.").partition(": ")[0]) == (400, place)
    assert len(detail) < SHORT


PARAMETERS: Final = [
    *((f"/journal?{name}=", name) for name in ("wait", "since", "limit", "generation", "status")),
    *((f"{path}?{name}=", name) for path in ("/accounts", "/generations") for name in ("since", "limit")),
    ("/events?since=", "since"),
]


@pytest.mark.parametrize("text", [SHORTER, f"-{SHORTER}", f"0.{SHORTER}", "1e999999999", "inf", "nan", "1_0", "٣"])
@pytest.mark.parametrize(("path", "name"), PARAMETERS)
def test_a_parameter_is_refused_by_its_name(client: TestClient, path: str, name: str, text: str) -> None:
    answer = client.get(f"/__mock{path}{text}")
    detail = answer.json()["detail"]
    assert (answer.status_code, detail.partition(":")[0]) == (400, name)
    assert len(detail) < SHORT


def test_the_id_of_the_last_event_is_refused_by_its_name(client: TestClient) -> None:
    answer = client.get("/__mock/events", headers={"last-event-id": SHORTER})
    detail = answer.json()["detail"]
    assert (answer.status_code, detail.partition(":")[0]) == (400, "Last-Event-ID")
    assert len(detail) < SHORT


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/journal/{}"),
        ("GET", "/journal/{}/explain"),
        ("GET", "/generations/{}"),
    ],
)
def test_an_unknown_name_in_a_path_is_a_404(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, f"/__mock{path.format(SHORTER)}")
    assert answer.status_code == 404
    assert len(answer.json()["detail"]) < SHORT


def test_a_long_key_is_not_repeated_in_each_place_below_it(client: TestClient) -> None:
    key = "k" * LONG
    text = f'{{"on": "me", "then": {{"{key}": [{",".join(["{}"] * 50_000)}]}}}}'
    answer = client.post("/__mock/faults", content=text, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert len(answer.json()["detail"]) < SHORT


# The API


@pytest.fixture
def you(client: TestClient) -> TestClient:
    [account] = Scenario().accounts
    form = {"username": account.email, "password": account.password}
    token = client.post("/api/v1/auth/login", data=form).json()["access_token"]
    client.headers["authorization"] = f"Bearer {token}"
    return client


@pytest.mark.parametrize("text", [SHORTER, f"0.{SHORTER}", "1e999999999", "inf", "nan"])
@pytest.mark.parametrize("name", ["page", "page_size"])
def test_a_page_of_the_history_is_refused_by_its_name(you: TestClient, name: str, text: str) -> None:
    answer = you.get(f"/api/v1/generations?{name}={text}")
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, name)


@pytest.mark.parametrize("path", ["", "/status", "/result"])
def test_the_id_of_a_generation_is_not_there(you: TestClient, path: str) -> None:
    assert you.get(f"/api/v1/generations/{SHORTER}{path}").status_code == 404


@pytest.mark.parametrize("number", [DIGITS, f"-{DIGITS}", f"{DIGITS}.5", "1e999999999", f"1e{DIGITS}"])
def test_a_number_in_an_order_is_refused_with_its_place(you: TestClient, number: str) -> None:
    text = f'{{"settings": {{"sizes": [1, {number}]}}}}'
    answer = you.post("/api/v1/generations", content=text, headers={"content-type": "application/json"})
    detail = answer.json()["detail"]
    assert (answer.status_code, detail.partition(": ")[0]) == (400, "settings.sizes[1]")
    assert len(detail) < SHORT


@pytest.fixture
def address() -> Iterator[str]:
    with ServerThread(application(Worlds(FixedSource(LoadedScenario(Scenario()))))) as server:
        yield server.url.removeprefix("http://")


@pytest.mark.parametrize("digits", [10, 18, 19, 100, 5000])
def test_a_body_of_any_length_that_is_announced_is_too_large(address: str, digits: int) -> None:
    connection = HTTPConnection(address, timeout=30)
    connection.putrequest("POST", "/api/v1/auth/signup")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "9" * digits)
    connection.endheaders()
    with connection.getresponse() as answer:
        # The parser of HTTP itself refuses numbers over 64 bits.
        assert answer.status in ((413,) if digits < 20 else (413, 400))
    connection.close()


# Files and options

SECTIONS: Final = [
    *(
        (text % value, at)
        for text, at in [
            ("clock: {step: %s}\n", "1:15"),
            ("wallet: {refund_delay: %s}\n", "1:24"),
            ("tokens: {ttl: %s}\n", "1:15"),
            ("media: {ttl: %s}\n", "1:14"),
            ("limits:\n  - {on: me, allow: 1, per: %s}\n", "2:29"),
            ("faults:\n  - {on: me, then: {delay: %s}}\n", "2:28"),
            ("faults:\n  - {on: me, then: {status: 429, retry_after: %s}}\n", "2:47"),
            ("faults:\n  - {on: me, calls: %s, then: {delay: 1}}\n", "2:21"),
            ("faults:\n  - {on: me, between: [%s, 1], then: {delay: 1}}\n", "2:24"),
            ("generations:\n  - {visible_after: %s, then: [completed]}\n", "2:21"),
            ("generations:\n  - {then: [{queued: %s}, completed]}\n", "2:22"),
        ]
        for value in (DURATION_TEXT, DIGITS, f"-{DIGITS}", f"1e{DIGITS}", f"0{DIGITS}")
    ),
    *(
        (text % value, at)
        for text, at in [
            ("seed: %s\n", "1:7"),
            ("clock: {rate: %s}\n", "1:15"),
            ("clock: {start: %s}\n", "1:16"),
            ("api: {page_size: %s}\n", "1:18"),
            ("limits:\n  - {on: me, active: %s}\n", "2:22"),
            ("faults:\n  - {on: me, chance: %s, then: {delay: 1}}\n", "2:22"),
            ("faults:\n  - {on: me, calls: {every: %s}, then: {delay: 1}}\n", "2:29"),
        ]
        for value in (DIGITS, f'"{DIGITS}"', f"-{DIGITS}", "1e999999999", f"0{DIGITS}", ".inf", ".nan", f"!{DIGITS} 1")
    ),
    (f"clock: {{start: {INSTANT_TEXT[:-LONG]}{DIGITS}Z}}\n", "1:16"),
    (f"seed: *{DIGITS}\n", "1:7"),
    (f'models:\n  - {{name: a, generation_type: text, credit_cost: 1, from: "{INSTANT_TEXT}"}}\n', "2:60"),
]


COMMANDS: Final = [
    *((["validate"], text, at) for text, at in SECTIONS),
    *((command, text, at) for command in (["serve"], ["run", "--scenario"]) for text, at in SECTIONS[::5]),
]


@pytest.mark.parametrize(("command", "text", "at"), COMMANDS, ids=range(len(COMMANDS)))
def test_a_scenario_is_refused_with_its_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: list[str], text: str, at: str
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, "utf-8")
    rest = ["--", "true"] if command[0] == "run" else []
    assert main([*command, str(file), *rest]) == USER_ERROR
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].partition("a.yaml:")[2].startswith(f"{at}: ")
    assert all(len(line) < SHORT for line in lines)


@pytest.mark.parametrize("text", [text for text, _ in SECTIONS[:5]], ids=range(5))
def test_a_scenario_that_is_sent_is_refused_with_its_place(client: TestClient, text: str) -> None:
    answer = client.put("/__mock/scenario", json={"scenario": text})
    assert (answer.status_code, answer.json()["detail"].partition(": ")[0]) == (400, "scenario.yaml:1:15")
    assert len(answer.json()["detail"]) < SHORT


READ: Final = (
    *("port", "https_port", "seed", "rate", "step", "start"),
    *("max_worlds", "journal_entries", "journal_bytes"),
)
WRONG: Final = (
    DIGITS,
    f"-{DIGITS}"[1:],
    f"0.{DIGITS}",
    DURATION_TEXT,
    f"{DIGITS}GiB",
    INSTANT_TEXT,
    "1e999999999",
    "inf",
    "nan",
    "٣",
)


@pytest.mark.parametrize("value", WRONG, ids=[value[-9:] for value in WRONG])
@pytest.mark.parametrize("name", READ)
def test_an_option_is_refused_by_its_name(capsys: pytest.CaptureFixture[str], name: str, value: str) -> None:
    option = f"--{name.replace('_', '-')}"
    with pytest.raises(SystemExit) as ended:
        main(["serve", f"{option}={value}"])
    told = capsys.readouterr().err
    assert ended.value.code == USER_ERROR
    assert f"argument {option}: expected " in told
    assert len(told) < SHORT


@pytest.mark.parametrize("value", WRONG, ids=[value[-9:] for value in WRONG])
@pytest.mark.parametrize("name", READ)
def test_a_variable_is_refused_by_its_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    variable = PREFIX + name.upper()
    monkeypatch.setenv(variable, value)
    assert main(["serve"]) == USER_ERROR
    told = capsys.readouterr().err
    assert told.startswith(f"{variable}: expected ")
    assert len(told) < SHORT


@pytest.mark.parametrize("value", WRONG, ids=[value[-9:] for value in WRONG])
def test_a_speed_is_refused_by_its_name(capsys: pytest.CaptureFixture[str], value: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", f"--speed={value}", "--", "true"])
    told = capsys.readouterr().err
    assert ended.value.code == USER_ERROR
    assert "argument --speed: expected " in told
    assert len(told) < SHORT


# Each parser alone


def long_texts() -> st.SearchStrategy[str]:
    """Texts of up to a million characters, made of the characters of the short forms."""
    runs = st.tuples(st.sampled_from("0123456789٣９_.-+e n"), st.integers(1, 20) | st.integers(1, 200_000))
    words = st.sampled_from(
        ["ms", "s", "m", "h", "KiB", "GiB", "next", "now", "inf", "nan", "2026-06-07", "T12:00:00", "Z", "me", ","]
    )
    return st.lists(runs.map(lambda run: run[0] * run[1]) | words, min_size=1, max_size=5).map("".join)


def a_duration(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= LONGEST_DURATION


def an_instant(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < END


def calls(value: object) -> bool:
    assert isinstance(value, dict)
    return all(
        1 <= first <= LAST_CALL and (last is None or first <= last <= LAST_CALL) for first, last in value["spans"]
    )


def a_wait(value: object) -> bool:
    assert isinstance(value, dict)
    return a_duration(value["in"]) if "in" in value else isinstance(value["raw"], str)


def whole(most: int, least: int = 0) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and least <= value <= most


Parser = Callable[[str], object]

UNREADABLE: Final = object()

# Each parser, the condition that every value it returns fulfils, and the error it raises.
PARSERS: Final[dict[str, tuple[Parser, Callable[[object], bool], type[Exception]]]] = {
    "duration": (DURATION.lengthen, a_duration, ValueError),
    "step": (STEP.lengthen, lambda value: value == "next" or a_duration(value), ValueError),
    "instant": (INSTANT.lengthen, an_instant, ValueError),
    "start": (START.lengthen, lambda value: value == "now" or an_instant(value), ValueError),
    "calls": (CALLS.lengthen, calls, ValueError),
    "retry after": (RETRY_AFTER.lengthen, a_wait, ValueError),
    "operations": (OPERATIONS.lengthen, lambda value: value in [[word] for word in Operation], ValueError),
    "HTTP date": (from_http_date, lambda value: isinstance(value, int) and value < END, ValueError),
    "patience": (lambda text: patience(text, 0, 7), whole(END), ValueError),
    "port": (option_values.port, whole(65535), ArgumentTypeError),
    "seed": (option_values.seed, whole(2**63 - 1), ArgumentTypeError),
    "rate": (option_values.rate, lambda value: isinstance(value, float) and 0 < value <= 1_000_000, ArgumentTypeError),
    "count": (option_values.whole(1000), whole(1000, 1), ArgumentTypeError),
    "size": (option_values.size, whole(10**12 * 2**30, 1), ArgumentTypeError),
    "step option": (
        option_values.formed(STEP),
        lambda value: value == "next" or a_duration(value),
        ArgumentTypeError,
    ),
    "start option": (
        option_values.formed(START),
        lambda value: value == "now" or an_instant(value),
        ArgumentTypeError,
    ),
}


@pytest.mark.parametrize("name", PARSERS)
@given(text=long_texts())
@example(text="1s")
@example(text="2")
@example(text="2026-06-07T12:00:00Z")
@example(text=DURATION_TEXT)
@example(text=DIGITS)
@example(text=f"0.{DIGITS}ms")
@example(text=f"1{' ' * LONG}s")
@example(text=INSTANT_TEXT)
@example(text=f"me,{'me' * LONG}")
def test_a_parser_returns_a_value_in_bounds_or_raises_its_error(name: str, text: str) -> None:
    read, sound, error = PARSERS[name]
    value: object = UNREADABLE
    told = ""
    try:
        value = read(text)
    except error as problem:
        told = str(problem)
    assert len(told) < SHORT
    assert value is UNREADABLE or sound(value)


@given(text=long_texts())
@example(text=DIGITS)
@example(text=f"1e{DIGITS}")
def test_a_plain_scalar_is_read_or_refused_in_a_short_sentence(text: str) -> None:
    document = read_yaml(f"a: {text}".encode(), "a.yaml")
    assert document.problems or document.root is not None
    assert all(len(str(problem)) < SHORT for problem in document.problems)
