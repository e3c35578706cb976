"""How large text can be in a space: the largest scale at which all of it fits, else the smallest and an ellipsis."""

import textwrap
from typing import NamedTuple

from mockserver.media.font import ADVANCE, HEIGHT

LARGEST = 8
SMALLEST = 2

_BREAKABLE = 12
"""Characters from which on a word may be broken rather than set smaller."""

_LEADING = HEIGHT + 2
"""Dots from one line to the next."""


class Lettering(NamedTuple):
    """Wrapped lines and the pixels a dot."""

    lines: list[str]
    scale: int

    @property
    def line_height(self) -> int:
        """Pixels from one line to the next."""
        return _LEADING * self.scale

    @property
    def height(self) -> int:
        """Pixels from the top of the first line to the bottom of the last."""
        return max(0, len(self.lines) * self.line_height - (_LEADING - HEIGHT) * self.scale)


def lettering(text: str, width: int, height: int) -> Lettering:
    """Wrap text between words, long words anywhere, to fit into so many pixels; one small line is the least."""
    widest = min(_BREAKABLE, max(map(len, text.split(" "))))
    for scale in range(LARGEST, SMALLEST, -1):
        columns, rows = _room(width, height, scale)
        if widest > columns or len(text) > columns * rows:  # said at once: wrapping cannot make it shorter
            continue
        lines = textwrap.wrap(text, columns, break_on_hyphens=False)
        if len(lines) <= rows:
            return Lettering(lines, scale)
    columns, rows = _room(width, height, SMALLEST)
    lines = textwrap.wrap(text, columns, max_lines=max(1, rows), placeholder="…", break_on_hyphens=False)
    return Lettering(lines, SMALLEST)


def _room(width: int, height: int, scale: int) -> tuple[int, int]:
    """Count the columns and rows of characters at a scale."""
    return max(1, width // (ADVANCE * scale)), (height // scale + _LEADING - HEIGHT) // _LEADING
