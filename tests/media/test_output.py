import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media.output import LONG_SIDE, STEEPEST, Output


def output(**settings: object) -> Output:
    return Output(settings, "", 0)


@pytest.mark.parametrize(
    ("aspect_ratio", "size"),
    [
        ("16:9", (768, 432)),
        ("9:16", (432, 768)),
        ("1:1", (768, 768)),
        ("4:3", (768, 576)),
        ("21:9", (770, 330)),
        ("2.39:1", (717, 300)),
        (" 3 x 2 ", (768, 512)),
        ("1920/1080", (768, 432)),
        ("1:99999", (256, 768)),
        ("99999:1", (768, 256)),
        ("767:769", (766, 768)),
    ],
)
def test_a_picture_has_the_asked_ratio(aspect_ratio: str, size: tuple[int, int]) -> None:
    assert output(aspect_ratio=aspect_ratio).size() == size


@pytest.mark.parametrize(
    "unreadable", [None, 1.5, True, "", "wide", "16:0", "0:0", "-4:3", "1:2:3", "٣:٢", [16, 9], {}]
)
def test_an_unreadable_ratio_is_square(unreadable: object) -> None:
    assert output(aspect_ratio=unreadable).size() == (LONG_SIDE, LONG_SIDE)


@given(st.integers(1, 99999), st.integers(1, 99999))
def test_any_ratio_keeps_its_shape_within_bounds(across: int, down: int) -> None:
    width, height = output(aspect_ratio=f"{across}:{down}").size()
    assert LONG_SIDE // 2 < max(width, height) <= LONG_SIDE * 4 // 3
    shape = min(max(across / down, 1 / STEEPEST), STEEPEST)
    assert math.isclose(width / height, shape, rel_tol=0.005)


@pytest.mark.parametrize(
    ("duration", "milliseconds"),
    [
        (8, 8000),
        (2.5, 2500),
        ("12", 12_000),
        (" 1.25 ", 1250),
        (0, 1000),
        (-3, 1000),
        ("1e999", 20_000),
        pytest.param(10**5000, 20_000, id="huge"),
        pytest.param(-(10**5000), 1000, id="hugely negative"),
        (math.inf, 20_000),
    ],
)
def test_a_duration_is_a_number_or_its_text_within_bounds(duration: object, milliseconds: int) -> None:
    assert output(duration=duration).milliseconds(longest=20) == milliseconds


@pytest.mark.parametrize("unreadable", [None, True, False, "", "long", "nan", math.nan, "5s", "9x", [5], {"s": 5}])
def test_an_unreadable_duration_is_five_seconds(unreadable: object) -> None:
    assert output(duration=unreadable).milliseconds(longest=20) == 5000


def test_the_default_is_five_seconds_of_a_square() -> None:
    assert (output().size(), output().milliseconds(longest=20)) == ((768, 768), 5000)
