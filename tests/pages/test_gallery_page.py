"""The page of the gallery shows each file as it is. After a change of the gallery, renew the page:

RENEW_PAGES=1 sh scripts/test tests/pages/test_gallery_page.py
"""

import os
from typing import Final

from mockserver.language import gallery
from mockserver.language.file import load

from .markdown import ROOT, text

PAGE: Final = ROOT / "docs" / "gallery.md"
RENEWAL: Final = "RENEW_PAGES=1 sh scripts/test tests/pages/test_gallery_page.py"

INTRODUCTION: Final = """\
# The gallery

Each file is a scenario for one trouble of clients. Play one by its name:

```sh
sh scripts/serve lost-create --clock poll
```

In a pytest test the name is the argument of the [marker](pytest.md#the-marker):
`@pytest.mark.imaginelab("lost-create")`. The description in each file tells the story, then the behaviour of a sound
client. `imaginelab-mock show NAME` prints a file, and [`extends`](scenarios.md#extends) builds on one.
[Recipes](recipes.md) has shorter lines for more troubles.

| name | story |
|---|---|
"""


def page() -> str:
    """Write the page from the files."""
    gists, files = [], []
    for name in gallery.names():
        file = ROOT / "scenarios" / f"{name}.yaml"
        # The first line is for editors.
        shown = text(file).partition("\n")[2]
        gists.append(f"| [{name}](#{name}) | {load(file).scenario.gist} |\n")
        files.append(f"\n## {name}\n\n```yaml\n{shown}```\n")
    return "".join([INTRODUCTION, *gists, *files])


def test_the_page_shows_each_file_as_it_is() -> None:
    if os.environ.get("RENEW_PAGES"):
        PAGE.write_text(page(), encoding="utf-8")
    assert text(PAGE) == page(), f"renew it: {RENEWAL}"


def test_each_name_has_a_section() -> None:
    assert len(gallery.names()) > 30
    assert [name for name in gallery.names() if f"\n## {name}\n" not in text(PAGE)] == []
