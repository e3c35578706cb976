"""Text that a stranger could send to take over a terminal or to forge a line of a log."""

from typing import Final

from hypothesis import strategies as st

HOSTILE: Final = "x\x1b[2J\a\0\x7f\x9b31m\u202e\u2066\u2028\u2029\x85\ufeff\n2026-06-07T12:00:00Z default me 200\r\t"
"""One of each kind: ESC, BEL, NUL, DEL, C1, marks of direction, separators of lines and paragraphs, a forged line."""

FOREIGN: Final = st.lists(
    st.sampled_from([*HOSTILE, "\ud800", "é", "日", "🐈", "ab", '"', "\\", "<&>"]), max_size=8
).map("".join)
"""Texts of such characters, of half a character, of quotes and of letters."""

IN_A_NAME: Final = FOREIGN.map(lambda text: "".join(char for char in text if char not in "\0/\ud800"))
"""Such texts as names of files, of variables and in the arguments of a command."""
