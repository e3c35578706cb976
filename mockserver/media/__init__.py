"""Files and texts of outputs, made on demand from the arguments alone: nothing is stored, nothing is fetched."""

from collections.abc import Callable, Mapping

import msgspec

from mockserver.media.output import Output
from mockserver.media.prose import words, written

__all__ = ["Kind", "kind", "render", "words", "written"]


class Kind(msgspec.Struct, frozen=True):
    """The kind of a file."""

    extension: str
    """Without a dot."""

    content_type: str


_PNG = Kind("png", "image/png")
_MP4 = Kind("mp4", "video/mp4")
_SVG = Kind("svg", "image/svg+xml")
_WAV = Kind("wav", "audio/wav")

_KINDS = {"image": _PNG, "video": _MP4, "voice": _WAV, "music": _WAV, "infographic": _SVG}


def kind(generation_type: str, settings: Mapping[str, object]) -> Kind:
    """Return the kind of file for an output of this type; `text` has none."""
    if generation_type == "infographic" and settings.get("format") == "png":
        return _PNG
    return _KINDS[generation_type]


def render(generation_type: str, settings: Mapping[str, object], prompt: str, key: int) -> bytes:
    """Make the file of one output.

    `settings` and `prompt` may hold anything: an unreadable value gets its default, an excessive one is cut.
    `key` is the output's own number, not negative: the same arguments give the same bytes, in every process.
    """
    return _maker(generation_type, kind(generation_type, settings))(Output(settings, prompt, key))


def _maker(generation_type: str, made: Kind) -> Callable[[Output], bytes]:
    # Not at the top: only a request for a file needs these modules, and a start would wait for their import.
    from mockserver.media import infographic, mp4, picture, wav

    if generation_type == "infographic":
        return infographic.png if made is _PNG else infographic.svg
    return {"image": picture.image, "video": mp4.video, "voice": wav.voice, "music": wav.music}[generation_type]
