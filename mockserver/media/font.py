"""A bitmap font of five by seven dots and two for descenders (printable ASCII), and text set in it as large as fits."""

import textwrap
import unicodedata
from typing import NamedTuple

HEIGHT = 9
"""Dots from the top of a capital to the bottom of a descender."""

ADVANCE = 6
"""Dots from one character to the next; all are as wide."""

_SHEET = """
..... ..#.. .#.#. .#.#. ..#.. ##..# .##.. ..#.. ...#. .#... ..... ..... ..... ..... ..... ....#
..... ..#.. .#.#. .#.#. .#### ##..# #..#. ..#.. ..#.. ..#.. ..#.. ..#.. ..... ..... ..... ....#
..... ..#.. .#.#. ##### #.#.. ...#. #.#.. ..#.. .#... ...#. #.#.# ..#.. ..... ..... ..... ...#.
..... ..#.. ..... .#.#. .###. ..#.. .#... ..... .#... ...#. .###. ##### ..... .###. ..... ..#..
..... ..#.. ..... ##### ..#.# .#... #.#.# ..... .#... ...#. #.#.# ..#.. ..... ..... ..... .#...
..... ..... ..... .#.#. ####. #..## #..#. ..... ..#.. ..#.. ..#.. ..#.. ..#.. ..... .##.. #....
..... ..#.. ..... .#.#. ..#.. #..## .##.# ..... ...#. .#... ..... ..... ..#.. ..... .##.. #....
..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .#... ..... ..... .....
..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....

.###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###. ..... ..... ...#. ..... .#... .###.
#...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...# .##.. .##.. ..#.. ..... ..#.. #...#
#..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...# .##.. .##.. .#... ##### ...#. ....#
#.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .#### ..... ..... #.... ..... ....# ...#.
##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....# ..... ..... .#... ##### ...#. ..#..
#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#. .##.. .##.. ..#.. ..... ..#.. .....
.###. .###. ##### .###. ...#. .###. .###. .#... .###. .##.. .##.. ..#.. ...#. ..... .#... ..#..
..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .#... ..... ..... ..... .....
..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....

.###. ..#.. ####. .###. ###.. ##### ##### .###. #...# .###. ..### #...# #.... #...# #...# .###.
#...# .#.#. #...# #...# #..#. #.... #.... #...# #...# ..#.. ...#. #..#. #.... ##.## ##..# #...#
#.### #...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #.#.. #.... #.#.# ##..# #...#
#.#.# #...# ####. #.... #...# ####. ####. #.### ##### ..#.. ...#. ##... #.... #.#.# #.#.# #...#
#.### ##### #...# #.... #...# #.... #.... #...# #...# ..#.. ...#. #.#.. #.... #...# #..## #...#
#.... #...# #...# #...# #..#. #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...# #..## #...#
.###. #...# ####. .###. ###.. ##### #.... .#### #...# .###. .##.. #...# ##### #...# #...# .###.
..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....
..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....

####. .###. ####. .#### ##### #...# #...# #...# #...# #...# ##### .###. #.... .###. ..#.. .....
#...# #...# #...# #.... ..#.. #...# #...# #...# #...# #...# ....# .#... #.... ...#. .#.#. .....
#...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#. .#... .#... ...#. #...# .....
####. #...# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#.. .#... ..#.. ...#. ..... .....
#.... #.#.# #.#.. ....# ..#.. #...# .#.#. #.#.# .#.#. ..#.. .#... .#... ...#. ...#. ..... .....
#.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## #...# ..#.. #.... .#... ....# ...#. ..... .....
#.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. ##### .###. ....# .###. ..... .....
..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... #####
..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....

.#... ..... #.... ..... ....# ..... ..##. ..... #.... ..#.. ...#. #.... .##.. ..... ..... .....
..#.. ..... #.... ..... ....# ..... .#... ..... #.... ..... ..... #.... ..#.. ..... ..... .....
..... .###. ####. .###. .#### .###. ####. .#### ####. .##.. ..##. #..#. ..#.. ##.#. ####. .###.
..... ....# #...# #...# #...# #...# .#... #...# #...# ..#.. ...#. #.#.. ..#.. #.#.# #...# #...#
..... .#### #...# #.... #...# ##### .#... #...# #...# ..#.. ...#. ##... ..#.. #.#.# #...# #...#
..... #...# #...# #...# #...# #.... .#... #...# #...# ..#.. ...#. #.#.. ..#.. #.#.# #...# #...#
..... .#### ####. .###. .#### .###. .#... .#### #...# .###. ...#. #..#. .###. #.#.# #...# .###.
..... ..... ..... ..... ..... ..... ..... ....# ..... ..... #..#. ..... ..... ..... ..... .....
..... ..... ..... ..... ..... ..... ..... .###. ..... ..... .##.. ..... ..... ..... ..... .....

..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ...## ..#.. ##... ..... .....
..... ..... ..... ..... .#... ..... ..... ..... ..... ..... ..... ..#.. ..#.. ..#.. ..... .....
####. .#### #.##. .#### ####. #...# #...# #...# #...# #...# ##### ..#.. ..#.. ..#.. .#..# .....
#...# #...# ##..# #.... .#... #...# #...# #.#.# .#.#. #...# ...#. .#... ..#.. ...#. #.#.# .....
#...# #...# #.... .###. .#... #...# #...# #.#.# ..#.. #...# ..#.. ..#.. ..#.. ..#.. #..#. .....
#...# #...# #.... ....# .#... #...# .#.#. #.#.# .#.#. #...# .#... ..#.. ..#.. ..#.. ..... .....
####. .#### #.... ####. ..##. .#### ..#.. .#.#. #...# .#### ##### ...## ..#.. ##... ..... #.#.#
#.... ....# ..... ..... ..... ..... ..... ..... ..... ....# ..... ..... ..... ..... ..... .....
#.... ....# ..... ..... ..... ..... ..... ..... ..... .###. ..... ..... ..... ..... ..... .....
"""

