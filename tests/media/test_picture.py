"""The pictures are read back by a decoder in this file, which shares no code with the encoder."""

import struct
import zlib
from typing import NamedTuple

import pytest

from mockserver.media import render

WHITE = (255, 255, 255)


class Picture(NamedTuple):
    """A decoded PNG: rows of colours, and the same as indices of the palette."""

    width: int
    height: int
    rows: list[list[tuple[int, ...]]]
    pixels: bytes

    def ink(self) -> int:
        """Count the white pixels."""
        return sum(row.count(WHITE) for row in self.rows)


def decoded(png: bytes) -> Picture:
    """Decode a PNG with a palette and unfiltered rows; anything else fails."""
    assert png[:8] == bytes([137, 80, 78, 71, 13, 10, 26, 10])
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        name, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert png[place + 8 + length : place + 12 + length] == struct.pack(">I", zlib.crc32(name + data))
        assert name not in chunks
        chunks[name] = data
        place += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert form == [8, 3, 0, 0, 0]
    colours = [tuple(chunks[b"PLTE"][entry : entry + 3]) for entry in range(0, len(chunks[b"PLTE"]), 3)]
    pixels = zlib.decompress(chunks[b"IDAT"])
    assert len(pixels) == height * (1 + width)
    lines = [pixels[start : start + 1 + width] for start in range(0, len(pixels), 1 + width)]
    assert {line[0] for line in lines} == {0}
    return Picture(width, height, [[colours[pixel] for pixel in line[1:]] for line in lines], pixels)


def image(prompt: str, aspect_ratio: str = "16:9", key: int = 1842) -> Picture:
    return decoded(render("image", {"aspect_ratio": aspect_ratio}, prompt, key))


@pytest.mark.parametrize(("aspect_ratio", "ratio"), [("16:9", 16 / 9), ("9:16", 9 / 16), ("1:1", 1), ("21:9", 21 / 9)])
@pytest.mark.parametrize("generation_type", ["image", "infographic"])
def test_a_picture_decodes_in_the_asked_ratio(generation_type: str, aspect_ratio: str, ratio: float) -> None:
    settings = {"aspect_ratio": aspect_ratio, "format": "png"}
    picture = decoded(render(generation_type, settings, "A neon city skyline at dusk", 1842))
    assert picture.width / picture.height == ratio


def test_a_picture_without_a_prompt_has_no_letters() -> None:
    assert image("").ink() == 0


def test_the_letters_of_the_prompt_are_on_the_picture() -> None:
    one, two = image("I").ink(), image("II").ink()
    assert one > 0
    assert two == 2 * one


def test_the_ink_of_a_letter_is_that_of_the_font() -> None:
    dots_in_a_hyphen, dot = 3, 8 * 8
    assert image("-").ink() == dots_in_a_hyphen * dot


def test_letters_can_be_read_back_from_the_pixels() -> None:
    rows = image("T").rows
    written = [row for row in rows if WHITE in row]
    bar, stem = written[0].count(WHITE), written[-1].count(WHITE)
    assert (len(written), bar, stem) == (7 * 8, 5 * 8, 8)


def test_other_prompts_and_other_keys_give_other_pictures() -> None:
    pictures = [image("a"), image("b"), image("東"), image("京"), image("a", key=7)]
    assert len({str(picture.rows) for picture in pictures}) == len(pictures)


def test_another_key_gives_another_landscape_and_not_only_other_colours() -> None:
    assert len({image("", key=key).pixels for key in range(5)}) == 5


@pytest.mark.parametrize("aspect_ratio", ["16:9", "1:3", "3:1"])
def test_a_prompt_too_long_stays_inside_the_margin(aspect_ratio: str) -> None:
    picture = image("skyscrapers and rain " * 500, aspect_ratio)
    margin = min(picture.width, picture.height) // 10
    inside = sum(row[margin:-margin].count(WHITE) for row in picture.rows[margin:-margin])
    assert inside == picture.ink() > 1000


def test_bars_of_an_infographic_stand_on_one_line() -> None:
    picture = decoded(render("infographic", {"format": "png"}, "Growth", 1842))
    margin = picture.height // 12
    last, below = picture.rows[-margin - 1], picture.rows[-margin]
    runs = [
        colour for colour, before in zip(last, [None, *last], strict=False) if colour != before and max(colour) > 180
    ]
    assert len(runs) == 4
    assert max(max(colour) for colour in below) < 180


def test_pictures_are_tens_of_kilobytes() -> None:
    assert len(render("image", {}, "The quick brown fox " * 100, 1842)) < 64 * 1024
