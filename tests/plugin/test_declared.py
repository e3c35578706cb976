"""The declarations that the fixture reads from the text of a scenario."""

import pytest

from mockserver.testing.imaginelab import Declared, declared

TEXTS = (
    ("", Declared()),
    ("seed: 7", Declared()),
    ("# no clock", Declared()),
    ("clock: {step: 5s}", Declared()),
    ("clock: {mode: real}", Declared(clock=True)),
    ("accounts: [{email: a@a.aa, password: a}, {email: b@b.bb, password: b}]", Declared("a@a.aa", "a")),
    ("accounts: []", Declared()),
    ("extends: ./base.yaml\nclock: {mode: real}", Declared()),
)


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_the_declarations_of_a_text(text: str, expected: Declared) -> None:
    assert declared(text) == expected


def test_an_inherited_section_is_declared_too() -> None:
    assert declared("extends: strict-media-host\nclock: {mode: manual}").clock
