"""Text that a stranger could send to take over a terminal or to forge a line of a log."""

from typing import Final

from hypothesis import strategies as st

HOSTILE: Final = "x\x1b[2J\a\0\x7f\x9b31m\u202e\u2066\u2028\u2029\x85\ufeff\n2026-06-07T12:00:00Z default me 200\r\t"
"""A text with each kind: ESC, BEL, NUL, DEL, C1, marks of direction, separators, a forged line of a log."""

FOREIGN: Final = st.lists(
    st.sampled_from([*HOSTILE, "\ud800", "é", "日", "🐈", "ab", '"', "\\", "<&>"]), max_size=8
).map("".join)
"""Texts of the characters of `HOSTILE`, half a character, quotes and letters."""

IN_A_NAME: Final = FOREIGN.map(lambda text: "".join(char for char in text if char not in "\0/\ud800"))
"""The texts of `FOREIGN` that can be names of files and variables, or arguments of a command."""
