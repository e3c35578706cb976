"""An infographic, a title above bars, laid out once and drawn as SVG or PNG.

The SVG has escaped text and rectangles, but no script, no style sheet and no link.
"""

import unicodedata
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from mockserver.core.chance import secret
from mockserver.media.canvas import BARS, INK, STEPS, Canvas, Colour, encode, palette
from mockserver.media.font import ADVANCE, Lettering, drawable, lettering
from mockserver.media.output import Output
from mockserver.media.prose import caption

TITLE_LIMIT = 160
"""Characters of the prompt that a title shows at most."""


class Bar(NamedTuple):
    """A bar in pixels, right and bottom exclusive, and the label above it."""

    left: int
    top: int
    right: int
    bottom: int
    label: Lettering


class Chart(NamedTuple):
    """Where everything is, in pixels; the title begins a margin from the top and the left."""

    width: int
    height: int
    margin: int
    title: Lettering
    bars: list[Bar]


def chart(output: Output, title: str) -> Chart:
    """Lay an infographic out: the title in the upper third, the key's figures as bars below it."""
    width, height = output.size()
    margin = min(width, height) // 12
    pitch = (width - 2 * margin) // BARS
    bars = []
    for number, roll in enumerate(secret(output.key, "figures")[:BARS]):
        percent = 20 + roll * 79 // 255
        left, bottom = margin + number * pitch, height - margin
        top = bottom - percent * (height // 2 - margin) // 100
        bars.append(
            Bar(left, top, left + pitch * 4 // 5, bottom, lettering(f"{percent}%", pitch * 4 // 5, margin * 3 // 4))
        )
    return Chart(width, height, margin, lettering(title, width - 2 * margin, height // 3 - margin), bars)


def png(output: Output) -> bytes:
    """Draw the chart as PNG."""
    plan = chart(output, drawable(caption(output.prompt, TITLE_LIMIT)))
    canvas = Canvas(plan.width, plan.height)
    canvas.write_all(plan.margin, plan.margin, plan.title)
    for number, bar in enumerate(plan.bars, start=1):
        canvas.fill(bar.left, bar.top, bar.right, bar.bottom, INK + number)
        canvas.write_all(bar.left, bar.top - bar.label.line_height, bar.label)
    return encode(canvas, palette(output.key))


_CAPITAL = 7
"""Dots from the top of a capital to the line it stands on."""

_EM = 10
"""The font size in dots at which a character of a monospaced font advances as ours does, six tenths of an em."""


def svg(output: Output) -> bytes:
    """Draw the chart as an SVG document in UTF-8."""
    title = caption(output.prompt, TITLE_LIMIT)
    plan, colours = chart(output, title), palette(output.key)
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
