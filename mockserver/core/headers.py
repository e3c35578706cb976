"""The names and values of headers that HTTP carries unchanged, and the statuses of answers without a body.

Source: RFC 9110, section 5: names are tokens; values are visible characters, with spaces between them at most.
"""

import re
from typing import Final

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?")

BODILESS: Final = frozenset({204, 205, 304})
"""The statuses of answers without a body. Source: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5."""

UNMEASURED: Final = BODILESS - {205}
"""The statuses of answers without a Content-Length too; a 205 says 0. Source: RFC 9110, sections 8.6 and 15.3.6."""


def is_name(text: str) -> bool:
    """Tell whether a header can have this name."""
    return _NAME.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Tell whether a header's value can be this text, of characters of Latin-1."""
    return _VALUE.fullmatch(text) is not None
