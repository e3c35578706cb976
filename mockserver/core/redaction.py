"""Headers, links and bodies without their secrets. A secret is known by the words of its name, a token by its form.

The words are those that redaction lists agree on. Source: the default lists of Sentry's Python SDK and of Rails'
parameter filter, and the parameters of signed links of AWS, Azure and Google. Words are compared, not their parts: an
`auth` is a secret, an `author` is not.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final
from urllib.parse import unquote_to_bytes

Headers = tuple[tuple[bytes, bytes], ...]

REDACTED: Final = b"[redacted]"

_LAST_WORDS: Final = frozenset(
    ("auth", "oauth", "bearer", "jwt", "sig", "session", "sess", "sid", "pwd", "otp", "totp", "csrf", "xsrf", "creds")
)
"""Words that name a secret where a name ends with them, such as `session` in `user_session`."""

_KEYS: Final = ("api", "access", "secret", "private", "auth", "account", "session", "signing", "encryption", "shared")

_ENDINGS: Final = (
    *("password", "passwords", "passwd", "passphrase", "passcode", "token", "secret", "secrets", "signature"),
    *("credential", "credentials", "cookie", "cookies", "authorization", "sessionid", "sessid"),
    *(f"{word}key" for word in (*_KEYS, "master", "subscription", "consumer", "functions", "ssh")),
)
"""Endings of the name of a secret, written without separators: an `access_token` is a secret, a `token_type` is not."""

_BEHIND: Final = frozenset(("id", "value", "hash"))
"""Words behind the name of a secret that leave it one, as in `session_id`; numbers do too."""

_OF_HEADERS: Final = re.compile(r"authorization|cookie|password|token|secret|signature|credential|api[-_]?key")
"""Parts of the name of a header whose value is a secret, wherever they stand in it."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_STEMS: Final = (
    *("pass", "token", "secret", "sig", "key", "auth", "sess", "cookie"),
    *("credential", "creds", "bearer", "jwt", "sid", "pwd", "otp", "srf"),
)
"""Parts of which each name of a secret has one."""

_ESCAPES: Final = ("\\u00", "%")

# Without one of these a text has no secret, however its name is spelt; of most texts that is soon said.
_SIGNS: Final = (*_STEMS, "eyj", *_ESCAPES)

# In a text within a text each quote is escaped: by backslashes, as \u0022, or by a percent sign. Each alternative
# begins with a letter and only then checks that it is not escaped itself, so the search passes over all other letters.
_QUOTE: Final = re.compile(
    rb'"(?<!\\")|\\(?<!\\\\)\\*+(?:"|u0022)|%22(?<!%5[Cc]%22)|%5[Cc](?<!%5[Cc]%5[Cc])(?:%5[Cc])*+%22'
)

_NAMED: Final = re.compile(
    rb"=|%3[Dd]|(?:" + _QUOTE.pattern + rb")(?:\s|%20|\+|\\+[nrt])*+(?::|%3[Aa])(?:\s|%20|\+|\\+[nrt])*+"
)
"""The text between a name and its value, in forms, links and JSON."""

# A text that was cut short may end within a value. A nested value in JSON is removed with everything after it.
_IN_FORM: Final = re.compile(rb'[^&\s"]*')
_IN_LINK: Final = re.compile(rb'(?:(?!%26)[^&\s"])*', re.IGNORECASE)
_IN_JSON: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*\\?"?|[\[{].*|[^\s,}\]]*', re.DOTALL)

_ESCAPED: Final = re.compile(rb"\\u00([0-9a-fA-F]{2})")
# A JSON Web Token begins with a JSON object in base64. Source: RFC 7519, section 3.
_WEB_TOKEN: Final = re.compile(rb"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")
_BEARER: Final = re.compile(rb"\b(bearer(?:\s|\+|%20)+)[a-z0-9._~+/=-]{16,}", re.IGNORECASE)
_PART: Final = re.compile(rb'name="?([^";\r\n]+)')

_LONGEST: Final = 6 * 40
"""Bytes before a value in which its name is looked for: 40 letters, all of them escaped."""

MOST_NAMES: Final = 1_000
"""Names that are looked at in one text; the text behind the last of them is taken out whole."""

_BETWEEN: Final = bytes(
    each if chr(each).isascii() and (chr(each).isalnum() or chr(each) in "_-.[]%\\") else ord(" ")
    for each in range(256)
)
"""A table that makes a space of each byte that stands in no name, escaped or not."""


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


def clean(text: bytes) -> bytes:
    """Return a body, link or header without its secrets: as it is where it has none.

    They are the values of parameters, form fields and JSON members, also of JSON within a string, and tokens that are
    recognised by themselves. A multipart body that may have one goes whole.
    """
    if not suspect(text):
        return text
    if b"content-disposition" in text.lower() and any(_names_secret(part[1]) for part in _PART.finditer(text)):
        return REDACTED
    kept, done = [], 0
    spans = list(islice(_separators(text), MOST_NAMES + 1))
    if len(spans) > MOST_NAMES:
        return clean(text[: spans[-1][0]]) + REDACTED
    for start, end in spans:
        if start >= done and _names_secret(text[max(start - _LONGEST, done) : start]):
            quote = _quote(text[start:end])
            kept += [text[done:end], quote, REDACTED, quote]
            done = _end(text, end, quote)
    return _without_tokens(b"".join([*kept, text[done:]]))


