"""A picture's pixels and its colours."""

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mockserver.media.canvas import BARS, INK, LAYERS, STEPS, Canvas, Colour, palette

NUMBER = st.integers(-30, 60)


def test_a_canvas_begins_as_the_gradient() -> None:
    rows = Canvas(30, 20).rows
    assert (rows[0][0], rows[19][29]) == (0, 48 * STEPS // 50)
    assert all(before <= after for row in rows for before, after in pairwise(row))
    assert [row[0] for row in rows] == list(rows[0][:20])


def test_a_rectangle_is_filled_between_its_sides() -> None:
    canvas = Canvas(8, 4)
    canvas.fill(2, 1, 5, 3, INK)
    assert [[x for x in range(8) if row[x] == INK] for row in canvas.rows] == [[], [2, 3, 4], [2, 3, 4], []]


def test_discs_lighten_up_to_the_last_layer() -> None:
    canvas = Canvas(9, 9)
    middle = canvas.rows[4][4]
    layers = []
    for _ in range(LAYERS + 1):
        canvas.disc(4, 4, 3)
        layers.append((canvas.rows[4][4] - middle) // STEPS)
    assert layers == [1, 2, 2, 2]
    assert canvas.rows[0][0] == 0


@given(NUMBER, NUMBER, st.integers(0, 40))
def test_a_disc_is_round_wherever_it_lies(x: int, y: int, radius: int) -> None:
    before, after = Canvas(20, 10), Canvas(20, 10)
    after.disc(x, y, radius)
    for row in range(10):
        for column in range(20):
            distance = math.dist((x, y), (column + 0.5, row + 0.5))
            if abs(distance - radius) > 1.5:
                lighter = after.rows[row][column] - before.rows[row][column] == STEPS
                assert lighter == (distance < radius)


def test_a_letter_is_written_in_squares_of_its_scale() -> None:
    canvas = Canvas(20, 20)
    canvas.write(1, 2, "-", 3)
    inked = [(x, y) for y in range(20) for x in range(20) if canvas.rows[y][x] == INK]
    assert inked == [(x, y) for y in range(11, 14) for x in range(4, 13)]


@given(NUMBER, NUMBER, NUMBER, NUMBER)
def test_nothing_drawn_changes_the_size(left: int, top: int, right: int, bottom: int) -> None:
    canvas = Canvas(20, 10)
    canvas.fill(left, top, right, bottom, INK)
    canvas.disc(left, top, abs(right))
    canvas.write(right, bottom, "Wide", 2)
    assert [len(row) for row in canvas.rows] == [20] * 10


@given(NUMBER, NUMBER, NUMBER, NUMBER)
def test_pixels_outside_the_canvas_are_left_out(left: int, top: int, right: int, bottom: int) -> None:
    canvas = Canvas(20, 10)
    canvas.fill(left, top, right, bottom, INK)
    across, down = range(max(0, left), min(20, right)), range(max(0, top), min(10, bottom))
    assert sum(row.count(INK) for row in canvas.rows) == len(across) * len(down)


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


def test_another_key_gives_another_palette() -> None:
    assert len({palette(key)[0] for key in range(20)}) > 10
