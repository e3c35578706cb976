"""Sound as WAV: a small instrument plays the key's tune. Integers throughout; a pitch is computed once and repeated."""

import array
import io
import math
import wave
from collections.abc import Sequence

from mockserver.core.chance import secret
from mockserver.media.output import Output

RATE = 12_000
"""Samples a second: 20 s of sixteen bits stay below half a megabyte."""

_CYCLE = 256
# One swing of a string: the tone, its octave and its twelfth, together below the greatest sample.
_SWING = [
    round(11_000 * math.sin(turn) + 3_000 * math.sin(2 * turn) + 1_000 * math.sin(3 * turn))
    for turn in (2 * math.pi * place / _CYCLE for place in range(_CYCLE))
]

# A pentatonic scale in just intonation: any order of these sounds well.
_SCALE = [(1, 1), (9, 8), (5, 4), (3, 2), (5, 3), (2, 1), (9, 4), (5, 2)]


def voice(output: Output) -> bytes:
    """Hum a syllable for each word of the prompt, from 1 s to 10 s of them; settings have no say."""
    length = min(max(300 * len(output.prompt.split()), 1000), 10_000)
    syllables = [_note(130, degree, 300) for degree in _SCALE[:5]]
    return _container(_tune(syllables, secret(output.key, "voice"), length))


def music(output: Output) -> bytes:
    """Play a tune as long as `duration` asks, from 1 s to 20 s."""
    length = output.milliseconds(longest=20)
    notes = [_note(262, degree, 250) for degree in _SCALE]
    return _container(_tune(notes, secret(output.key, "music"), length))


def _note(root: int, degree: tuple[int, int], length: int) -> bytes:
    """Pluck a string: a degree of the scale over a root in hertz, for so many milliseconds, swelling and dying away."""
    count, swell = RATE * length // 1000, RATE // 100
    step = root * degree[0] * _CYCLE * 256 // (degree[1] * RATE)
    loudness = (min(place * 256 // swell, (count - place) * 256 // count) for place in range(count))
    return array.array(
        "h", [_SWING[(place * step >> 8) % _CYCLE] * loud >> 8 for place, loud in enumerate(loudness)]
    ).tobytes()


def _tune(notes: Sequence[bytes], melody: bytes, length: int) -> bytes:
    """Join whole notes for so many milliseconds; the rest is silent, for a note cut short would click."""
    size = 2 * (RATE * length // 1000)
    played = (notes[melody[place % len(melody)] % len(notes)] for place in range(size // len(notes[0])))
    return b"".join(played).ljust(size, b"\0")


def _container(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(samples)
    return file.getvalue()
