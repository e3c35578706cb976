"""The headers that HTTP can carry: names and values that arrive as they were written.

Source: RFC 9110, section 5: names are tokens; values are visible characters, with spaces between them at most.
"""

import re
from typing import Final

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?")


def is_name(text: str) -> bool:
    """Tell whether a header can have this name."""
    return _NAME.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Tell whether a header's value can be this text, of characters of Latin-1."""
    return _VALUE.fullmatch(text) is not None
