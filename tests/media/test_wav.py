import array
import io
import wave

import pytest

from mockserver.media import render


def played(sound: bytes) -> tuple[float, list[int]]:
    """Open a WAV: its seconds and samples."""
    with wave.open(io.BytesIO(sound)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth()) == (1, 2)
        samples = list(array.array("h", reader.readframes(reader.getnframes())))
        assert len(samples) == reader.getnframes()
        return reader.getnframes() / reader.getframerate(), samples


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [(None, 5), (8, 8), ("2.5", 2.5), (0.1, 1), (20, 20), (10**9, 20), ("x", 5), (1.111, 1.111)],
)
def test_music_is_as_long_as_asked(duration: object, seconds: float) -> None:
    assert played(render("music", {"duration": duration}, "", 1842))[0] == seconds


@pytest.mark.parametrize(("words", "seconds"), [(0, 1), (1, 1), (10, 3), (33, 9.9), (34, 10), (5000, 10)])
def test_a_voice_speaks_for_as_long_as_there_are_words(words: int, seconds: float) -> None:
    assert played(render("voice", {"duration": 1}, "word " * words, 1842))[0] == seconds


@pytest.mark.parametrize("generation_type", ["voice", "music"])
def test_a_sound_is_heard_and_never_clipped(generation_type: str) -> None:
    _, samples = played(render(generation_type, {}, "eleven words are spoken " * 3, 1842))
    assert 8_000 < max(samples) < 32_767
    assert -32_768 < min(samples) < -8_000


@pytest.mark.parametrize("generation_type", ["voice", "music"])
def test_a_sound_has_no_clicks(generation_type: str) -> None:
    _, samples = played(render(generation_type, {"duration": 1.111}, "one two three four", 1842))
    steps = [abs(after - before) for before, after in zip([0, *samples], [*samples, 0], strict=True)]
    assert max(steps) < 8_000


@pytest.mark.parametrize("generation_type", ["voice", "music"])
def test_a_note_swells(generation_type: str) -> None:
    _, samples = played(render(generation_type, {}, "one", 1842))
    first, second = (max(map(abs, samples[start : start + 100])) for start in (0, 100))
    assert max(map(abs, samples[:12])) < 2_000 < first < second


def test_another_key_gives_another_tune() -> None:
    assert len({render("music", {}, "", key) for key in range(10)}) == 10


def test_the_longest_sound_is_below_half_a_megabyte() -> None:
    assert len(render("music", {"duration": 600}, "", 1842)) < 500_000
