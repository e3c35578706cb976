"""Checks which header names and values HTTP carries unchanged, and lists the statuses without a body.

Source: RFC 9110, section 5: names are tokens; values are visible characters, and spaces are allowed only between other
characters.
"""

import re
from typing import Final

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?")

BODILESS: Final = frozenset({204, 205, 304})
"""The statuses of answers without a body. Source: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5."""

UNMEASURED: Final = BODILESS - {205}
"""The statuses whose answers also have no Content-Length; a 205 has the length 0.

Source: RFC 9110, sections 8.6 and 15.3.6.
"""


def is_name(text: str) -> bool:
    """Return whether a text is a valid header name."""
    return _NAME.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Return whether a text is a valid header value in Latin-1."""
    return _VALUE.fullmatch(text) is not None
