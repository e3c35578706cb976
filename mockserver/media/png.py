"""PNG with a palette, in the standard library: a byte a pixel compresses better than three, and colours come last."""

import struct
import zlib
from collections.abc import Sequence

from mockserver.media.canvas import Canvas
from mockserver.media.palette import Colour

# Source: PNG Specification, third edition, 5.2 "PNG signature".
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(canvas: Canvas, palette: Sequence[Colour]) -> bytes:
    """Encode a picture whose pixels are indices of the palette."""
    # Eight bits deep, colour type 3 (palette), and the only compression, filter and interlace methods in use.
    header = struct.pack(">IIBBBBB", canvas.width, canvas.height, 8, 3, 0, 0, 0)
    colours = b"".join(map(bytes, palette))
    pixels = zlib.compress(b"".join(b"\0" + row for row in canvas.rows), 6)  # filter 0: a row as it is
    return (
        SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"PLTE", colours) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
