"""The reasons for the life of an order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.generation import GenerationType, Life, Order, choose_life
from mockserver.core.rules import Calls
from mockserver.core.verdict import NO_VERDICTS, Cause

FIRST = Calls(spans=((1, 1),))
LIVES = (
    Life(name="cats", when={"prompt": "*cat*", "project_id": 7}, place="x.yaml:3"),
    Life(when={"generation_type": "video"}, calls=FIRST, place="x.yaml:5"),
    Life(place="x.yaml:7"),
    Life(calls=FIRST, place="x.yaml:9"),
)
VIDEO = Order(GenerationType.VIDEO, "m", "A skyline", project_id=7)


def test_each_rule_says_why_it_did_or_did_not_script_the_life() -> None:
    drawn = choose_life(LIVES, (4, 1, 2, 0), VIDEO.fact)
    assert [(verdict.rule, verdict.place, verdict.call, verdict.why) for verdict in drawn.verdicts] == [
        ("cats", "x.yaml:3", None, "its conditions do not hold"),
        ("generations.2", "x.yaml:5", 2, "this was call 2; it fires on: 1"),
        ("generations.3", "x.yaml:7", 3, ""),
        ("generations.4", "x.yaml:9", 1, "an earlier rule scripted the life"),
    ]
    assert drawn.verdicts[0].difference == {"prompt": ("*cat*", "A skyline")}
    assert drawn.rule == Cause("generations.3", "x.yaml:7")


def test_where_there_are_no_rules_there_is_nothing_to_say() -> None:
    drawn = choose_life((), (), VIDEO.fact)
    assert (drawn.verdicts, drawn.rule) == (NO_VERDICTS, None)


@pytest.mark.parametrize("lives", [LIVES, LIVES * 50])
def test_little_of_an_order_is_kept(lives: tuple[Life, ...]) -> None:
    long = Order(GenerationType.VIDEO, "m", "x" * 1_000_000)
    assert choose_life(lives, [0] * len(lives), long.fact).verdicts.size < 20_000


@given(st.lists(st.sampled_from(LIVES), max_size=5), st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_the_rule_that_scripts_the_life_is_the_one_whose_verdict_says_so(lives: list[Life], seen: list[int]) -> None:
    drawn = choose_life(lives, seen, VIDEO.fact)
    assert [i for i, verdict in enumerate(drawn.verdicts) if verdict.fired] == (
        [] if drawn.firing is None else [drawn.firing]
    )
    assert [i for i, verdict in enumerate(drawn.verdicts) if verdict.call] == list(drawn.matching)
