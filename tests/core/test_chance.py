import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core import chance


@pytest.mark.parametrize(
    ("seed", "purpose", "key", "number"),
    [
        (1842, "outputs", (1842,), 17_424_388_840_364_759_239),
        (7, "chance", ("faults.3", 17, 2), 130_717_396_362_670_499),
        (0, "", (), 12_896_804_552_117_998_369),
    ],
)
def test_the_same_question_has_had_the_same_answer_since_the_first_version(
    seed: int, purpose: str, key: tuple[object, ...], number: int
) -> None:
    assert chance.number(seed, purpose, *key) == number


def test_a_secret_is_the_same_since_the_first_version() -> None:
    assert (
        chance.secret(1842, "key", "default").hex()
        == "24417b79587cca3390d02a0d1fd725ba59fdaa547ef736ea66f9b342a8f1f865"
    )


@given(st.integers(min_value=0), st.text(alphabet="ab"), st.lists(st.integers() | st.text(alphabet="ab")))
def test_a_number_has_64_bits_and_a_secret_32_bytes(seed: int, purpose: str, key: list[object]) -> None:
    assert 0 <= chance.number(seed, purpose, *key) < 2**64
    assert len(chance.secret(seed, purpose, *key)) == 32


@pytest.mark.parametrize(
    ("seed", "purpose", "key"),
    [
        (2, "delay", ("a", 1)),
        (1, "colour", ("a", 1)),
        (1, "delay", ("b", 1)),
        (1, "delay", ("a", 2)),
        (1, "delay", ("a",)),
        (1, "delay", ("a1",)),
        (1, "delaya", (1,)),
    ],
)
def test_another_question_has_another_answer(seed: int, purpose: str, key: tuple[object, ...]) -> None:
    assert chance.number(seed, purpose, *key) != chance.number(1, "delay", "a", 1)


def test_numbers_are_spread_evenly() -> None:
    eighths = [chance.number(1842, "spread", i) * 8 // 2**64 for i in range(4000)]
    assert all(400 < eighths.count(eighth) < 600 for eighth in range(8))


@pytest.mark.parametrize("hash_seed", ["0", "4294967295"])
def test_the_hash_seed_of_python_has_no_influence(hash_seed: str) -> None:
    code = "from mockserver.core import chance; print(chance.number(1842, 'outputs', 'a', 1, None))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout
    assert int(printed) == chance.number(1842, "outputs", "a", 1, None)


@given(st.integers(min_value=0), st.lists(st.text("ab")), st.lists(st.integers() | st.text("ab"), min_size=1))
def test_a_hash_that_is_begun_once_gives_the_same_numbers(seed: int, first: list[str], rest: list[object]) -> None:
    draw = chance.begun(seed, "chance", *first).copy()
    draw.update(chance.ending(*rest))
    number = chance.number(seed, "chance", *first, *rest)
    assert int.from_bytes(draw.digest()[:8], "big") == number
    assert chance.luck(draw.digest()) == number / 2**64


@given(st.floats(0, 1, exclude_min=True), st.binary(min_size=32, max_size=32), st.integers(-2, 2))
def test_the_draws_below_a_bound_are_those_whose_luck_is_under_the_chance(of: float, draw: bytes, near: int) -> None:
    bound = chance.bound(of)
    beside = min(max(int.from_bytes(bound, "big") + near, 0), 2**64 - 1).to_bytes(8, "big")
    for each in (draw, beside + draw[:24]):
        assert (each < bound) == (chance.luck(each) < of)
