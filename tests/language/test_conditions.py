"""The conditions of each operation, and those that can never hold."""

# ruff: noqa: E501 - a row of a table is one line, and its sentence is whole

import pytest

from mockserver.core.document import KEY, Path
from mockserver.core.operation import ADDRESSING, Operation
from mockserver.core.rules import ConditionValue, When
from mockserver.language.conditions import NEW_GENERATIONS, impossible, matches_any, subjects

ALL = "account, header.NAME or query.NAME"
ORDERS = f"generation_type, model_name, prompt, project_id, settings.KEY, {ALL}"
ID = 'id: expected a whole number from 1, or a text such as "18*", found '

OF_ORDERS: When = {"generation_type": "i*", "model_name": "*", "prompt": "x", "project_id": 5, "settings.a": None}
OF_GENERATIONS: When = {**OF_ORDERS, "id": 1842, "status": "completed"}
OF_ALL: When = {"account": "you@*", "header.X-Team": "a", "query.q": ("b", "c")}


@pytest.mark.parametrize("operation", Operation)
def test_an_operation_has_the_conditions_that_its_requests_can_meet(operation: Operation) -> None:
    about = subjects((operation,))
    assert list(impossible(OF_ALL, about)) == []
    assert bool(list(impossible(OF_ORDERS, about))) is (operation not in {Operation.CREATE, *ADDRESSING})
    assert bool(list(impossible(OF_GENERATIONS, about))) is (operation not in ADDRESSING)


@pytest.mark.parametrize(
    ("on", "when", "findings"),
    [
        ([*Operation], OF_GENERATIONS, []),
        ([*Operation], {"promt": "x"}, [(("promt", KEY), 'unknown condition "promt"; did you mean "prompt"?')]),
        (["status", "media"], OF_GENERATIONS, []),
        (["status", "create"], {"id": 5}, [(("id", KEY), f"id is not known of create; expected {ORDERS}")]),
        (["create", "status", "me"], {"prompt": "x"}, [(("prompt", KEY), f"prompt is not known of me; expected {ALL}")]),
        (["history"], {"status": "x"}, [(("status", KEY), 'status is not known of history; did you mean "query.status"?')]),
        (["models"], {"generation_type": "x"}, [(("generation_type", KEY), 'generation_type is not known of models; did you mean "query.generation_type"?')]),
        (["models"], {"status": "x"}, [(("status", KEY), f"status is not known of models; expected {ALL}")]),
        (["login"], {"acount": "x"}, [(("acount", KEY), 'unknown condition "acount"; did you mean "account"?')]),
        (["me"], {"settings.a\nb": 1}, [(("settings.a\nb", KEY), rf'"settings.a\nb" is not known of me; expected {ALL}')]),
        (["me"], {"header.A B": "x"}, [(("header.A B", KEY), "header.A B: no header has such a name; expected letters, digits and hyphens after the dot")]),
        (["status"], {"status": 404}, [(("status",), 'status: expected text, found 404; put it in quotes: "404"')]),
        (["status"], {"id": (1, "18*", "?")}, []),
        (["status"], {"id": 0}, [(("id",), f"{ID}0")]),
        (["status"], {"id": (1.5, True, None)}, [(("id", 0), f"{ID}1.5"), (("id", 1), f"{ID}true"), (("id", 2), f"{ID}null")]),
        (["status"], {"id": ("x1", "")}, [(("id", 0), f"{ID}x1"), (("id", 1), ID)]),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_hold_is_reported(on: list[str], when: When, findings: list[tuple[Path, str]]) -> None:
    assert list(impossible(when, subjects([Operation(word) for word in on]))) == findings


def test_a_new_generation_has_no_id_yet() -> None:
    assert list(impossible(OF_ORDERS, NEW_GENERATIONS)) == []
    assert [path for path, _ in impossible(OF_GENERATIONS, NEW_GENERATIONS)] == [("id", KEY), ("status", KEY)]


@pytest.mark.parametrize(("glob", "met"), [("im*", True), ("x", False), (5, False)])
def test_a_condition_is_met_by_one_of_many(glob: ConditionValue, met: bool) -> None:
    assert matches_any(glob, ["video", "image"]) is met
