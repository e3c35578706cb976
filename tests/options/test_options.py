"""The options of `serve`: the command line, then the variables, then the scenario, then the default."""

import re
from argparse import ArgumentParser
from ipaddress import ip_address
from pathlib import Path

import pytest
from msgspec import structs

from mockserver.core.clock import ClockSettings, Mode
from mockserver.core.instant import SECOND, from_iso
from mockserver.core.scenario import Scenario
from mockserver.options import server as options
from mockserver.options.server import BadVariable, Options


def chosen(*arguments: str, **variables: str) -> Options:
    parser = ArgumentParser(exit_on_error=False)
    options.add_serve_options(parser)
    return options.read_options(
        parser.parse_args(arguments), {options.PREFIX + name: value for name, value in variables.items()}
    )


# Each option with its written form and its value.
WRITTEN = [
    ("scenario", "rough-poll", "rough-poll"),
    ("host", "0.0.0.0", "0.0.0.0"),
    ("port", "0", 0),
    ("clock", "poll", Mode.POLL),
    ("step", "next", "next"),
    ("step", "500ms", SECOND // 2),
    ("step", "3", 3 * SECOND),
    ("rate", "0.5", 0.5),
    ("start", "now", "now"),
    ("start", "2026-06-07T12:00:00Z", from_iso("2026-06-07T12:00:00Z")),
    ("seed", "7", 7),
    ("public_url", "https://mock.example/", "https://mock.example"),
    ("max_worlds", "1", 1),
    ("max_worlds", "100000", 100_000),
    ("journal_entries", "1000000", 1_000_000),
    ("journal_bytes", "1", 1),
    ("journal_bytes", "512KiB", 512 * 1024),
    ("journal_bytes", "3MiB", 3 * 1024 * 1024),
    ("journal_bytes", "1GiB", 1024 * 1024 * 1024),
    ("allow_host", "mock.example", ("mock.example",)),
    ("allow_host", "Mock.Example., ci_1.test", ("Mock.Example.", "ci_1.test")),
    ("control_token", "!234567~", "!234567~"),
    ("default_clock", "poll", Mode.POLL),
    ("https_port", "443", 443),
    ("tls_host", "Mock.Example., 10.0.0.7,::1", ("mock.example", "10.0.0.7", "::1")),
    ("ca_dir", "/ca", "/ca"),
    ("log_format", "json", "json"),
]
SWITCHES = ["quiet", "reload", "strict", "tls"]


def argument(name: str, value: str) -> list[str]:
    return [value] if name == "scenario" else [f"--{name.replace('_', '-')}", value]


def test_every_option_has_a_row_in_these_tests() -> None:
    assert {name for name, *_ in WRITTEN} | set(SWITCHES) == set(Options.__struct_fields__)


@pytest.mark.parametrize(("name", "written", "meant"), WRITTEN)
def test_an_option_is_read_from_the_command_line_and_from_its_variable(name: str, written: str, meant: object) -> None:
    wanted = structs.replace(Options(), **{name: meant})
    assert chosen(*argument(name, written)) == wanted
    assert chosen(**{name.upper(): written}) == wanted


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_can_be_turned_on_and_off(name: str) -> None:
    assert getattr(chosen(f"--{name}"), name) is True
    for written, meant in {"1": True, "Yes": True, "on": True, "0": False, "false": False}.items():
        assert getattr(chosen(**{name.upper(): written}), name) is meant
    assert getattr(chosen(f"--no-{name}", **{name.upper(): "1"}), name) is False


def test_the_command_line_wins_over_the_variable() -> None:
    assert chosen("--port", "0", PORT="99", SEED="7") == Options(port=0, seed=7)


def test_an_empty_variable_counts_as_unset() -> None:
    assert chosen(PORT="", QUIET="", SCENARIO="") == Options()


@pytest.mark.parametrize(
    ("written", "port"),
    [
        ((), None),
        (("--tls",), 8443),
        (("--https-port", "443"), 443),
        (("--tls", "--https-port", "0"), 0),
        (("--no-tls", "--https-port", "443"), None),
    ],
)
def test_a_port_for_tls_implies_tls_unless_no_tls_is_given(written: tuple[str, ...], port: int | None) -> None:
    assert chosen(*written).encrypted_port == port


@pytest.mark.parametrize(
    ("clock", "scenario", "mode"),
    [(None, None, Mode.POLL), (None, Mode.REAL, Mode.REAL), (Mode.MANUAL, None, Mode.MANUAL)],
)
def test_the_default_clock_applies_if_neither_option_nor_scenario_sets_one(
    clock: Mode | None, scenario: Mode | None, mode: Mode
) -> None:
    options = Options(clock=clock, default_clock=Mode.POLL)
    assert options.applied(Scenario(clock=ClockSettings(mode=scenario))).clock.mode is mode


@pytest.mark.parametrize(
    ("name", "wrong", "sentence"),
    [
        *(
            (
                "tls_host",
                wrong,
                "expected names or addresses such as mock.example, of letters, digits and hyphens",
            )
            for wrong in ("foo_bar", "-x", "a..b", "*.example", "mock.example:443", "::::", "a" * 64)
        ),
        ("log_format", "xml", "expected text or json, found 'xml'"),
        ("ca_dir", " ", "expected a folder, found ' '"),
        ("https_port", "https", "expected a port from 0 to 65535 (0: any free one), found 'https'"),
        ("default_clock", "pol", "expected one of real, poll, manual, found 'pol'"),
        ("port", "http", "expected a port from 0 to 65535 (0: any free one), found 'http'"),
        ("port", "65536", "expected a port from 0 to 65535 (0: any free one), found '65536'"),
        ("port", "٣", "expected a port from 0 to 65535 (0: any free one), found '٣'"),
        ("clock", "pol", "expected one of real, poll, manual, found 'pol'"),
        ("step", "2x", "expected a duration such as 2s, or the word next, found '2x'"),
        ("step", "-1", "expected a duration such as 2s, or the word next, found '-1'"),
        ("step", "9" * 13, "expected a duration from 0 to a hundred years, found '9999999999999'"),
        ("rate", "0", "expected a number over 0 up to 1000000, found '0'"),
        ("rate", "nan", "expected a number over 0 up to 1000000, found 'nan'"),
        ("start", "soon", "expected the word now, or an instant such as 2026-06-07T12:00:00Z, found 'soon'"),
        ("seed", "-1", "expected a whole number from 0 to 2^63 - 1, found '-1'"),
        ("seed", "9" * 5000, "expected a whole number from 0 to 2^63 - 1"),
        ("public_url", "mock.example", "expected a URL such as https://mock.example:8402, found 'mock.example'"),
        ("quiet", "maybe", "expected 1 or 0, true or false, yes or no, on or off, found 'maybe'"),
        ("max_worlds", "0", "expected a whole number from 1 to 100000, found '0'"),
        ("max_worlds", "100001", "expected a whole number from 1 to 100000, found '100001'"),
        ("journal_entries", "9" * 5000, "expected a whole number from 1 to 1000000, found '999"),
        ("journal_entries", "1000001", "expected a whole number from 1 to 1000000, found '1000001'"),
        *(
            (
                "journal_bytes",
                wrong,
                f"expected a number of bytes over 0, or a size such as 512KiB, 2MiB, 1GiB, {found}",
            )
            for wrong, found in {
                "0": "found '0'",
                "2MB": "found '2MB'",
                "2mib": "found '2mib'",
                "1.5MiB": "found '1.5MiB'",
                "-1": "found '-1'",
                "9" * 13: "found '9999999999999'",
            }.items()
        ),
        *(
            (
                "allow_host",
                wrong,
                f"expected names such as mock.example, without scheme and port, commas between them, found {wrong!r}",
            )
            for wrong in ("http://mock.example", "mock.example:80", "*.example", "a,,b", "a b", ".", "mück.example")
        ),
    ],
)
def test_a_bad_value_names_its_variable(name: str, wrong: str, sentence: str) -> None:
    with pytest.raises(BadVariable) as caught:
        chosen(**{name.upper(): wrong})
    assert str(caught.value).startswith(f"IMAGINELAB_MOCK_{name.upper()}: {sentence}")


@pytest.mark.parametrize("wrong", ["", "seventy", "with a space", "tab\tinside", "line\nbreak", "grün-grün"])
def test_the_error_for_a_bad_token_does_not_repeat_it(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "expected at least 8 printable ASCII characters, none of them a space"
    with pytest.raises(BadVariable) as caught:
        chosen(CONTROL_TOKEN=wrong)
    assert str(caught.value) == f"IMAGINELAB_MOCK_CONTROL_TOKEN: {sentence}"
    parser = ArgumentParser()
    options.add_serve_options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--control-token", wrong])
    told = capsys.readouterr().err
    assert sentence in " ".join(told.split())
    assert not wrong or wrong not in told


def test_a_bad_variable_is_ignored_if_the_command_line_sets_the_option() -> None:
    assert chosen("--port", "0", PORT="x").port == 0


def test_the_default_host_is_loopback() -> None:
    assert ip_address(Options().host).is_loopback


def test_an_unknown_variable_is_reported_with_the_nearest_name() -> None:
    variables = {
        "IMAGINELAB_MOCK_PROT": "1",
        "IMAGINELAB_MOCK_PORT": "1",
        "IMAGINELAB_MOCK_URL": "1",
        "IMAGINELAB_MOCK_X": "",
    }
    told = list(options.unknown_variables(variables))
    assert told[0] == ("IMAGINELAB_MOCK_PROT is no variable of this program; did you mean IMAGINELAB_MOCK_PORT?")
    assert told[1].startswith("IMAGINELAB_MOCK_X is no variable of this program; those are IMAGINELAB_MOCK_SCENARIO,")
    assert len(told) == 2


def test_an_option_wins_over_the_scenario_and_the_scenario_over_the_default() -> None:
    scenario = Scenario(seed=7, clock=ClockSettings(mode=Mode.MANUAL, step=5, start=0))
    assert Options().applied(scenario) == scenario
    made = Options(seed=0, clock=Mode.POLL, step="next", rate=2.0, start="now").applied(scenario)
    assert (made.seed, made.clock) == (0, ClockSettings(mode=Mode.POLL, step="next", rate=2.0, start="now"))
    assert Options().applied(Scenario()).clock == ClockSettings(mode=Mode.REAL)


def test_the_help_names_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    options.add_serve_options(parser)
    parser.print_help()
    shown = " ".join(capsys.readouterr().out.split())
    assert f"({Options().host})" in shown
    assert f"({Options().port})" in shown
    assert f"({Scenario().seed})" in shown
    assert f"({Options().max_worlds})" in shown
    assert f"({Options().journal_entries})" in shown
    assert f"({Options().journal_bytes // 1024**2}MiB)" in shown


def test_each_option_has_its_row_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "options.md").read_text(encoding="utf-8")
    table = page.partition("| option of `serve` |")[2].partition("\n\n")[0]
    flags = {f"--{name.replace('_', '-')}" for name in Options.__struct_fields__} - {"--scenario"}
    assert set(re.findall(r"`(--[a-z][a-z-]*)", table)) == flags
