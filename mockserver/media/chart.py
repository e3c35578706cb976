"""An infographic as places and numbers: a title above bars. Both formats draw this one chart, so they look alike."""

from typing import NamedTuple

from mockserver.core.chance import secret
from mockserver.media.asked import Asked
from mockserver.media.lettering import Lettering, lettering
from mockserver.media.palette import BARS

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


def chart(asked: Asked, title: str) -> Chart:
    """Lay an infographic out: the title in the upper third, the key's figures as bars below it."""
    width, height = asked.size()
    margin = min(width, height) // 12
    pitch = (width - 2 * margin) // BARS
    bars = []
    for number, roll in enumerate(secret(asked.key, "figures")[:BARS]):
        percent = 20 + roll * 79 // 255
        left, bottom = margin + number * pitch, height - margin
        top = bottom - percent * (height // 2 - margin) // 100
        bars.append(
            Bar(left, top, left + pitch * 4 // 5, bottom, lettering(f"{percent}%", pitch * 4 // 5, margin * 3 // 4))
        )
    return Chart(width, height, margin, lettering(title, width - 2 * margin, height // 3 - margin), bars)
