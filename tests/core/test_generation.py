import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from mockserver.core.age import Age
from mockserver.core.generation import (
    DEFAULT,
    MODELS,
    PRICES,
    Generation,
    GenerationType,
    Life,
    Model,
    Order,
    choose_life,
)
from mockserver.core.rules import Calls
from mockserver.core.timeline import DEFAULT_LIFE, Step, Timeline

FIRST = Calls(spans=((1, 1),))
ORDER = Order(GenerationType.VIDEO, "video-standard", "A skyline at dusk", settings={"n": 2, "ratio": "16:9"})


@pytest.mark.documented
def test_prices_are_those_of_the_reference() -> None:
    assert PRICES == {"text": 2, "voice": 3, "image": 5, "music": 8, "infographic": 10, "video": 15}


@pytest.mark.documented
def test_the_model_of_the_published_example_makes_images() -> None:
    assert [model.name for model in MODELS if model.generation_type == "image"] == ["seedream-5.0-lite"]


def test_every_type_has_one_model_at_its_price() -> None:
    assert {model.generation_type: model.cost for model in MODELS} == PRICES
    assert len(MODELS) == len(GenerationType)


@pytest.mark.parametrize(("credit_cost", "cost"), [(None, 15), (0, 0), (22, 22)])
def test_a_model_costs_its_own_price_or_else_the_price_of_its_type(credit_cost: int | None, cost: int) -> None:
    assert Model(name="kling-pro", generation_type=GenerationType.VIDEO, credit_cost=credit_cost).cost == cost


@pytest.mark.parametrize(
    ("since", "until", "offered"),
    [(0, None, "01234"), (0, 3, "012"), (2, None, "234"), (2, 3, "2"), (3, 3, ""), (0, 0, "")],
)
def test_a_model_is_offered_from_one_moment_until_before_another(since: int, until: int | None, offered: str) -> None:
    model = Model(name="m", generation_type=GenerationType.TEXT, since=since, until=until)
    assert "".join(str(elapsed) for elapsed in range(5) if model.offered(elapsed)) == offered


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("generation_type", "video"),
        ("model_name", "video-standard"),
        ("prompt", "A skyline at dusk"),
        ("project_id", UNSET),
        ("settings.n", 2),
        ("settings.ratio", "16:9"),
        ("settings.seed", UNSET),
        ("settings", UNSET),
        ("account", UNSET),
        ("fact", UNSET),
        ("__class__", UNSET),
    ],
)
def test_an_order_knows_its_own_facts_and_no_others(key: str, found: object) -> None:
    assert ORDER.fact(key) == found


@pytest.mark.parametrize("settings", [None, UNSET, {}])
def test_an_order_without_settings_has_no_setting(settings: None) -> None:
    assert Order(GenerationType.TEXT, "m", "p", settings=settings).fact("settings.n") is UNSET


def test_a_project_that_is_null_is_a_fact() -> None:
    assert Order(GenerationType.TEXT, "m", "p", project_id=None).fact("project_id") is None


LIVES = (
    Life(name="first video", when={"generation_type": "video"}, calls=FIRST),
    Life(name="skyline", when={"prompt": "*skyline*"}),
    Life(name="any"),
)


@pytest.mark.parametrize(
    ("prompt", "seen", "name", "matching"),
    [
        ("A skyline at dusk", (0, 0, 0), "first video", (0, 1, 2)),
        ("A skyline at dusk", (1, 0, 0), "skyline", (0, 1, 2)),
        ("A harbour", (0, 0, 0), "first video", (0, 2)),
        ("A harbour", (1, 1, 1), "any", (0, 2)),
    ],
)
def test_the_first_rule_that_matches_and_fires_scripts_the_life(
    prompt: str, seen: tuple[int, ...], name: str, matching: tuple[int, ...]
) -> None:
    drawn = choose_life(LIVES, seen, Order(GenerationType.VIDEO, "m", prompt).fact)
    assert (drawn.life.name, drawn.matching) == (name, matching)


def test_an_order_that_no_rule_matches_has_the_default_life() -> None:
    drawn = choose_life(LIVES[:2], (0, 0), Order(GenerationType.TEXT, "m", "A poem").fact)
    assert drawn.life is DEFAULT
    assert drawn.life.timeline is DEFAULT_LIFE
    assert drawn.matching == ()


def test_a_rule_without_a_life_of_its_own_leaves_the_default_one() -> None:
    assert Life(cost=7).timeline is DEFAULT_LIFE
    assert Life(then=(Step(status="failed"),)).timeline == Timeline((Step(status="failed"),))


@given(st.sets(st.integers(1, 12)), st.integers(1, 12))
def test_a_rule_fires_at_the_calls_that_it_names_and_no_others(calls: set[int], orders: int) -> None:
    life = Life(name="scripted", calls=Calls(spans=tuple((call, call) for call in calls)))
    fired = {order for order in range(1, orders + 1) if choose_life([life], [order - 1], ORDER.fact).life is life}
    assert fired == {call for call in calls if call <= orders}


@pytest.mark.parametrize(
    ("steps", "finished"),
    [
        ((Step(status="pending", lasts=2), Step(status="completed")), [False, False, True, True]),
        ((Step(status="failed", lasts=2), Step(status="failed")), [False, False, True, True]),
        ((Step(status="completed", lasts=2), Step(status="processing")), [False] * 4),
        ((Step(status="completed"),), [True] * 4),
    ],
)
def test_a_generation_is_finished_from_the_beginning_of_its_last_step(
    steps: tuple[Step, ...], finished: list[bool]
) -> None:
    generation = Generation(id=1, owner=17, order=ORDER, cost=5, created_at=0, timeline=Timeline(steps), age=Age(0))
    assert [generation.finished(age) for age in range(4)] == finished
