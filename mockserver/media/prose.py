"""Words: the text of a `text` generation, and the prompt as a caption of other media."""

import re

_TITLE_LIMIT = 120
_PARAGRAPHS = 3

# The characters that XML 1.0 excludes, and the C1 controls, which it discourages.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def caption(prompt: str, limit: int) -> str:
    """Say the prompt in at most `limit` characters; a longer one ends in an ellipsis."""
    line = " ".join(_UNFIT.sub(" ", prompt).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def words(key: int, prompt: str) -> str:
    """Write a few paragraphs under the prompt; the same for the same key, whatever was written before."""
    # Faker takes longer to import than the server to start, and most servers are never asked for text.
    from faker import Faker

    writer = Faker("en_US", providers=["faker.providers.lorem"])
    writer.seed_instance(key)
    paragraphs = [writer.paragraph(nb_sentences=4) for _ in range(_PARAGRAPHS)]
    return "\n\n".join(filter(None, [caption(prompt, _TITLE_LIMIT), *paragraphs]))
