"""Removes secrets from headers, links and bodies. It finds a secret by the words of its name, and a token by its form.

The words are those on which known redaction lists agree. Source: the default lists of Sentry's Python SDK and of Rails'
parameter filter, and the parameters of signed links of AWS, Azure and Google. Whole words are compared: `auth` names a
secret, `author` does not.
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
"""Words that name a secret if they are at the end of a name, such as `session` in `user_session`."""

_KEYS: Final = ("api", "access", "secret", "private", "auth", "account", "session", "signing", "encryption", "shared")

_ENDINGS: Final = (
    *("password", "passwords", "passwd", "passphrase", "passcode", "token", "secret", "secrets", "signature"),
    *("credential", "credentials", "cookie", "cookies", "authorization", "sessionid", "sessid"),
    *(f"{word}key" for word in (*_KEYS, "master", "subscription", "consumer", "functions", "ssh")),
)
"""Endings of the name of a secret, without separators: `access_token` is a secret, `token_type` is not."""

_BEHIND: Final = frozenset(("id", "value", "hash"))
"""Words that may follow the name of a secret, as in `session_id`. Numbers may follow too."""

_OF_HEADERS: Final = re.compile(r"authorization|cookie|password|token|secret|signature|credential|api[-_]?key")
"""Parts of a header name, at any position in the name, that mark its value as a secret."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_STEMS: Final = (
    *("pass", "token", "secret", "sig", "key", "auth", "sess", "cookie"),
    *("credential", "creds", "bearer", "jwt", "sid", "pwd", "otp", "srf"),
)
"""Parts of names. Every name of a secret contains at least one of these parts."""

_ESCAPES: Final = ("\\u00", "%")

# A text with none of these stems has no secret, however names are spelt. So most texts need only this quick check.
_SIGNS: Final = (*_STEMS, "eyj", *_ESCAPES)

# In a text within a text each quote is escaped: by backslashes, as \u0022, or by a percent sign. Each alternative
# begins with a fixed character, and only then checks that this character is not escaped itself. So the search skips all
# other characters fast.
_QUOTE: Final = re.compile(
    rb'"(?<!\\")|\\(?<!\\\\)\\*+(?:"|u0022)|%22(?<!%5[Cc]%22)|%5[Cc](?<!%5[Cc]%5[Cc])(?:%5[Cc])*+%22'
)

_NAMED: Final = re.compile(
    rb"=|%3[Dd]|(?:" + _QUOTE.pattern + rb")(?:\s|%20|\+|\\+[nrt])*+(?::|%3[Aa])(?:\s|%20|\+|\\+[nrt])*+"
)
"""Matches the text between a name and its value, in forms, links and JSON."""

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
"""The number of bytes before a value in which its name is searched: 40 letters, each escaped."""

MOST_NAMES: Final = 1_000
"""The most names that are checked in one text. All text after the last of these names is removed."""

_BETWEEN: Final = bytes(
    each if chr(each).isascii() and (chr(each).isalnum() or chr(each) in "_-.[]%\\") else ord(" ")
    for each in range(256)
)
"""A translation table that replaces each byte that no name contains, escaped or not, with a space."""


# Texts are searched as `str`, because a search for bytes in bytes takes five times as long: Python first tries to read
# the bytes as a number.
def linked(text: bytes) -> bool:
    """Return, after a quick check, whether a text that the mock wrote may contain a signed link or a token."""
    told = text.decode("latin-1")
    return "signature=" in told or "token" in told


def suspect(text: bytes) -> bool:
    """Return, after a quick check, whether a text may contain a secret."""
    folded = text.decode("latin-1").lower()
    for sign in _SIGNS:  # noqa: SIM110 - each body is checked, and `any` takes twice as long
        if sign in folded:
            return True
    return False


def clean(text: bytes) -> bytes:
    """Return a body, link or header without its secrets. A text without secrets is returned unchanged.

    Secrets are values of parameters, form fields and JSON members, also of JSON within a string. Tokens are secrets
    too, and are recognised without a name. A multipart body that may contain a secret is removed whole.
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
    """Yield the start and the end of the text between a name and its value.

    Every name of a secret is included; other names may be left out.
    """
    folded = text.decode("latin-1").lower()
    if "%" in folded or '\\"' in folded or "\\u00" in folded:
        yield from (match.span() for match in _NAMED.finditer(text))
    elif stems := [stem for stem in _STEMS if stem in folded]:
        yield from (match.span(1) for match in _plainly_named(tuple(stems)).finditer(folded))


@lru_cache(maxsize=256)
def _plainly_named(stems: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern that finds only names with these stems. The text must be in lower case and have no escapes."""
    name = f"(?:{'|'.join(stems)})" if len(stems) > 1 else stems[0]
    return re.compile(name + r'[a-z0-9_.\[\]-]{0,40}+(=|"\s*+:\s*+)', re.ASCII)


