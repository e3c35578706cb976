"""Pictures as PNG: the prompt over hills and a sun in the key's colours, and the infographic where pixels are asked."""

from mockserver.core.chance import secret
from mockserver.media.asked import Asked
from mockserver.media.canvas import Canvas
from mockserver.media.caption import caption
from mockserver.media.chart import TITLE_LIMIT, chart
from mockserver.media.font import drawable
from mockserver.media.lettering import Lettering, lettering
from mockserver.media.palette import INK, palette
from mockserver.media.png import encode

_PROMPT_LIMIT = 2000
"""More characters than fit on any picture, fewer than cost time."""


def image(asked: Asked) -> bytes:
    """Draw a PNG of the asked aspect ratio with the prompt on it, as large as fits."""
    canvas = Canvas(*asked.size())
    _landscape(canvas, asked.key)
    margin = min(canvas.width, canvas.height) // 10
    room = canvas.width - 2 * margin, canvas.height - 2 * margin
    text = lettering(drawable(caption(asked.prompt, _PROMPT_LIMIT)), *room)
    _write(canvas, margin, (canvas.height - text.height) // 2, text)
    return encode(canvas, palette(asked.key))


def infographic(asked: Asked) -> bytes:
    """Draw the chart as PNG."""
    plan = chart(asked, drawable(caption(asked.prompt, TITLE_LIMIT)))
    canvas = Canvas(plan.width, plan.height)
    _write(canvas, plan.margin, plan.margin, plan.title)
    for number, bar in enumerate(plan.bars, start=1):
        canvas.fill(bar.left, bar.top, bar.right, bar.bottom, INK + number)
        _write(canvas, bar.left, bar.top - bar.label.line_height, bar.label)
    return encode(canvas, palette(asked.key))


def _landscape(canvas: Canvas, key: int) -> None:
    """Lighten a sun and two hills, which are discs with their centres below the picture."""
    sun_x, sun_y, left_hill, right_hill, *_ = secret(key, "landscape")
    width, height, short = canvas.width, canvas.height, min(canvas.width, canvas.height)
    canvas.disc(width * (64 + sun_x // 2) // 256, height * (40 + sun_y // 4) // 256, short // 5)
    for x, rise in ((width // 5, left_hill), (width * 4 // 5, right_hill)):
        canvas.disc(x, height + width * 3 // 4 - height * (48 + rise // 4) // 256, width * 3 // 4)


def _write(canvas: Canvas, left: int, top: int, text: Lettering) -> None:
    for number, line in enumerate(text.lines):
        canvas.write(left, top + number * text.line_height, line, text.scale)
