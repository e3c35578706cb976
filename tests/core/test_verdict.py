"""The kept part of the facts that a rule saw, and the verdict about them."""

import pytest
from msgspec import UNSET

from mockserver.core import rules
from mockserver.core.verdict import KEPT, NO_VERDICTS, Verdict, differing, kept, weight


def test_a_rule_fired_unless_something_kept_it_from_that() -> None:
    assert [Verdict("a", "x:1", why=why).fired for why in ("", "its conditions do not hold")] == [True, False]


def test_without_rules_there_are_no_verdicts() -> None:
    assert (list(NO_VERDICTS), len(NO_VERDICTS), NO_VERDICTS.size, NO_VERDICTS[:1]) == ([], 0, 0, ())
    with pytest.raises(IndexError):
        NO_VERDICTS[0]


@pytest.mark.parametrize("value", ["x" * 1_000_000, ["x" * 1_000_000], {"a": {"b": "x" * 1_000_000}}])
def test_little_of_a_long_fact_is_kept(value: object) -> None:
    found = kept({"prompt": value})
    assert len(str(found["prompt"])) == KEPT + 1
    assert weight(found) < 1000


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("prompt", "A cat", "A cat"),
        ("prompt", "the password=1234 of a cat", "the password=1234 of a cat"),
        ("id", 1842, 1842),
        ("project_id", None, None),
        ("settings.size", {"a": [1]}, '{"a":[1]}'),
        ("header.x-team", UNSET, UNSET),
        ("header.authorization", UNSET, UNSET),
        ("header.authorization", "Bearer s3cr3t", "[redacted]"),
        ("header.x-api-key", "s3cr3t", "[redacted]"),
        ("header.referer", "/m/1?signature=s3cr3t", "/m/1?signature=[redacted]"),
        ("query.signature", "s3cr3t", "[redacted]"),
        ("settings.api_key", ["s3cr3t"], "[redacted]"),
        ("settings.login", {"password": "s3cr3t"}, '{"password":"[redacted]"}'),
    ],
)
def test_facts_are_kept_without_their_secrets(key: str, value: object, expected: object) -> None:
    assert kept({key: value}) == {key: expected}


@pytest.mark.parametrize(
    ("key", "condition", "value", "told"),
    [
        ("header.authorization", "Bearer s3cr3t*", "[redacted]", ("[redacted]", "[redacted]")),
        ("header.authorization", ("Bearer s3cr3t", None), "x", (("[redacted]", None), "[redacted]")),
        ("header.x-session", "s3cr3t", UNSET, ("[redacted]", UNSET)),
        ("settings.password", 1234, 5678, ("[redacted]", "[redacted]")),
        ("query.author", "me", "you", ("me", "you")),
        (
            "prompt",
            '*"password": "s3cr3t"*',
            '{"password": "s3cr3t"}',
            ('*"password": "[redacted]"*', '{"password": "[redacted]"}'),
        ),
        ("settings.note", "x", "Bearer s3cr3ts3cr3ts3cr3t", ("x", "Bearer [redacted]")),
    ],
)
def test_neither_a_condition_nor_its_value_shows_a_secret(
    key: str, condition: rules.Condition, value: object, told: tuple[object, object]
) -> None:
    assert differing([(key, condition, lambda _: False)], {key: value}) == {key: told}


def test_a_difference_is_shown_even_where_the_kept_part_meets_the_condition() -> None:
    asked = rules.tests({"prompt": "x*…", "account": "a@b.co"})
    assert list(differing(asked, kept({"prompt": "x" * 300, "account": "b@b.co"}))) == ["account"]
    assert list(differing(asked, kept({"prompt": "x" * 300, "account": "a@b.co"}))) == ["prompt", "account"]
