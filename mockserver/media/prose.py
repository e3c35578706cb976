"""The text of a `text` generation: its prompt as title, then paragraphs that Faker makes up."""

from mockserver.media.caption import caption

_TITLE_LIMIT = 120
_PARAGRAPHS = 3


def words(key: int, prompt: str) -> str:
    """Write a few paragraphs under the prompt; the same for the same key, whatever was written before."""
    # Faker takes longer to import than the server to start, and most servers are never asked for text.
    from faker import Faker

    writer = Faker("en_US", providers=["faker.providers.lorem"])
    writer.seed_instance(key)
    paragraphs = [writer.paragraph(nb_sentences=4) for _ in range(_PARAGRAPHS)]
    return "\n\n".join(filter(None, [caption(prompt, _TITLE_LIMIT), *paragraphs]))
