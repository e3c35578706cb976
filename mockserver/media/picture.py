"""The picture of an `image` generation as PNG: its prompt over hills and a sun, in colours that follow from the key."""

from mockserver.core.chance import secret
from mockserver.media.canvas import Canvas, encode, palette
from mockserver.media.font import drawable, lettering
from mockserver.media.output import Output
from mockserver.media.prose import caption

_PROMPT_LIMIT = 2000
"""More characters than fit on any picture, fewer than cost time."""


def image(output: Output) -> bytes:
    """Draw a PNG of the asked aspect ratio with the prompt on it, as large as fits."""
    canvas = Canvas(*output.size())
    _landscape(canvas, output.key)
    margin = min(canvas.width, canvas.height) // 10
    room = canvas.width - 2 * margin, canvas.height - 2 * margin
    text = lettering(drawable(caption(output.prompt, _PROMPT_LIMIT)), *room)
    canvas.write_all(margin, (canvas.height - text.height) // 2, text)
    return encode(canvas, palette(output.key))


def _landscape(canvas: Canvas, key: int) -> None:
    """Lighten a sun and two hills, which are discs with their centres below the picture."""
    sun_x, sun_y, left_hill, right_hill, *_ = secret(key, "landscape")
    width, height, short = canvas.width, canvas.height, min(canvas.width, canvas.height)
    canvas.disc(width * (64 + sun_x // 2) // 256, height * (40 + sun_y // 4) // 256, short // 5)
    for x, rise in ((width // 5, left_hill), (width * 4 // 5, right_hill)):
        canvas.disc(x, height + width * 3 // 4 - height * (48 + rise // 4) // 256, width * 3 // 4)
