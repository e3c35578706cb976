"""Scenario files from end to end: the happy path, or every problem with its place."""

# ruff: noqa: E501 - a row of a table is one line, and its sentence is whole

import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.core.operation import Operation
from mockserver.core.scenario import Scenario
from mockserver.language.extends import LARGEST
from mockserver.language.file import ScenarioError, load, parse
from mockserver.language.loaded import HAPPY_PATH, LoadedScenario


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "x.yaml")
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return str(caught.value).splitlines()


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", b"\xef\xbb\xbf", "description: ''\n"])
def test_an_empty_file_is_the_happy_path(text: str | bytes) -> None:
    script = parse(text, "folder/empty.yaml")
    assert (script.scenario, script.name, script.warnings) == (HAPPY_PATH.scenario, "empty", ())


def test_no_file_is_the_happy_path() -> None:
    assert LoadedScenario(Scenario(), "happy-path", "", ()) == HAPPY_PATH


def test_several_problems_are_told_in_the_order_of_the_file() -> None:
    text = """\
acounts: []
clock: {mode: pol, step: 2x}
accounts:
  - email: you@example.com
    password: 1234
  - {emial: x, password: !x y, credits: "5"}
generations:
  - when: {generation_type: imgae, promt: "*"}
    calls: {evry: 3}
    cost: 05
  - then: [{pending: 2s}, processing, completed]
    place: x:1
  - then:
      - pending: 2s
        for: 2s
      - *end
clock: {mode: real}
api: {page_size: 200}
"""
    assert problems(text) == [
        'x.yaml:1:1: unknown key "acounts"; did you mean "accounts"?',
        'x.yaml:2:15: mode: expected real, poll or manual, found the text "pol"; did you mean "poll"?',
        'x.yaml:2:26: step: expected a duration such as 2s, or the word next, found the text "2x"',
        'x.yaml:5:15: password: expected text of 1 to 200 characters, found the number 1234; put it in quotes: "1234"',
        'x.yaml:6:6: unknown key "emial"; did you mean "email"?',
        "x.yaml:6:26: the tag !x has no meaning here; leave it out, or put a text in quotes",
        'x.yaml:6:41: credits: expected a whole number from 0 to 1000000000, found the text "5"; write it without quotes: 5',
        'x.yaml:8:29: generation_type: no type matches "imgae"; did you mean "image"?',
        'x.yaml:8:36: unknown condition "promt"; did you mean "prompt"?',
        'x.yaml:9:13: unknown key "evry"; did you mean "every"?',
        'x.yaml:10:11: 05 begins with a zero; write the number without it, or put a text in quotes: "05"',
        'x.yaml:11:27: processing has no `for` and lasts for ever, so that no later step begins; '
        'give it a length, such as "processing: 2s"',
        'x.yaml:12:5: unknown key "place"; expected name, when, calls, then, visible_after or cost',
        'x.yaml:15:9: then: expected one key, found "for" too; indent what belongs to "pending" further',
        'x.yaml:16:9: found the alias *end, but no &end comes before it; put a text that begins with * in quotes: "*end"',
        'x.yaml:17:1: duplicate key "clock"; it stands at x.yaml:2:1 already',
        "x.yaml:18:18: page_size 200 is over page_size_max 100; change one of them",
    ]  # fmt: skip


