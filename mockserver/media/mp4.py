"""Video as MP4: one film of the package, whose length and shape are numbers in its header; its frames are stretched."""

import struct
from pathlib import Path

from mockserver.media.output import Output

_FILM = Path(__file__).with_name("assets") / "film.mp4"
_LONGEST = 600


def video(output: Output) -> bytes:
    """Patch the film to last `duration`, from 1 s to 600 s, in `aspect_ratio`; prompt and key have no say."""
    film = bytearray(_FILM.read_bytes())
    length = output.milliseconds(longest=_LONGEST)
    width, height = output.size()
    # The film counts milliseconds, its track tenths of them, so each of the ten frames lasts `length` of these.
    # Offsets are those of version 0. Source: ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2, 8.6.1.2, 8.6.6, 12.1.4.
    _write(film, b"mvhd", 16, length)
    _write(film, b"tkhd", 20, length)
    _write(film, b"tkhd", 76, width << 16, height << 16)
    _write(film, b"elst", 8, length)
    _write(film, b"mdhd", 16, 10 * length)
    _write(film, b"stts", 12, length)
    _write(film, b"pasp", 0, width, height)  # its frames are square
    return bytes(film)


def _write(film: bytearray, box: bytes, offset: int, *numbers: int) -> None:
    """Put 32-bit numbers into the first box of that name; all these come before the pictures."""
    struct.pack_into(f">{len(numbers)}I", film, film.index(box) + len(box) + offset, *numbers)
