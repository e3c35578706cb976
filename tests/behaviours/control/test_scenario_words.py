"""A word sent as a scenario is a name of the gallery or a path; any other text is YAML, and no text opens a file."""

import json

import pytest

from .conftest import Steering, sent


@pytest.mark.parametrize("word", ["lost-create", "lost-create\n", "  lost-create ", "\nlost-create"])
def test_a_word_is_a_name_of_the_gallery_with_any_white_space_around_it(steering: Steering, word: str) -> None:
    assert sent(steering, word).json["name"] == "lost-create"


@pytest.mark.parametrize(
    "word", ["lost-creat", "Lost-Create", "LOST-CREATE", "lost_create", "lost_creat\n", "lostcreate"]
)
def test_a_misspelt_name_is_refused_with_the_nearest_name(steering: Steering, word: str) -> None:
    answer = sent(steering, word)
    told = f'there is no scenario "{word.strip()}" in the gallery; did you mean "lost-create"?'
    assert (answer.status, told in answer.json["detail"]) == (400, True), answer.json


@pytest.mark.parametrize("word", ["zzz", "été", "-zzz", "a.b"])
def test_a_word_far_from_all_names_is_refused_with_the_list_of_names(steering: Steering, word: str) -> None:
    answer = sent(steering, word)
    assert (answer.status, "GET /__mock/scenarios lists them" in answer.json["detail"]) == (400, True), answer.json


@pytest.mark.parametrize(
    "path", ["rough.yaml", "rough.yml", "./rough", "../rough.yaml\n", "/etc/passwd", "~/rough.yaml", ".\\rough.yaml"]
)
def test_a_path_is_refused_with_the_advice_to_send_the_content(steering: Steering, path: str) -> None:
    answer = sent(steering, path)
    assert (answer.status, "no file is opened: send its content" in answer.json["detail"]) == (400, True), answer.json


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("extends: ./rough.yaml", "scenario.yaml:1:10: extends: expected a name of the gallery, since this text is no"),
        ("extends: rough.yaml\n", "scenario.yaml:1:10: extends: expected a name of the gallery, since this text is no"),
        ("https://example.org/x.yaml", "scenario.yaml:1:1: expected a mapping"),
        ("play rough.yaml", "scenario.yaml:1:1: expected a mapping"),
        ('"lost-create"', "scenario.yaml:1:1: expected a mapping"),
        ("[a]", "scenario.yaml:1:1: expected a mapping"),
    ],
)
def test_any_other_text_is_yaml_and_gets_the_error_of_yaml(steering: Steering, text: str, sentence: str) -> None:
    answer = sent(steering, text)
    assert (answer.status, answer.json["detail"].startswith(sentence)) == (400, True), answer.json


@pytest.mark.parametrize("text", ["description: see https://x/y.yaml", "seed: 7", "{}", "# nothing", "#nothing.yaml"])
def test_a_line_of_yaml_is_played(steering: Steering, text: str) -> None:
    assert sent(steering, text).json["text"] == text


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_an_empty_text_is_refused_as_a_likely_mistake(steering: Steering, text: str) -> None:
    before = steering.state()
    answer = sent(steering, text)
    told = "$.scenario: an empty text would play the happy path; if that is meant, send its name, happy-path"
    assert (answer.status, answer.json["detail"]) == (400, told)
    assert steering.state() == before


@pytest.mark.parametrize("file", ["../x.yaml", "a\\x.yaml", "x\n.yaml", "\x1b[2J.yaml"])
def test_the_name_of_the_file_is_printable_and_has_no_folder(steering: Steering, file: str) -> None:
    before = steering.state()
    answer = steering.ask("PUT", "/scenario", json.dumps({"scenario": "seed: 7", "file": file}).encode())
    sentence = "expected the name of a file without its folder"
    assert (answer.status, sentence in answer.json["detail"]) == (400, True), answer.json
    assert steering.state() == before
