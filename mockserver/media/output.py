"""The settings of one output. No setting is an error: an unreadable value gets its default, others are clamped."""

import math
import re
from collections.abc import Mapping

import msgspec

LONG_SIDE = 768
"""Pixels of the longer side of a picture, approximately."""

STEEPEST = 3
"""The largest ratio between the two sides of a picture."""

DURATION = 5
"""The default length in seconds."""

_RATIO = re.compile(r"\s*(\d{1,5})(?:\.(\d{1,3}))?\s*[:x/×]\s*(\d{1,5})(?:\.(\d{1,3}))?\s*", re.ASCII)


class Output(msgspec.Struct, frozen=True):
    """One output to make."""

    settings: Mapping[str, object]
    """The client's settings, not validated."""

    prompt: str

    key: int
    """The number of the output; all choices follow from it."""

    def size(self) -> tuple[int, int]:
        """Compute width and height in pixels from `aspect_ratio`, such as `16:9`; exact where whole pixels allow."""
        across, down = _ratio(self.settings.get("aspect_ratio"))
        across, down = min(across, STEEPEST * down), min(down, STEEPEST * across)
        divisor = math.gcd(across, down)
        longer = max(across, down) // divisor
        if longer > LONG_SIDE:
            return round(across / divisor * LONG_SIDE / longer), round(down / divisor * LONG_SIDE / longer)
        factor = round(LONG_SIDE / longer)
        return across // divisor * factor, down // divisor * factor

    def milliseconds(self, *, longest: int) -> int:
        """Compute a length from `duration`, a number of seconds or its text: from 1 s to `longest` seconds."""
        return round(1000 * min(max(_seconds(self.settings.get("duration")), 1), longest))


def _ratio(value: object) -> tuple[int, int]:
    """Read `W:H` in thousandths; an unreadable ratio is square."""
    match = _RATIO.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return 1, 1
    across, across_part, down, down_part = match.groups(default="")
    ratio = int(across + across_part.ljust(3, "0")), int(down + down_part.ljust(3, "0"))
    return ratio if all(ratio) else (1, 1)


def _seconds(value: object) -> int | float:
    """Read a number of any size; an unreadable one is the default."""
    try:
        seconds = float(value) if isinstance(value, str) else value
    except ValueError:
        return DURATION
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds != seconds:  # noqa: PLR0124 (NaN)
        return DURATION
    return seconds
