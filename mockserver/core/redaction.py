"""Headers, links and bodies without their secrets. A secret is known by its name."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

Headers = tuple[tuple[bytes, bytes], ...]

REDACTED: Final = b"[redacted]"

_NAMES: Final = (b"password", b"token", b"secret", b"signature", b"api_key", b"api-key", b"apikey")
"""Endings of the name of a secret: an `access_token` is a secret, a `token_type` is not."""

_LONGEST: Final = 6 * max(map(len, _NAMES))
"""Bytes of the longest of them, with all its letters escaped."""

_OF_HEADERS: Final = re.compile("|".join(["authorization", "cookie", *(name.decode() for name in _NAMES)]))
"""Parts of the name of a header, parameter or field whose value is a secret."""

# Without one of these a text has no name of a secret, however it is spelt; of most texts that is soon said.
_SIGNS: Final = ("password", "token", "secret", "signature", "key", "\\u00", "%")

_NAMED: Final = re.compile(rb'=|"\s*:\s*')
"""The text between a name and its value, in forms, links and JSON."""

# A text that was cut short may end within a value. A nested value in JSON is removed with everything after it.
_IN_FORM: Final = re.compile(rb'[^&\s"]*')
_IN_JSON: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*\\?"?|[\[{].*|[^\s,}\]]*', re.DOTALL)

_ESCAPED: Final = re.compile(rb"\\u00([0-9a-f]{2})")
_SIGNED: Final = re.compile(rb'(signature=)[^&\s"]+')


# Texts are searched as `str`: to look for bytes in bytes costs five times as much, since those may be a number first.
def linked(text: bytes) -> bool:
    """Tell at a glance whether a text of our own may have a secret in it, a signed link or a token."""
    told = text.decode("latin-1")
    return "signature=" in told or "token" in told


def suspect(text: bytes) -> bool:
    """Tell at a glance whether a text may have a secret in it."""
    folded = text.decode("latin-1").lower()
    for sign in _SIGNS:  # noqa: SIM110 - each body is asked, and `any` takes twice as long
        if sign in folded:
            return True
    return False


def unsigned(text: bytes) -> bytes:
    """Return a text of our own, that has no other secrets, without the signatures of its links."""
    return _SIGNED.sub(rb"\1" + REDACTED, text)


def clean(text: bytes) -> bytes:
    """Return a body, link or header without its secrets: as it is where it has none.

    They are the values of parameters, form fields and JSON members; a multipart body that may have one goes whole.
    """
    if not suspect(text):
        return text
    if b"content-disposition" in text.lower():
        return REDACTED
    kept, done = [], 0
    for named in _NAMED.finditer(text):
        start, end = named.span()
        if start >= done and _names_secret(text[max(start - _LONGEST, done) : start]):
            in_form = named[0] == b"="
            kept += [text[done:end], REDACTED if in_form else b'"' + REDACTED + b'"']
            value = (_IN_FORM if in_form else _IN_JSON).match(text, end)
            done = end if value is None else value.end()
    return b"".join([*kept, text[done:]])


def _names_secret(text: bytes) -> bool:
    """Tell whether a text ends with the name of a secret, of which letters may be escaped as forms and JSON do."""
    if b"%" in text or b"\\u00" in text:
        text = _ESCAPED.sub(lambda escaped: bytes.fromhex(escaped[1].decode()), unquote_to_bytes(text.lower()))
    return text.lower().endswith(_NAMES)


@lru_cache(maxsize=1024)
def secret(name: str) -> bool:
    """Tell whether the value of a header, parameter or field of this name is a secret."""
    return _OF_HEADERS.search(name.lower()) is not None


@lru_cache(maxsize=256)
def harmless(headers: Headers) -> Headers:
    """Return headers without tokens, keys, cookies and signatures: themselves where they have none.

    The same ones come again and again, so the last are remembered.
    """
    kept = tuple((name, _harmless(name, value)) for name, value in headers)
    return headers if kept == headers else kept


def _harmless(name: bytes, value: bytes) -> bytes:
    if secret(name.decode("latin-1")):
        return REDACTED
    return clean(value) if b"=" in value else value
