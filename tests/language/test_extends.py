"""Scenarios that extend others: the result, the lines of its rules, and each way in which a parent cannot be read."""

import os
from pathlib import Path

import pytest

from mockserver.core.clock import Mode
from mockserver.core.instant import SECOND
from mockserver.core.scenario import Scenario
from mockserver.language import gallery
from mockserver.language.extends import LARGEST, MOST_FILES
from mockserver.language.file import ScenarioError, load, parse

FAULT = "faults:\n  - {on: status, then: {status: 500}}\n"


def write(folder: Path, **texts: str) -> Path:
    """Write files by their names, and return the path of the first."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder / f"{next(iter(texts))}.yaml"


def problems(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return str(caught.value).replace(f"{path.parent}/", "").splitlines()


def test_sections_given_replace_the_parents_key_by_key(tmp_path: Path) -> None:
    parent = "seed: 7\nclock: {mode: poll, step: 5s}\nwallet: {refund_failed: false}\n" + FAULT
    path = write(tmp_path, child="extends: ./parent.yaml\nclock: {step: 1s}\nseed: 8\n", parent=parent)
    scenario = load(path).scenario
    assert (scenario.seed, scenario.clock.mode, scenario.clock.step) == (8, Mode.POLL, SECOND)
    assert (scenario.wallet.refund_failed, scenario.extends) == (False, "./parent.yaml")
    assert len(scenario.faults) == 1


def test_a_list_replaces_the_whole_list_and_an_empty_one_empties(tmp_path: Path) -> None:
    parent = FAULT + "limits: [{on: me, allow: 1, per: 1s}]\n"
    path = write(tmp_path, child="extends: parent.yaml\nlimits: []\n", parent=parent)
    scenario = load(path).scenario
    assert (len(scenario.faults), scenario.limits) == (1, ())


def test_inherited_rules_keep_their_own_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep", elder="\n\n" + FAULT)
    generations = "generations:\n  - {cost: 1}\n"
    path = write(tmp_path, child="extends: parent.yaml\n" + generations, parent="extends: deep/elder.yaml\n")
    scenario = load(path).scenario
    assert (scenario.faults[0].place, scenario.generations[0].place) == ("elder.yaml:4", "child.yaml:3")


def test_the_files_of_a_scenario_are_listed_youngest_first(tmp_path: Path) -> None:
    path = write(tmp_path, child="extends: parent.yaml\n", parent="extends: happy-path\n")
    script = load(path)
    assert script.files == (path, tmp_path / "parent.yaml", gallery.folder() / "happy-path.yaml")
    assert (script.name, script.text) == ("child", "extends: parent.yaml\n")


def test_the_gallery_can_be_extended_from_anywhere_also_by_a_text() -> None:
    name = gallery.names()[0]
    original = load(gallery.folder() / f"{name}.yaml").scenario
    made = parse(f"extends: {name}\nseed: 9\n", "scenario.yaml").scenario
    assert (made.seed, made.faults, made.limits) == (9, original.faults, original.limits)


def test_extending_nothing_is_allowed() -> None:
    assert parse("extends: null\n", "x.yaml").scenario == Scenario()


def test_all_problems_are_told_each_with_its_own_file_the_childs_first(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        child="\n\n\nseed: x\nextends: parent.yaml\n",
        parent="extends: elder.yaml\ntokens: {tl: 1}\n",
        elder="acounts: []\nseed: y\n",
    )
    assert [problem.split(": ")[0] for problem in problems(path)] == [
        "child.yaml:4:7",
        "parent.yaml:2:10",
        "elder.yaml:1:1",
    ]


def test_a_parent_that_is_no_yaml_is_told_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, child="extends: parent.yaml\nsed: 7\n", parent="a: [\n")
    child, parent = problems(path)
    assert child == 'child.yaml:2:1: unknown key "sed"; did you mean "seed"?'
    assert parent.startswith("parent.yaml:2:1: ")


def test_a_broken_lineage_makes_no_contradictions(tmp_path: Path) -> None:
    path = write(tmp_path, child="extends: none.yaml\napi: {page_size: 200}\n")
    assert problems(path) == ['child.yaml:1:10: extends: there is no file "none.yaml"']


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("none.yaml", 'there is no file "none.yaml"'),
        ("folder.yaml", 'there is no file "folder.yaml"'),
        ("pipe.yaml", 'there is no file "pipe.yaml"'),
        ("loop.yaml", '"loop.yaml" cannot be read'),
        ("child.yaml", "child.yaml is made from this file itself"),
        ("./sub/../child.yaml", "./sub/../child.yaml is made from this file itself"),
        ("../outside.yaml", "expected a path within the folder of this file"),
        ("/etc/hostname", "expected a path within the folder of this file"),
        ("leak.yaml", "expected a path within the folder of this file"),
        ("door/outside.yaml", "expected a path within the folder of this file"),
        ('"a\\0b.yaml"', "cannot be read"),
        (f"{'a' * 190}/{'b' * 300}.yaml", "there is no file"),
        (f"{'b' * 300}.yaml", "cannot be read: File name too long"),
        ("happy-pth", 'found "happy-pth"; did you mean "happy-path"?'),
        ("Parent", 'expected a name of the gallery, or a path with / or .yaml, found "Parent"'),
        ('""', 'expected a name of the gallery, or a path with / or .yaml, found ""'),
    ],
)
def test_a_parent_that_cannot_be_had_is_told_where_it_is_named(tmp_path: Path, word: str, sentence: str) -> None:
    home = tmp_path / "home"
    (home / "sub").mkdir(parents=True)
    (home / "folder.yaml").mkdir()
    write(tmp_path, outside="seed: 7\n")
    os.mkfifo(home / "pipe.yaml")
    for link, target in (("loop", "loop.yaml"), ("leak", "../outside.yaml")):
        (home / f"{link}.yaml").symlink_to(target)
    (home / "door").symlink_to(tmp_path)
    first, *_ = problems(write(home, child=f"extends: {word}\n"))
    assert first.startswith("child.yaml:1:10: extends: ")
    assert sentence in first


def test_an_extends_that_is_no_text_is_reported_as_any_other_key(tmp_path: Path) -> None:
    path = write(tmp_path, child="extends: [happy-path]\n")
    assert problems(path) == ["child.yaml:1:10: extends: expected text of 1 to 200 characters or null, found a list"]


def test_a_circle_is_told_at_the_file_that_closes_it(tmp_path: Path) -> None:
    path = write(tmp_path, a="extends: b.yaml\n", b="extends: c.yaml\n", c="extends: ./b.yaml\n")
    assert problems(path) == [
        "c.yaml:1:10: extends: ./b.yaml is made from this file itself; leave `extends` out in one of them"
    ]


def test_a_text_that_is_no_file_extends_no_files() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse("extends: ./happy-path.yaml\n", "scenario.yaml")
    assert str(caught.value) == (
        "scenario.yaml:1:10: extends: expected a name of the gallery, since this text is no file, "
        'found the path "./happy-path.yaml"'
    )


@pytest.mark.parametrize(("height", "sound"), [(MOST_FILES, True), (MOST_FILES + 1, False)])
def test_few_files_may_stand_on_top_of_one_another(tmp_path: Path, height: int, sound: bool) -> None:
    texts = {f"f{i}": f"extends: f{i + 1}.yaml\n" for i in range(1, height)} | {f"f{height}": "seed: 7\n"}
    path = write(tmp_path, **texts)
    if sound:
        assert load(path).scenario.seed == 7
    else:
        sentence = f"extends: expected at most {MOST_FILES} files on top of one another, found more"
        assert problems(path) == [f"f{MOST_FILES}.yaml:1:10: {sentence}"]


def test_a_parent_has_the_bounds_of_any_file(tmp_path: Path) -> None:
    path = write(tmp_path, child="extends: parent.yaml\n", parent="#" * (LARGEST + 1))
    assert problems(path) == [f"parent.yaml: expected at most {LARGEST} bytes, found more; a scenario is a small file"]


def test_a_parent_that_is_no_mapping_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, child="extends: parent.yaml\n", parent="- seed: 7\n")
    assert problems(path) == ["parent.yaml:1:1: expected a scenario to extend, found a list"]


def test_an_empty_parent_and_an_empty_child_are_scenarios(tmp_path: Path) -> None:
    path = write(tmp_path, child="extends: parent.yaml\n", parent="")
    assert load(path).scenario == Scenario(extends="parent.yaml")
