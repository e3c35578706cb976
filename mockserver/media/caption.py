"""The prompt as one line of text that any medium can carry. What XML forbids counts as space; space is collapsed."""

import re

# What XML 1.0 leaves out of its `Char`, and the C1 controls, which it allows but discourages.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def caption(prompt: str, limit: int) -> str:
    """Say the prompt in at most `limit` characters; a longer one ends in an ellipsis."""
    line = " ".join(_UNFIT.sub(" ", prompt).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