OPERATIONS = f"{', '.join(Operation)}, a list of them, or any"
*_FIRST, _LAST = Scenario.__struct_fields__
SECTIONS = f"{', '.join(_FIRST)} or {_LAST}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a\n", f"x.yaml:1:1: expected a mapping with {SECTIONS}, found a list"),
        ("happy\n", f'x.yaml:1:1: expected a mapping with {SECTIONS}, found the text "happy"'),
        ("description: 5\n", 'x.yaml:1:14: description: expected text, found the number 5; put it in quotes: "5"'),
        ("seed: -1\n", "x.yaml:1:7: seed: expected a whole number from 0 to 9223372036854775807, found the number -1"),
        ("clock:\n", "x.yaml:1:7: clock: expected a mapping with mode, step, rate or start, found nothing; give it a value or leave the key out"),
        ("clock: {start: 2026-06-07}\n", 'x.yaml:1:16: start: expected the word now, or an instant such as 2026-06-07T12:00:00Z, found the text "2026-06-07"'),
        ("clock: {rate: 0}\n", "x.yaml:1:15: rate: expected a number over 0 up to 1000000, found the number 0"),
        ("accounts: {email: x}\n", 'x.yaml:1:11: accounts: expected a list of at most 10000 entries, found a mapping; begin each entry with "- "'),
        ("accounts:\n  - email: a@b.cd\n", 'x.yaml:2:5: missing key "password"; expected text of 1 to 200 characters'),
        ("accounts:\n  - {email: a@b.cd, password: x}\n  - {email: a@b.cd, password: x}\n", "x.yaml:3:13: email: a@b.cd belongs to an earlier entry; choose another"),
        ("accounts: [{email: a@b.cd, password: x, id: 18}, {email: b@b.cd, password: x, id: 17}, {email: c@b.cd, password: x}]\n", "x.yaml:1:88: id: 18 belongs to an earlier entry; choose another"),
        ("accounts: [{email: a@b.cd, password: no, full_name: true}]\n", 'x.yaml:1:53: full_name: expected text of 1 to 200 characters or null, found true; put it in quotes: "true"'),
        ("models: [{name: a, generation_type: vidoe}]\n", 'x.yaml:1:37: generation_type: expected image, video, voice, music, infographic or text, found the text "vidoe"; did you mean "video"?'),
        ("models: [{name: a, generation_type: video, from: 2s, until: 1s}]\n", "x.yaml:1:61: until: expected a time after `from`; like this the model is never offered"),
        ("generations: [{then: []}]\n", "x.yaml:1:22: then: expected a list of 1 to 1000 entries, found an empty list"),
        ("generations: [{then: [{processing: {for: 2s, progress: []}}, completed]}]\n", "x.yaml:1:56: progress: expected a list of 1 to 1000 entries, found an empty list"),
        ("generations: [{then: [{processing: {for: 2s, progress: [101]}}, completed]}]\n", "x.yaml:1:57: progress: expected a whole number from 0 to 100, found the number 101"),
        ("generations: [{calls: 4-2}]\n", 'x.yaml:1:23: calls: expected a range that goes up, such as "2-4", found the text "4-2"'),
        ("generations: [{calls: {every: 0}}]\n", "x.yaml:1:31: every: expected a whole number from 1 to 999999999, found the number 0"),
        ("generations: [{calls: {}}]\n", "x.yaml:1:23: calls: expected {every: 3}, found no number, so that the rule never fires"),
        ("generations: [{when: {5: x}}]\n", 'x.yaml:1:23: expected text as a key, found the number 5; put it in quotes: "5"'),
        ("generations: [{when: {prompt: {a: 1}}}]\n", "x.yaml:1:31: prompt: expected text, a whole number, a number, true or false, null or a list, found a mapping"),
        ("generations: [{name: a}, {name: a}]\n", "x.yaml:1:33: name: a belongs to an earlier entry; choose another"),
        ("tokens: {ttl: 900000h}\n", 'x.yaml:1:15: ttl: expected a duration from 0 to a hundred years, found the text "900000h"'),
        ("media: {reject_authorization: yes}\n", 'x.yaml:1:31: reject_authorization: expected true or false, found the text "yes"'),
        ("api: {trailing_slash: 308}\n", "x.yaml:1:23: trailing_slash: expected 404 or redirect-307, found the number 308"),
        ("api: {cors: http://a/}\n", 'x.yaml:1:13: cors: expected "*" or an origin without a path, such as http://localhost:3000, found "http://a/"'),
        ("wallet: {refund_delay: .5ms}\n", 'x.yaml:1:24: refund_delay: expected a duration: a number of seconds, or a text such as 500ms, 2s, 5m, 1h, found the text ".5ms"'),
        ("faults: [{on: staus, then: {delay: 1}}]\n", f'x.yaml:1:15: on: expected {OPERATIONS}, found the text "staus"; did you mean "status"?'),
        ("faults: [{on: [me, staus], then: {delay: 1}}]\n", f'x.yaml:1:20: on: expected {OPERATIONS}, found the text "staus"; did you mean "status"?'),
        ("faults: [{on: on, then: {delay: 1}}]\n", f'x.yaml:1:15: on: expected {OPERATIONS}, found the text "on"'),
        ("faults: [{on: [me, any], then: {delay: 1}}]\n", 'x.yaml:1:20: on: expected an operation, since `any` means all of them and stands without a list: `on: any`, found the text "any"'),
        ("faults: [{on: me, calls: [1, x], then: {delay: 1}}]\n", 'x.yaml:1:30: calls: expected a call number, a range such as "2-4" or "3-", a list of them, or {every: 3}, found the text "x"'),
        ("faults: [{on: me, chance: 0, then: {delay: 1}}]\n", "x.yaml:1:27: chance: expected a number over 0 up to 1, found the number 0"),
        ("faults: [{on: me, between: [5s, 2s], then: {delay: 1}}]\n", "x.yaml:1:33: between: expected a time after 5s, since it ends there; like this it never fires"),
        ("faults: [{on: me, then: {}}]\n", "x.yaml:1:25: then: expected `status` or `drop`, which replace the answer, `patch` or `remove`, which change it, or `delay`, found nothing that happens"),
        ("faults: [{on: me, then: {status: 500, text: x, body: y}}]\n", "x.yaml:1:45: text: `body` gives the body already; keep one of them"),
        ("faults: [{on: me, then: {headers: {a b: c}}}]\n", 'x.yaml:1:36: headers: expected letters, digits and hyphens as the name of a header, found "a b"'),
        ("faults: [{on: me, then: {headers: {a: 5}}}]\n", 'x.yaml:1:39: a: expected text, found the number 5; put it in quotes: "5"'),
        ("faults: [{on: me, then: {remove: [a], patch: {a: 1}}}]\n", "x.yaml:1:35: remove: a is patched as well; keep one of them"),
        ("faults: [{on: me, then: {status: 429, retry_after: {as: http-date}}}]\n", "x.yaml:1:52: retry_after: expected a wait in it, such as {in: 30s, as: http-date}"),
        ("faults: [{on: me, then: {status: 429, retry_after: {raw: x}}}]\n", 'x.yaml:1:53: unknown key "raw"; expected in or as'),
        ("faults: [{on: me, when: {id: 5}, then: {delay: 1}}]\n", "x.yaml:1:26: id is not known of me; expected account, header.NAME or query.NAME"),
        ("faults: [{on: me, then: {delay: 1}, phase: after}]\n", "x.yaml:1:44: phase: here the API itself answers, so that its effect takes place at once; leave `phase` out"),
        ("faults: [{on: me, then: {delay: 1}}, {on: me, name: faults.1, then: {delay: 1}}]\n", "x.yaml:1:53: name: faults.1 belongs to an earlier entry; choose another"),
        ("faults: [{on: me, then: {drop: hang}}, {on: me, then: {delay: 1}}]\n", "x.yaml:1:40: this rule never fires: faults.1 (x.yaml:1) comes before it and takes all that it matches; put this one first, or remove it"),
        ("generations: [{}, {when: {prompt: x}}]\n", "x.yaml:1:19: this rule never fires: generations.1 (x.yaml:1) comes before it and takes all that it matches; put this one first, or remove it"),
        ("limits: [{on: me}]\n", "x.yaml:1:10: a limit that limits nothing; expected `allow` and `per`, such as `allow: 10, per: 60s`, or on create `active: 3`"),
        ("limits: [{on: me, alow: 5, per: 5}]\n", 'x.yaml:1:19: unknown key "alow"; did you mean "allow"?'),
        ("limits: [{on: me, allow: x, per: 5}]\n", 'x.yaml:1:26: allow: expected a whole number from 1 to 100000 or null, found the text "x"'),
        ("limits: [{on: me, allow: 1, per: 5, then: {patch: {a: 1}}}]\n", "x.yaml:1:51: patch: the API does not answer what a limit refuses; write the whole answer with `status`"),
        ("limits: [{on: me, allow: 1, per: 5}, {on: me, allow: 1, per: 5}]\n", "x.yaml:1:38: this limit never refuses first: limits.1 (x.yaml:1) is no less strict to all that it counts; remove one of them"),
        ("fauts: []\n", 'x.yaml:1:1: unknown key "fauts"; did you mean "faults"?'),
        ("404: x\n", f'x.yaml:1:1: unknown key "404"; expected {SECTIONS}'),
        ("tokens: {ttl: 5s\n", 'x.yaml:2:1: expected "," or "}" in the mapping that begins at line 1, column 9'),
        (b"description: \xff\n", "x.yaml:1:14: expected UTF-8, found other bytes; save the file as UTF-8"),
        ("description: \ud800\n", "x.yaml:1:14: expected UTF-8, found other bytes; save the file as UTF-8"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_sentence(text: str | bytes, problem: str) -> None:
    assert problems(text) == [problem]


def test_a_problem_that_many_aliases_repeat_is_reported_once() -> None:
    text = "accounts:\n  - {email: a@b.cd, password: &p [1]}\n  - {email: c@d.ef, password: *p}\n"
    assert [line.split(": ")[0] for line in problems(text)] == ["x.yaml:2:31", "x.yaml:3:31"]
    shared = "generations:\n  - then: &t [{pending: {fro: 1}}]\n  - then: *t\n  - then: *t\n"
    assert problems(shared) == ['x.yaml:2:26: unknown key "fro"; did you mean "for"?']


def test_rules_are_compared_only_when_each_of_them_is_sound() -> None:
    text = (
        "faults:\n  - {on: me, then: {drop: hang}}\n  - {on: me, then: {delay: x}}\n  - {on: me, then: {drop: close}}\n"
    )
    assert [line.split(": ")[0] for line in problems(text)] == ["x.yaml:3:28"]
    assert [line.split(": ")[0] for line in problems(text.replace("x}", "1s}"))] == ["x.yaml:3:5", "x.yaml:4:5"]


def test_a_likely_misspelt_name_is_a_warning() -> None:
    text = "faults:\n  - {on: me, then: {status: 502, text: nginx502}}\n"
    assert list(map(str, parse(text, "x.yaml").warnings)) == [
        'x.yaml:2:40: text: "nginx502" is sent as it is; did you mean "nginx-502"?'
    ]


def test_warnings_stand_beside_a_sound_scenario() -> None:
    text = "generations:\n  - then: [{pending: 500ms}, completed]\nclock: {mode: manual, rate: 5, step: 3s}\ntokens: {ttl: 5s}\n"
    polled = parse(text.replace("manual, rate: 5, step: 3s", "poll, rate: 5"), "a/x.yaml")
    assert tuple(map(str, polled.warnings)) == (
        "a/x.yaml:2:22: for: pending is shorter than the clock's step of 2s; a client that polls may never see it",
        "a/x.yaml:3:27: rate: a poll clock does not follow real time, so that it has no rate",
        "a/x.yaml:4:15: ttl: `exp` and HTTP dates are virtual; a client that compares them with its own clock needs clock: {start: now}",
    )  # fmt: skip
    assert [str(warning.place) for warning in parse(text, "x.yaml").warnings] == [
        "x.yaml:3:29",
        "x.yaml:3:38",
        "x.yaml:4:15",
    ]


def test_a_file_that_cannot_be_read_is_a_problem_too(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.yaml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ScenarioError) as caught:
            load(path)
        assert str(caught.value) == f"{path}: the scenario cannot be read: {reason}"
    with pytest.raises(ScenarioError, match=r"cannot be read: .*null"):
        load(tmp_path / "a\0b.yaml")


@pytest.mark.parametrize("text", ["#" * (LARGEST + 1), b"#" * (LARGEST + 1), "é" * (LARGEST // 2 + 1)])
def test_a_large_text_is_refused(text: str | bytes) -> None:
    assert problems(text) == ["x.yaml: expected at most 1048576 bytes, found more; a scenario is a small file"]


def test_a_large_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(LARGEST * 1000)
    with pytest.raises(ScenarioError, match="expected at most 1048576 bytes"):
        load(path)


def test_a_text_of_the_largest_size_is_read() -> None:
    assert parse("#" * LARGEST, "x.yaml").scenario == Scenario()


def test_a_file_with_thousands_of_problems_reports_a_bounded_number() -> None:
    assert len(problems("".join(f"k{i}: 1\n" for i in range(20_000)))) == 1_000


def test_importing_it_brings_no_yaml() -> None:
    heavy = "{'yaml', 'difflib', 'mockserver.language.decode'}"
    code = f"import sys, mockserver.language.file; print({heavy} & sys.modules.keys() or 'none')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "none\n"
