"""A picture as rows of palette indices. Everything is drawn a run of pixels at a time, which is what makes it quick."""

import math
import re

from mockserver.media.font import dots
from mockserver.media.palette import INK, LAYERS, STEPS

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
        """Paint a rectangle, right and bottom exclusive; what lies outside is left out."""
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