# Letters and marks that have no decomposition of their own but an obvious stand-in.
_STAND_INS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‹›′", "'"),
        **dict.fromkeys("“”„«»″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("•·", "*"),
        **dict(zip("×÷øØłŁđĐðÐı", "x/oOlLdDdDi", strict=True)),
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "þ": "th",
        "Þ": "Th",
    }
)

_UNDRAWN = {"Mn", "Me", "Cf"}
"""Categories without a place of their own: accents, enclosures, joiners and direction marks."""


def drawable(text: str) -> str:
    """Fold text to characters of one cell each: accents are dropped, compatibility forms become plain."""
    folded = unicodedata.normalize("NFKD", text.translate(_STAND_INS))
    return "".join(character for character in folded if unicodedata.category(character) not in _UNDRAWN)


def dots(line: str) -> list[str]:
    """Compute the nine rows of a drawable line, `#` for ink and `.` for none, `ADVANCE` for each character."""
    glyphs = [_GLYPHS.get(character) or _box(character) for character in line]
    return ["".join(glyph[row] + "." for glyph in glyphs) for row in range(HEIGHT)]


def _box(character: str) -> tuple[str, ...]:
    """Draw a frame for a character that the font lacks; inside, its code in fifteen dots, so that two differ."""
    code = f"{ord(character) & 0x7FFF:015b}".replace("0", ".").replace("1", "#")
    inside = (f"#{code[dot : dot + 3]}#" for dot in range(0, 15, 3))
    return "#####", *inside, "#####", ".....", "....."


def _glyphs() -> dict[str, tuple[str, ...]]:
    """Cut the sheet into its cells: bands of sixteen characters, from the space to the tilde and the ellipsis."""
    characters = [*map(chr, range(0x20, 0x7F)), "…"]
    cells = [
        cell for band in _SHEET.strip().split("\n\n") for cell in zip(*map(str.split, band.splitlines()), strict=True)
    ]
    return dict(zip(characters, cells, strict=True))


_GLYPHS = _glyphs()


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
