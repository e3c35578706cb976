"""Bytes and words for outputs, made on demand. All follow from the arguments: nothing remembered, nothing fetched."""

from collections.abc import Callable, Mapping

import msgspec

from mockserver.media.asked import Asked
from mockserver.media.prose import words

__all__ = ["Kind", "kind", "render", "words"]


class Kind(msgspec.Struct, frozen=True):
    """What a file is."""

    extension: str
    """Without a dot."""

    content_type: str


_PNG = Kind("png", "image/png")
_MP4 = Kind("mp4", "video/mp4")
_SVG = Kind("svg", "image/svg+xml")
_WAV = Kind("wav", "audio/wav")

_KINDS = {"image": _PNG, "video": _MP4, "voice": _WAV, "music": _WAV, "infographic": _SVG}


def kind(generation_type: str, settings: Mapping[str, object]) -> Kind:
    """Say what file an output of this type is; `text` has none."""
    if generation_type == "infographic" and settings.get("format") == "png":
        return _PNG
    return _KINDS[generation_type]


def render(generation_type: str, settings: Mapping[str, object], prompt: str, key: int) -> bytes:
    """Make the file of one output.

    `settings` and `prompt` may be anything that a client sent: the unreadable gets a default, the excessive is cut.
    `key` is the output's own number, not negative: the same arguments give the same bytes, in every process.
    """
    return _maker(generation_type, kind(generation_type, settings))(Asked(settings, prompt, key))


def _maker(generation_type: str, made: Kind) -> Callable[[Asked], bytes]:
    # Not at the top: whoever starts the server waits for what only a file that is asked for needs.
    from mockserver.media import mp4, picture, svg, wav

    if generation_type == "infographic":
        return picture.infographic if made is _PNG else svg.infographic
    return {"image": picture.image, "video": mp4.video, "voice": wav.voice, "music": wav.music}[generation_type]
