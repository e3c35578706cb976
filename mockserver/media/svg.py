"""The infographic as SVG: escaped text and rectangles; no script, no style sheet, nothing fetched."""

import unicodedata
from collections.abc import Iterator
from html import escape

from mockserver.media.asked import Asked
from mockserver.media.caption import caption
from mockserver.media.chart import TITLE_LIMIT, Bar, Chart, chart
from mockserver.media.font import ADVANCE
from mockserver.media.lettering import Lettering
from mockserver.media.palette import INK, STEPS, Colour, palette

_CAPITAL = 7
"""Dots from the top of a capital to the line it stands on."""

_EM = 10
"""The font size in dots at which a character of a monospaced font advances as ours does, six tenths of an em."""


def infographic(asked: Asked) -> bytes:
    """Draw the chart as an SVG document in UTF-8."""
    title = caption(asked.prompt, TITLE_LIMIT)
    plan, colours = chart(asked, title), palette(asked.key)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{plan.width}" height="{plan.height}" '
            f'viewBox="0 0 {plan.width} {plan.height}" font-family="monospace" fill="{_hex(colours[INK])}">',
            f"<title>{escape(title)}</title>",
            *_background(plan, colours),
            *_text(plan.margin, plan.margin, plan.title),
            *(line for bar, colour in zip(plan.bars, colours[INK + 1 :], strict=True) for line in _bar(bar, colour)),
            "</svg>\n",
        ]
    ).encode()


def _background(plan: Chart, colours: list[Colour]) -> Iterator[str]:
    yield '<linearGradient id="background" x2="1" y2="1">'
    yield f'<stop stop-color="{_hex(colours[0])}"/><stop offset="1" stop-color="{_hex(colours[STEPS - 1])}"/>'
    yield "</linearGradient>"
    yield f'<rect width="{plan.width}" height="{plan.height}" fill="url(#background)"/>'


def _bar(bar: Bar, colour: Colour) -> Iterator[str]:
    width, height = bar.right - bar.left, bar.bottom - bar.top
    yield f'<rect x="{bar.left}" y="{bar.top}" width="{width}" height="{height}" fill="{_hex(colour)}"/>'
    yield from _text(bar.left, bar.top - bar.label.line_height, bar.label)


def _text(left: int, top: int, text: Lettering) -> Iterator[str]:
    size = _em("".join(text.lines)) * text.scale
    for number, line in enumerate(text.lines):
        baseline = top + number * text.line_height + _CAPITAL * text.scale
        yield f'<text x="{left}" y="{baseline}" font-size="{size}">{escape(line)}</text>'


def _em(text: str) -> int:
    """Choose the font size in dots: full-width characters are an em wide, so text with them gets an em of one cell."""
    return ADVANCE if any(unicodedata.east_asian_width(character) in "WF" for character in text) else _EM


def _hex(colour: Colour) -> str:
    return f"#{bytes(colour).hex()}"
