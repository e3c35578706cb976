from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media import render

NAMESPACE = "{http://www.w3.org/2000/svg}"


def parsed(prompt: str, key: int = 1842, **settings: object) -> ElementTree.Element:
    return ElementTree.fromstring(render("infographic", settings, prompt, key))  # noqa: S314  (our own)


def texts(document: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in document.iter(f"{NAMESPACE}text")]


def test_an_infographic_has_the_prompt_as_title_and_four_bars() -> None:
    document = parsed('Growth of <b>cities</b> & "towns"')
    assert document.findtext(f"{NAMESPACE}title") == 'Growth of <b>cities</b> & "towns"'
    assert " ".join(texts(document)[:-4]) == 'Growth of <b>cities</b> & "towns"'
    assert len(document.findall(f"{NAMESPACE}rect")) == 1 + 4
    assert all(label.endswith("%") for label in texts(document)[-4:])


def test_a_bar_is_as_high_as_its_label_says() -> None:
    document = parsed("Growth")
    heights = [int(bar.attrib["height"]) for bar in document.findall(f"{NAMESPACE}rect")[1:]]
    percents = [int(label.removesuffix("%")) for label in texts(document)[-4:]]
    assert heights == [320 * percent // 100 for percent in percents]


@pytest.mark.parametrize(("aspect_ratio", "width", "height"), [("16:9", "768", "432"), ("1:9", "256", "768")])
def test_an_infographic_has_the_asked_ratio(aspect_ratio: str, width: str, height: str) -> None:
    document = parsed("Growth", aspect_ratio=aspect_ratio)
    assert (document.attrib["width"], document.attrib["height"]) == (width, height)
    assert document.attrib["viewBox"] == f"0 0 {width} {height}"


def test_full_width_text_is_set_so_that_it_fits() -> None:
    latin, wide = parsed("abc"), parsed("東京都")
    sizes = [document.find(f"{NAMESPACE}text") for document in (latin, wide)]
    assert [element.attrib["font-size"] for element in sizes if element is not None] == ["80", "48"]


def test_another_key_gives_other_figures() -> None:
    assert texts(parsed("Growth", key=1)) != texts(parsed("Growth", key=2))


@given(st.text(st.characters(), max_size=80))
def test_any_prompt_gives_well_formed_xml_without_active_content(prompt: str) -> None:
    elements = {element.tag.removeprefix(NAMESPACE) for element in parsed(prompt).iter()}
    assert elements <= {"svg", "title", "linearGradient", "stop", "rect", "text"}
