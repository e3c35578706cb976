import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media import Kind, kind, render, words

ROOT = Path(__file__).parents[2]
TYPES = ["image", "video", "voice", "music", "infographic"]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=5,
)
RATIO = st.tuples(st.integers(), st.integers()).map(lambda sides: f"{sides[0]}:{sides[1]}")
SETTINGS = st.fixed_dictionaries(
    {},
    optional={"aspect_ratio": JSON | RATIO, "duration": JSON | st.decimals().map(str), "format": JSON | st.just("png")},
)

HOSTILE = {
    "empty": "",
    "a lone newline": "\n",
    "controls": "".join(map(chr, range(32))) + "\x7f\x9b\ufffe",
    "a lone surrogate": "\udc80",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 200,
    "CJK": "霓虹城市的黄昏" * 1500,
    "right to left": "\u202eمدينة النيون" * 800,
    "one endless word": "x" * 10_000,
    "one letter words": "x " * 5_000,
    "hyphens": "-" * 10_000,
    "accents only": "\u0301" * 10_000,
    "letters that unfold": "\ufdfa" * 10_000,
    "XML": "]]><svg onload='x'>&amp;<!--" * 300,
}


@pytest.mark.parametrize(
    ("generation_type", "asked", "expected"),
    [
        ("image", {}, Kind("png", "image/png")),
        ("image", {"format": "svg"}, Kind("png", "image/png")),
        ("video", {}, Kind("mp4", "video/mp4")),
        ("voice", {}, Kind("wav", "audio/wav")),
        ("music", {}, Kind("wav", "audio/wav")),
        ("infographic", {}, Kind("svg", "image/svg+xml")),
        ("infographic", {"format": ["png"]}, Kind("svg", "image/svg+xml")),
        ("infographic", {"format": "png"}, Kind("png", "image/png")),
    ],
)
def test_each_type_has_its_kind(generation_type: str, asked: dict[str, object], expected: Kind) -> None:
    assert kind(generation_type, asked) == expected


def begins_as_said(generation_type: str, asked: dict[str, object], made: bytes) -> bool:
    """Tell whether a file begins as files of its kind do."""
    begins = {"png": b"\x89PNG", "mp4": b"\0\0\0\x20ftyp", "wav": b"RIFF", "svg": b"<svg "}
    return made.startswith(begins[kind(generation_type, asked).extension])


@given(st.sampled_from(TYPES), SETTINGS, st.text(st.characters(), max_size=300), st.integers(0, 2**64 - 1))
def test_any_order_gives_a_bounded_file_of_its_kind(
    generation_type: str, asked: dict[str, object], prompt: str, key: int
) -> None:
    made = render(generation_type, asked, prompt, key)
    assert begins_as_said(generation_type, asked, made)
    assert len(made) < 500_000


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("generation_type", TYPES)
@pytest.mark.parametrize("asked", [{}, {"format": "png", "aspect_ratio": "1:3"}], ids=["plain", "narrow"])
def test_hostile_prompts_give_bounded_files(generation_type: str, asked: dict[str, object], prompt: str) -> None:
    made = render(generation_type, asked, prompt, 1842)
    assert begins_as_said(generation_type, asked, made)
    assert len(made) < 500_000


FINGERPRINT = """
import hashlib
from mockserver.media import render, words
made = [render(kind, {"aspect_ratio": "4:3", "duration": 3}, "Dusk & dawn", 7) for kind in %r]
print(hashlib.sha256(b"".join(made) + words(7, "Dusk").encode()).hexdigest())
"""


def said_by_a_new_process(program: str, hash_seed: str = "0") -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def test_every_process_makes_the_same_bytes() -> None:
    made = [render(kind, {"aspect_ratio": "4:3", "duration": 3}, "Dusk & dawn", 7) for kind in TYPES]
    here = hashlib.sha256(b"".join(made) + words(7, "Dusk").encode()).hexdigest()
    assert {said_by_a_new_process(FINGERPRINT % TYPES, hash_seed) for hash_seed in ("1", "2")} == {here}


def test_faker_is_imported_only_when_words_are_needed() -> None:
    program = """
import sys
from mockserver.media import render, words
before = "faker" in sys.modules
words(1, "")
print(before, "faker" in sys.modules)
"""
    assert said_by_a_new_process(program) == "False True"