def _quote(separator: bytes) -> bytes:
    """Return the quote with which a separator begins; empty for forms and links."""
    quoted = _QUOTE.match(separator)
    return b"" if quoted is None else quoted[0]


def _without_tokens(text: bytes) -> bytes:
    if b"eyJ" in text:
        text = _WEB_TOKEN.sub(REDACTED, text)
    return _BEARER.sub(rb"\1" + REDACTED, text) if b"bearer" in text.lower() else text


def _end(text: bytes, start: int, quote: bytes) -> int:
    """Return the end of the value that begins at `start`.

    `quote` is the quote around its name; empty if there is none.
    """
    if not quote:
        value = (_IN_FORM if text[start - 1 : start] == b"=" else _IN_LINK).match(text, start)
        end = start if value is None else value.end()
        # In a text within a text, the backslashes belong to the quote after the value.
        return start + len(text[start:end].rstrip(b"\\")) if text[end : end + 1] == b'"' else end
    if quote == b'"':
        value = _IN_JSON.match(text, start)
        return start if value is None else value.end()
    return _nested_end(text, start, quote)


def _nested_end(text: bytes, start: int, quote: bytes) -> int:
    """Return the end of a value in JSON that is inside another text. `quote` is the form of its quotes there."""
    if text.startswith(quote, start):
        closing = _closing(quote).search(text, start + len(quote))
        return len(text) if closing is None else closing.start() + (len(quote) if closing[0] == quote else 0)
    value = _NESTED.match(text, start)
    return start if value is None else value.end()


_NESTED: Final = re.compile(rb'(?:[\[{]|%5[Bb]|%7[Bb])(?:\\.|[^"&\\])*|[^\s,}\]"&\\%]*', re.DOTALL)
"""Matches a value that is not a text. A list or an object is matched with everything after it in the enclosing text."""


@lru_cache(maxsize=64)
def _closing(quote: bytes) -> re.Pattern[bytes]:
    """Return a pattern that matches the next quote of the same depth, or the end of the enclosing text."""
    before, outer = (rb"(?<!%5[Cc])", rb"[&\s]") if quote.endswith(b"%22") else (rb"(?<!\\)", rb'(?<!\\)"')
    return re.compile(before + re.escape(quote) + rb"|" + outer)


def _names_secret(text: bytes) -> bool:
    """Return whether a text ends with the name of a secret. Its letters may be escaped, as in forms or in JSON."""
    word = _last_word(text.rstrip(b"\\"))
    if b"%" in word or b"\\" in word:
        word = unquote_to_bytes(word)
        word = _last_word(_ESCAPED.sub(lambda escaped: bytes.fromhex(escaped[1].decode()), word))
    return named_secret(word.decode("latin-1"))


def _last_word(text: bytes) -> bytes:
    return text.translate(_BETWEEN).rpartition(b" ")[2]


@lru_cache(maxsize=4096)
def named_secret(name: str) -> bool:
    """Return whether the value of a parameter, form field or JSON member with this name is a secret."""
    words = _WORD.findall(name)
    while len(words) > 1 and (words[-1].isdecimal() or words[-1].lower() in _BEHIND):
        words.pop()
    if not words:
        return False
    joined = "".join(words).lower()
    return words[-1].lower() in _LAST_WORDS or joined in _LAST_WORDS or joined.endswith(_ENDINGS)


@lru_cache(maxsize=1024)
def secret_header(name: str) -> bool:
    """Return whether the value of a header with this name is a secret. Any word of the name can mark a secret."""
    if _OF_HEADERS.search(name.lower()) is not None or named_secret(name):
        return True
    return not _LAST_WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))


def secret(key: str) -> bool:
    """Return whether the value of a key of `when`, such as `header.authorization`, is a secret."""
    family, _, name = key.partition(".")
    return secret_header(name) if family == "header" else named_secret(name or family)


@lru_cache(maxsize=256)
def harmless(headers: Headers) -> Headers:
    """Return headers without tokens, keys, cookies and signatures. Headers without secrets are returned unchanged.

    Clients repeat the same headers, so the last results are cached.
    """
    kept = tuple((name, _harmless(name, value)) for name, value in headers)
    return headers if kept == headers else kept


def _harmless(name: bytes, value: bytes) -> bytes:
    return REDACTED if secret_header(name.decode("latin-1")) else clean(value)
