"""Bytes and words for outputs, made on demand. All follow from the arguments: nothing remembered, nothing fetched."""

from collections.abc import Callable, Mapping

import msgspec

from mockserver.media import mp4, picture, svg, wav
from mockserver.media.asked import Asked
from mockserver.media.prose import words

__all__ = ["Kind", "kind", "render", "words"]


class Kind(msgspec.Struct, frozen=True):
    """What a file is."""

    extension: str
    """Without a dot."""

    content_type: str


class _Medium(msgspec.Struct, frozen=True):
    """A kind of file and who makes it."""

    kind: Kind
    make: Callable[[Asked], bytes]


_PNG = Kind("png", "image/png")
_MP4 = Kind("mp4", "video/mp4")
_SVG = Kind("svg", "image/svg+xml")
_WAV = Kind("wav", "audio/wav")

_MEDIA = {
    "image": _Medium(_PNG, picture.image),
    "video": _Medium(_MP4, mp4.video),
    "voice": _Medium(_WAV, wav.voice),
    "music": _Medium(_WAV, wav.music),
    "infographic": _Medium(_SVG, svg.infographic),
}
_INFOGRAPHIC_IN_PIXELS = _Medium(_PNG, picture.infographic)


def kind(generation_type: str, settings: Mapping[str, object]) -> Kind:
    """Say what file an output of this type is; `text` has none."""
    return _medium(generation_type, settings).kind


def render(generation_type: str, settings: Mapping[str, object], prompt: str, key: int) -> bytes:
    """Make the file of one output.

    `settings` and `prompt` may be anything that a client sent: the unreadable gets a default, the excessive is cut.
    `key` is the output's own number, not negative: the same arguments give the same bytes, in every process.
    """
    return _medium(generation_type, settings).make(Asked(settings, prompt, key))


def _medium(generation_type: str, settings: Mapping[str, object]) -> _Medium:
    if generation_type == "infographic" and settings.get("format") == "png":
        return _INFOGRAPHIC_IN_PIXELS
    return _MEDIA[generation_type]
