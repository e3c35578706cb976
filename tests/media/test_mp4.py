"""The film is read back box by box, by the structure of the standard and not only by the names of the boxes."""

import struct
from collections.abc import Iterator

import pytest

from mockserver.media import render

CONTAINERS = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl"}


def boxes(film: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes of a film, also those inside containers."""
    place = 0
    while place < len(film):
        size, name = struct.unpack_from(">I4s", film, place)
        assert 8 <= size <= len(film) - place
        body = film[place + 8 : place + size]
        yield name, body
        if name in CONTAINERS:
            yield from boxes(body)
        if name == b"stsd":
            yield from boxes(body[8:])
        if name == b"avc1":
            yield from boxes(body[78:])
        place += size


def video(**settings: object) -> bytes:
    return render("video", settings, "A neon city skyline at dusk", 1842)


def numbers(body: bytes, place: int, count: int) -> tuple[int, ...]:
    return struct.unpack_from(f">{count}I", body, place)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [(None, 5), (1, 1), (8, 8), ("12", 12), (0.01, 1), (2.345, 2.345), (600, 600), (10**400, 600), ([], 5)],
)
def test_every_box_agrees_on_the_asked_duration(duration: object, seconds: float) -> None:
    inside = dict(boxes(video(duration=duration)))
    scale, film = numbers(inside[b"mvhd"], 12, 2)
    track_scale, track = numbers(inside[b"mdhd"], 12, 2)
    entries, frames, frame = numbers(inside[b"stts"], 4, 3)
    (sizes,) = numbers(inside[b"stsz"], 8, 1)
    assert film / scale == track / track_scale == seconds
    assert numbers(inside[b"tkhd"], 20, 1) == numbers(inside[b"elst"], 8, 1) == (film,)
    assert (entries, frames, frames * frame) == (1, sizes, track)


def test_every_header_is_of_the_version_whose_offsets_are_patched() -> None:
    inside = dict(boxes(video()))
    assert [inside[name][0] for name in (b"mvhd", b"tkhd", b"elst", b"mdhd", b"stts")] == [0] * 5


@pytest.mark.parametrize(
    ("aspect_ratio", "width", "height"), [("16:9", 768, 432), ("9:16", 432, 768), (None, 768, 768)]
)
def test_a_film_is_shown_in_the_asked_ratio(aspect_ratio: object, width: int, height: int) -> None:
    inside = dict(boxes(video(aspect_ratio=aspect_ratio)))
    assert numbers(inside[b"pasp"], 0, 2) == (width, height)
    assert numbers(inside[b"tkhd"], 76, 2) == (width << 16, height << 16)
    assert struct.unpack_from(">HH", inside[b"avc1"], 24) == (256, 256)


def test_the_header_comes_before_the_pictures() -> None:
    names = [name for name, _ in boxes(video())]
    assert names[0] == b"ftyp"
    assert names.index(b"moov") < names.index(b"mdat")


def test_the_pictures_are_where_the_header_says() -> None:
    film = video(duration=60)
    inside = dict(boxes(film))
    (start,) = numbers(inside[b"stco"], 8, 1)
    pictures = inside[b"mdat"]
    sizes = numbers(inside[b"stsz"], 12, 10)
    assert film[start : start + sum(sizes)] == pictures[-sum(sizes) :]


def test_only_the_header_follows_the_settings() -> None:
    assert dict(boxes(video(duration=1)))[b"mdat"] == dict(boxes(video(duration=600)))[b"mdat"]