def _separators(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield the beginning and end of the text between each name and its value, at least where a secret is named."""
    folded = text.decode("latin-1").lower()
    if "%" in folded or '\\"' in folded or "\\u00" in folded:
        yield from (match.span() for match in _NAMED.finditer(text))
    elif stems := [stem for stem in _STEMS if stem in folded]:
        yield from (match.span(1) for match in _plainly_named(tuple(stems)).finditer(folded))


@lru_cache(maxsize=256)
def _plainly_named(stems: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern for a text in lower case, without escapes and with these stems: it visits no other names."""
    name = f"(?:{'|'.join(stems)})" if len(stems) > 1 else stems[0]
    return re.compile(name + r'[a-z0-9_.\[\]-]{0,40}+(=|"\s*+:\s*+)', re.ASCII)


def _quote(separator: bytes) -> bytes:
    """Return the quote with which a separator begins; nothing in forms and links."""
    quoted = _QUOTE.match(separator)
    return b"" if quoted is None else quoted[0]


def _without_tokens(text: bytes) -> bytes:
    if b"eyJ" in text:
        text = _WEB_TOKEN.sub(REDACTED, text)
    return _BEARER.sub(rb"\1" + REDACTED, text) if b"bearer" in text.lower() else text


def _end(text: bytes, start: int, quote: bytes) -> int:
    """Return the end of the value that begins at `start`, behind a name in these quotes, if any."""
    if not quote:
        value = (_IN_FORM if text[start - 1 : start] == b"=" else _IN_LINK).match(text, start)
        end = start if value is None else value.end()
        # In a text within a text, the backslashes belong to the quote behind the value.
        return start + len(text[start:end].rstrip(b"\\")) if text[end : end + 1] == b'"' else end
    if quote == b'"':
        value = _IN_JSON.match(text, start)
        return start if value is None else value.end()
    return _nested_end(text, start, quote)


def _nested_end(text: bytes, start: int, quote: bytes) -> int:
    """Return the end of a value of JSON within a text, where quotes are written in this way."""
    if text.startswith(quote, start):
        closing = _closing(quote).search(text, start + len(quote))
        return len(text) if closing is None else closing.start() + (len(quote) if closing[0] == quote else 0)
    value = _NESTED.match(text, start)
    return start if value is None else value.end()


_NESTED: Final = re.compile(rb'(?:[\[{]|%5[Bb]|%7[Bb])(?:\\.|[^"&\\])*|[^\s,}\]"&\\%]*', re.DOTALL)
"""A value that is no text: a list or an object goes with everything after it that the enclosing text has."""


@lru_cache(maxsize=64)
def _closing(quote: bytes) -> re.Pattern[bytes]:
    """Return a pattern for the next quote of the same depth, or for the end of the text around it."""
    before, outer = (rb"(?<!%5[Cc])", rb"[&\s]") if quote.endswith(b"%22") else (rb"(?<!\\)", rb'(?<!\\)"')
    return re.compile(before + re.escape(quote) + rb"|" + outer)


def _names_secret(text: bytes) -> bool:
    """Tell whether a text ends with the name of a secret, of which letters may be escaped as forms and JSON do."""
    word = _last_word(text.rstrip(b"\\"))
    if b"%" in word or b"\\" in word:
        word = unquote_to_bytes(word)
        word = _last_word(_ESCAPED.sub(lambda escaped: bytes.fromhex(escaped[1].decode()), word))
    return named_secret(word.decode("latin-1"))


def _last_word(text: bytes) -> bytes:
    return text.translate(_BETWEEN).rpartition(b" ")[2]


@lru_cache(maxsize=4096)
def named_secret(name: str) -> bool:
    """Tell whether the value of a parameter, form field or JSON member of this name is a secret."""
    words = _WORD.findall(name)
    while len(words) > 1 and (words[-1].isdecimal() or words[-1].lower() in _BEHIND):
        words.pop()
    if not words:
        return False
    joined = "".join(words).lower()
    return words[-1].lower() in _LAST_WORDS or joined in _LAST_WORDS or joined.endswith(_ENDINGS)


@lru_cache(maxsize=1024)
def secret_header(name: str) -> bool:
    """Tell whether the value of a header of this name is a secret: here any word of the name counts."""
    if _OF_HEADERS.search(name.lower()) is not None or named_secret(name):
        return True
    return not _LAST_WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))


def secret(key: str) -> bool:
    """Tell whether the value under a key of `when`, such as `header.authorization`, is a secret."""
    family, _, name = key.partition(".")
    return secret_header(name) if family == "header" else named_secret(name or family)


@lru_cache(maxsize=256)
def harmless(headers: Headers) -> Headers:
    """Return headers without tokens, keys, cookies and signatures: themselves where they have none.

    The same ones come again and again, so the last are remembered.
    """
    kept = tuple((name, _harmless(name, value)) for name, value in headers)
    return headers if kept == headers else kept


def _harmless(name: bytes, value: bytes) -> bytes:
    return REDACTED if secret_header(name.decode("latin-1")) else clean(value)
