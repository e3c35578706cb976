"""A picture: the colours of its key, rows of indices of these colours, and both encoded as PNG.

A row is painted a run of pixels at a time, because that is fast.
"""

import colorsys
import math
import re
import struct
import zlib
from collections.abc import Sequence

from mockserver.core.chance import secret
from mockserver.media.font import Lettering, dots

Colour = tuple[int, int, int]
"""Red, green and blue, each from 0 to 255."""

STEPS = 80
"""Colours from one end of the background's gradient to the other."""

LAYERS = 3
"""How often a shape may lighten the background: colour `layer * STEPS + step`."""

INK = STEPS * LAYERS
"""The index of the colour of text; the bars' colours follow."""

BARS = 4
"""How many colours there are for bars, from `INK + 1` on."""

# The contrast of white text to a background of this luminance is 1.05 / (0.16 + 0.05) = 5.
# Source: WCAG 2.2, success criterion 1.4.3 asks for 4.5.
_BRIGHTEST = 0.16
_DARKEST = 0.015


def palette(key: int) -> list[Colour]:
    """Choose all colours of a picture: the gradient's layers, the ink and the bars."""
    start, turn, *_ = secret(key, "colours")
    hue = start / 256
    other = hue + 0.06 + turn / 2048
    ends = [(_DARKEST * 2**layer, _BRIGHTEST / 2 ** (LAYERS - 1 - layer)) for layer in range(LAYERS)]
    layers = [colour for dark, bright in ends for colour in _gradient(shade(hue, dark), shade(other, bright))]
    bars = [shade(other + 0.3 + 0.09 * bar, 0.5) for bar in range(BARS)]
    return [*layers, (255, 255, 255), *bars]


def shade(hue: float, luminance: float) -> Colour:
    """Compute a saturated colour of that hue, in turns, and about that relative luminance, from 0 to 1."""
    red, green, blue = (part**2.2 for part in colorsys.hls_to_rgb(hue % 1, 0.5, 0.6))
    scale = luminance / (0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return _byte(red * scale), _byte(green * scale), _byte(blue * scale)


def _byte(linear: float) -> int:
    return round(255 * math.pow(min(linear, 1), 1 / 2.2))


def _gradient(start: Colour, end: Colour) -> list[Colour]:
    """Step evenly from one colour to another."""

    def mixed(step: int) -> Colour:
        red, green, blue = (a + (b - a) * step // (STEPS - 1) for a, b in zip(start, end, strict=True))
        return red, green, blue

    return [mixed(step) for step in range(STEPS)]


# One layer up; the top layer and all other colours stay.
_LIGHTER = bytes(index + STEPS if index < STEPS * (LAYERS - 1) else index for index in range(256))
_STROKE = re.compile("#+")


class Canvas:
    """Pixels to draw on, first filled with the palette's gradient from the top left to the bottom right."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        diagonal = bytes(place * STEPS // (width + height) for place in range(width + height))
        self.rows = [bytearray(diagonal[row : row + width]) for row in range(height)]

    def disc(self, x: int, y: int, radius: int) -> None:
        """Lighten a disc by one layer; it may lie partly outside."""
        for row in range(max(0, y - radius), min(self.height, y + radius)):
            half = math.isqrt(radius**2 - (row - y) ** 2)
            left, right = max(0, x - half), max(0, x + half)
            self.rows[row][left:right] = self.rows[row][left:right].translate(_LIGHTER)

    def fill(self, left: int, top: int, right: int, bottom: int, colour: int) -> None:
        """Paint a rectangle, right and bottom exclusive; the part outside the picture is left out."""
        left, right = max(0, left), min(self.width, right)
        run = bytes([colour]) * (right - left)
        for row in self.rows[max(0, top) : max(0, bottom)]:
            row[left : left + len(run)] = run

    def write(self, left: int, top: int, line: str, scale: int) -> None:
        """Write a drawable line in ink, each dot of the font `scale` pixels wide and high."""
        for row, strokes in enumerate(dots(line)):
            y = top + row * scale
            for stroke in _STROKE.finditer(strokes):
                self.fill(left + stroke.start() * scale, y, left + stroke.end() * scale, y + scale, INK)

    def write_all(self, left: int, top: int, text: Lettering) -> None:
        """Write all lines of a text."""
        for number, line in enumerate(text.lines):
            self.write(left, top + number * text.line_height, line, text.scale)


# Source: PNG Specification, third edition, 5.2 "PNG signature".
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(canvas: Canvas, palette: Sequence[Colour]) -> bytes:
    """Encode a picture whose pixels are indices of the palette."""
    # Eight bits deep, colour type 3 (palette), and the only compression, filter and interlace methods in use.
    header = struct.pack(">IIBBBBB", canvas.width, canvas.height, 8, 3, 0, 0, 0)
    colours = b"".join(map(bytes, palette))
    pixels = zlib.compress(b"".join(b"\0" + row for row in canvas.rows), 6)  # filter 0: a row as it is
    return (
        SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"PLTE", colours) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
