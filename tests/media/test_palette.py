from hypothesis import given
from hypothesis import strategies as st

from mockserver.media.palette import BARS, INK, STEPS, Colour, palette


def luminance(colour: Colour) -> float:
    """Compute the relative luminance as WCAG 2.2 defines it."""
    red, green, blue = (part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(bright: Colour, dark: Colour) -> float:
    return (luminance(bright) + 0.05) / (luminance(dark) + 0.05)


@given(st.integers(0, 2**64 - 1))
def test_white_text_is_readable_on_every_background(key: int) -> None:
    assert min(contrast((255, 255, 255), colour) for colour in palette(key)[:INK]) >= 4.5


@given(st.integers(0, 2**64 - 1))
def test_bars_stand_out_from_the_gradient_and_from_each_other(key: int) -> None:
    colours = palette(key)
    gradient, bars = colours[:STEPS], colours[INK + 1 :]
    assert min(contrast(bar, colour) for bar in bars for colour in gradient) >= 3
    assert len(set(bars)) == BARS


def test_a_palette_fits_into_a_byte() -> None:
    assert len(palette(1842)) <= 256


def test_another_key_is_another_palette() -> None:
    assert len({palette(key)[0] for key in range(20)}) > 10
