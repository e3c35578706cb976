"""The result of several markers, and the errors for wrong ones."""

from pathlib import Path
from typing import Any

import pytest

from mockserver.testing.play import LONGEST_SLUG, OPTIONS, CannotPlay, Marker, Play, play, world_name

NOTHING: Marker = ((), {})

LINES = "description: as in rough.yaml\n# and in more.yaml"

UNDERSTOOD: tuple[tuple[list[Marker], Play], ...] = (
    ([], Play()),
    ([NOTHING], Play()),
    ([(("rate-limited",), {})], Play(scenario="rate-limited")),
    ([(("seed: 7",), {})], Play(scenario="seed: 7")),
    ([(("",), {})], Play(scenario="")),
    ([((LINES,), {})], Play(scenario=LINES)),
    ([((), {"seed": 0, "clock": "real"})], Play(seed=0, clock="real")),
    ([((), {"virtual_sleep": True, "clock": "manual"})], Play(virtual_sleep=True, clock="manual")),
    ([((), {"virtual_sleep": True, "max_virtual": 86400.5})], Play(virtual_sleep=True, max_virtual=86400.5)),
    ([((), {"seed": 1}), (("far",), {"seed": 2, "block": True})], Play(scenario="far", seed=1, block=True)),
    ([(("near",), {}), (("far",), {"seed": 2})], Play(scenario="near", seed=2)),
    ([((), {"intercept": False}), ((), {"intercept": True})], Play()),
)


@pytest.mark.parametrize(("markers", "wanted"), UNDERSTOOD)
def test_the_nearest_marker_counts_first(markers: list[Marker], wanted: Play) -> None:
    assert play(markers, []) == wanted


WRONG: tuple[tuple[tuple[Any, ...], dict[str, Any], str], ...] = (
    (("a", "b"), {}, "expected one scenario, found 'a', 'b'"),
    ((None,), {}, "expected a name of the gallery, YAML or a file, found None"),
    ((), {"scenario": "a"}, f"scenario is not known; after the scenario it takes {', '.join(OPTIONS)}"),
    ((), {"seed": "1"}, "expected a whole number from 0 to 2^63 - 1 for seed, found '1'"),
    ((), {"seed": True}, "expected a whole number from 0 to 2^63 - 1 for seed, found True"),
    ((), {"seed": -1}, "expected a whole number from 0 to 2^63 - 1 for seed, found -1"),
    ((), {"seed": 2**63}, f"expected a whole number from 0 to 2^63 - 1 for seed, found {2**63}"),
    ((), {"seed": "9" * 5000}, f"expected a whole number from 0 to 2^63 - 1 for seed, found '{'9' * 198}…"),
    ((), {"max_virtual": float("inf")}, "expected seconds, at most 365 days, for max_virtual, found inf"),
    ((), {"clock": "slow"}, "expected 'real' or 'poll' or 'manual' for clock, found 'slow'"),
    ((), {"clock": []}, "expected 'real' or 'poll' or 'manual' for clock, found []"),
    ((), {"intercept": 1}, "expected True or False for intercept, found 1"),
    ((), {"virtual_sleep": "yes"}, "expected True or False for virtual_sleep, found 'yes'"),
    ((), {"max_virtual": 0}, "expected seconds, at most 365 days, for max_virtual, found 0"),
    ((), {"max_virtual": float("nan")}, "expected seconds, at most 365 days, for max_virtual, found nan"),
    ((), {"max_virtual": "2h"}, "expected seconds, at most 365 days, for max_virtual, found '2h'"),
    ((), {"clocks": True}, "clocks=True shows the time that sleeping moves; say virtual_sleep=True as well"),
    (
        (),
        {"virtual_sleep": True, "clock": "real"},
        "virtual_sleep moves a clock that does not move by itself; leave clock='real' out",
    ),
)


@pytest.mark.parametrize(("arguments", "options", "sentence"), WRONG)
def test_the_error_for_a_wrong_argument_is_one_sentence(
    arguments: tuple[Any, ...], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CannotPlay) as problem:
        play([(arguments, options)], [])
    assert str(problem.value) == f"@pytest.mark.imaginelab: {sentence}"


def test_a_file_is_looked_for_in_each_folder(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    for file in (near / "both.yaml", far / "both.yaml", far / "far.yml", near / "folder.yaml" / "x"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    found = {
        name: play([((name,), {})], [near, far]).scenario
        for name in ("both.yaml", "far.yml", "../far/far.yml", Path("far.yml"), far / "both.yaml", str(far / "far.yml"))
    }
    assert found == {
        "both.yaml": near / "both.yaml",
        "far.yml": far / "far.yml",
        "../far/far.yml": near / "../far/far.yml",
        Path("far.yml"): far / "far.yml",
        far / "both.yaml": far / "both.yaml",
        str(far / "far.yml"): far / "far.yml",
    }


@pytest.mark.parametrize("name", ["none.yaml", "none.yml", "folder.yaml", Path("none")])
def test_a_missing_file_is_an_error(tmp_path: Path, name: object) -> None:
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(CannotPlay) as problem:
        play([((name,), {})], [tmp_path, tmp_path / "more"])
    where = f"{tmp_path} or {tmp_path}/more; the ini option imaginelab_scenarios adds folders"
    assert str(problem.value) == f"@pytest.mark.imaginelab: there is no file {name} in {where}"


NAMES = (
    ("tests/test_a.py::test_b", "test-b-"),
    ("tests/test_a.py::TestC::test_b[a b-ü/1]", "test-b-a-b-1-"),
    ("test_a.py::test_" + "x" * 100, "test-" + "x" * (LONGEST_SLUG - 5) + "-"),
    ("test_a.py", "test-a-py-"),
)


@pytest.mark.parametrize(("test", "slug"), NAMES)
def test_a_world_is_named_as_its_test(test: str, slug: str) -> None:
    name = world_name(test)
    assert name.startswith(slug)
    assert len(name) == len(slug) + 12 <= 64


def test_tests_of_one_name_have_worlds_of_their_own() -> None:
    assert world_name("a.py::test_x") != world_name("b.py::test_x")


UNWRITABLE = 10**5000


@pytest.mark.parametrize("name", ["seed", "max_virtual"])
def test_a_number_too_long_to_print_is_an_error_that_names_the_argument(name: str) -> None:
    with pytest.raises(CannotPlay, match=f"for {name}, found a value of type int with a number that has too many"):
        play([((), {name: UNWRITABLE})], [])
