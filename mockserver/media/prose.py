"""Words: the text of a `text` generation, and the prompt as a caption of other media."""

import re
import threading
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faker import Faker

_TITLE_LIMIT = 120
_PARAGRAPHS = 3

# The characters that XML 1.0 excludes, and the C1 controls, which it discourages.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def caption(prompt: str, limit: int) -> str:
    """Say the prompt in at most `limit` characters; a longer one ends in an ellipsis."""
    line = " ".join(_UNFIT.sub(" ", prompt).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


class _Writers(threading.local):
    """The writer of each thread: two threads that seed one writer would get a mixture of words."""

    @cached_property
    def writer(self) -> "Faker":
        # Not at the top: it takes longer to import than the server to start, and few servers are asked for text.
        from faker import Faker

        return Faker("en_US", providers=["faker.providers.lorem"])


_writers = _Writers()


def words(key: int, prompt: str) -> str:
    """Write a few paragraphs under the prompt; the same for the same key, whatever was written before."""
    return _words(key, caption(prompt, _TITLE_LIMIT))


@lru_cache(maxsize=1024)
def _words(key: int, title: str) -> str:
    """Write them. A history shows the same texts again and again, so the last are remembered."""
    writer = _writers.writer
    writer.seed_instance(key)
    paragraphs = [writer.paragraph(nb_sentences=4) for _ in range(_PARAGRAPHS)]
    return "\n\n".join(filter(None, [title, *paragraphs]))


def written() -> bool:
    """Return whether any text was written yet: the first one takes long."""
    return _words.cache_info().misses > 0
