"""The colours of one picture, from its key. Whatever the hue, everything behind text is dark enough for white text."""

import colorsys
import math

from mockserver.core.chance import secret

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
