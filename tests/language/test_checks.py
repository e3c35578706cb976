"""Mistakes of a whole scenario whose single fields are right."""

# ruff: noqa: E501 - a row of a table is one line, and its sentence is whole

import pytest
from msgspec import convert

from mockserver.core.document import KEY, Path
from mockserver.core.forms import LONGEST_DURATION
from mockserver.core.scenario import Scenario
from mockserver.language import checks


def scenario(sections: dict[str, object]) -> Scenario:
    return convert(sections, Scenario)


def account(email: str = "a@b.cd", **fields: object) -> dict[str, object]:
    return {"email": email, "password": "x", **fields}


def model(name: str = "m", **fields: object) -> dict[str, object]:
    return {"name": name, "generation_type": "image", **fields}


def step(status: str, lasts: int | None = None, **fields: object) -> dict[str, object]:
    return {"status": status, "for": lasts, **fields}


KEYS = "generation_type, model_name, prompt, project_id, settings.KEY, account, header.NAME or query.NAME"
PLANS = "api_key: expected the plan Ultimate Visionary Studio or Titan Studio, which API keys ship with"
ORIGIN = 'cors: expected "*" or an origin without a path, such as http://localhost:3000, found '


@pytest.mark.parametrize(
    ("accounts", "findings"),
    [
        ([], []),
        ([account(), account("c@d.ef"), account("g@h.ij", id=5)], []),
        ([account(), account()], [((1, "email"), "email: a@b.cd belongs to an earlier entry; choose another")]),
        ([account(id=5), account("c@d.ef", id=5)], [((1, "id"), "id: 5 belongs to an earlier entry; choose another")]),
        ([account(id=18), account("c@d.ef", id=17), account("e@f.gh")], [((2, "id"), "id: 18 belongs to an earlier entry; choose another")]),
        ([account("x")], [((0, "email"), 'email: expected an e-mail address such as you@example.com, found "x"')]),
        ([account(api_key="k", plan="Titan Studio")], []),
        ([account(api_key="k")], [((0, "api_key"), PLANS)]),
        ([account(api_key="k", plan="Titan Studo")], [((0, "api_key"), PLANS + '; did you mean "Titan Studio"?')]),
        ([account(api_key="k ey", plan="Titan Studio")], [((0, "api_key"), "api_key: expected visible ASCII characters without spaces, since it travels in a header")]),
        ([account(api_key="k", plan="Titan Studio"), account("c@d.ef", api_key="k", plan="Titan Studio")], [((1, "api_key"), "api_key: k belongs to an earlier entry; choose another")]),
    ],
)  # fmt: skip
def test_accounts_have_unique_values_of_their_own(accounts: object, findings: list[tuple[Path, str]]) -> None:
    found = checks.contradictions(scenario({"accounts": accounts}))
    assert list(found) == [(("accounts", *path), sentence) for path, sentence in findings]


@pytest.mark.parametrize(
    ("models", "findings"),
    [
        ([], []),
        ([model("a", until=1), model("b", until=2) | {"from": 1}], []),
        ([model("a"), model("a")], [((1, "name"), "name: a belongs to an earlier entry; choose another")]),
        ([model(until=0)], [((0, "until"), "until: expected a time after `from`; like this the model is never offered")]),
        ([model(until=2) | {"from": 2}], [((0, "until"), "until: expected a time after `from`; like this the model is never offered")]),
    ],
)  # fmt: skip
def test_models_are_told_apart_and_offered(models: object, findings: list[tuple[Path, str]]) -> None:
    found = checks.contradictions(scenario({"models": models}))
    assert list(found) == [(("models", *path), sentence) for path, sentence in findings]


@pytest.mark.parametrize(
    ("api", "findings"),
    [
        ({"page_size": 100, "create_status": 202, "cors": "*"}, []),
        *(({"cors": origin}, []) for origin in ("null", "http://localhost:3000", "https://a.example", "app://x")),
        ({"page_size": 101}, [("page_size", "page_size 101 is over page_size_max 100; change one of them")]),
        ({"page_size_max": 19}, [("page_size_max", "page_size 20 is over page_size_max 19; change one of them")]),
        ({"create_status": 204}, [("create_status", "create_status: 204 allows no body; use 200, 201 or 202")]),
        ({"create_status": 205}, [("create_status", "create_status: 205 allows no body; use 200, 201 or 202")]),
        ({"cors": "http://a/"}, [("cors", ORIGIN + '"http://a/"')]),
        ({"cors": "localhost"}, [("cors", ORIGIN + '"localhost"')]),
        ({"cors": "http://a\r\nx: y"}, [("cors", ORIGIN + r'"http://a\r\nx: y"')]),
    ],
)
def test_settings_of_the_api_go_together(api: object, findings: list[tuple[str, str]]) -> None:
    found = checks.contradictions(scenario({"api": api}))
    assert list(found) == [(("api", key), sentence) for key, sentence in findings]


@pytest.mark.parametrize(
    ("then", "findings"),
    [
        ([step("completed")], []),
        ([step("pending", 1), step("processing", 1, progress=[1, 2]), step("processing", progress=99)], []),
        ([step("pending"), step("a", 1), step("b"), step("c")], [
            ((0,), 'pending has no `for` and lasts for ever, so that no later step begins; give it a length, such as "pending: 2s"'),
            ((2,), 'b has no `for` and lasts for ever, so that no later step begins; give it a length, such as "b: 2s"'),
        ]),
        ([step("pending", 1), step("failed", 1)], [((1, "for"), "for: the last step lasts for ever; leave its length out, or add the step after it")]),
        ([step("processing", progress=[1, 2])], [((0, "progress"), "progress: a list is spread over the step's `for`, and the last step lasts for ever; write one number")]),
        ([step("a", LONGEST_DURATION), step("b", 1), step("c")], [((), "then: expected at most a hundred years, found more in all")]),
    ],
)  # fmt: skip
def test_a_life_has_steps_that_begin_and_one_that_stays(then: object, findings: list[tuple[Path, str]]) -> None:
    found = checks.contradictions(scenario({"generations": [{"then": then}]}))
    assert list(found) == [(("generations", 0, "then", *path), sentence) for path, sentence in findings]


@pytest.mark.parametrize(
    ("when", "findings"),
    [
        ({}, []),
        ({"generation_type": "i*", "model_name": "*", "prompt": ["a", "?"], "project_id": [None, 5], "account": "you@*"}, []),
        ({"settings.style": True, "settings.a.b": None, "header.X-Team": "a", "query.q": "b"}, []),
        ({"promt": "x"}, [(("promt", KEY), 'unknown condition "promt"; did you mean "prompt"?')]),
        ({"setings.style": "x"}, [(("setings.style", KEY), 'unknown condition "setings.style"; did you mean "settings.style"?')]),
        ({"settings": "x"}, [(("settings", KEY), 'unknown condition "settings"; did you mean "settings.KEY"?')]),
        ({"header.": "x"}, [(("header.", KEY), 'unknown condition "header."; did you mean "header.NAME"?')]),
        ({"zzz": "x"}, [(("zzz", KEY), f'unknown condition "zzz"; expected {KEYS}')]),
        ({"status": "x"}, [(("status", KEY), f"status is not known of a new generation; expected {KEYS}")]),
        ({"id": 5}, [(("id", KEY), f"id is not known of a new generation; expected {KEYS}")]),
        ({"prompt": []}, [(("prompt",), "prompt: expected at least one value, found an empty list, which matches nothing")]),
        ({"prompt": 5}, [(("prompt",), 'prompt: expected text, found 5; put it in quotes: "5"')]),
        ({"query.n": ["a", 5]}, [(("query.n", 1), 'query.n: expected text, found 5; put it in quotes: "5"')]),
        ({"account": None}, [(("account",), 'account: expected text, found null; put it in quotes: "null"')]),
        ({"generation_type": "imgae"}, [(("generation_type",), 'generation_type: no type matches "imgae"; did you mean "image"?')]),
        ({"generation_type": ["video", "x*"]}, [(("generation_type", 1), 'generation_type: no type matches "x*"; expected image, video, voice, music, infographic or text')]),
    ],
)  # fmt: skip
def test_impossible_conditions_are_reported(when: object, findings: list[tuple[Path, str]]) -> None:
    found = checks.contradictions(scenario({"generations": [{"when": when}]}))
    assert list(found) == [(("generations", 0, "when", *path), sentence) for path, sentence in findings]


RULES: dict[str, dict[str, object]] = {
    "generations": {},
    "faults": {"on": ["me"], "then": {"status": 500}},
    "limits": {"on": ["me"], "allow": 1, "per": 1},
}


@pytest.mark.parametrize(("section", "rule"), RULES.items())
@pytest.mark.parametrize(
    ("names", "index"),
    [(["a", "b", None], None), (["a", "a"], 1), (["SECTION.2", None], 1), ([None, "SECTION.1"], 1)],
)
def test_rules_have_unique_names(
    section: str, rule: dict[str, object], names: list[str | None], index: int | None
) -> None:
    given = [name and name.replace("SECTION", section) for name in names]
    found = list(checks.contradictions(scenario({section: [rule | {"name": name} for name in given]})))
    assert [path for path, _ in found] == ([] if index is None else [(section, index, "name")])


def test_rules_of_different_sections_may_share_a_name() -> None:
    assert list(checks.contradictions(scenario({key: [rule | {"name": "a"}] for key, rule in RULES.items()}))) == []


def test_the_problems_of_a_rule_are_found_in_its_section() -> None:
    rules = {"generations": {"calls": {}}, "faults": RULES["faults"] | {"calls": {}}, "limits": {"on": ["me"]}}
    found = checks.contradictions(scenario({key: [RULES[key], rule] for key, rule in rules.items()}))
    assert [path for path, _ in found] == [("generations", 1, "calls"), ("faults", 1, "calls"), ("limits", 1)]


def test_calls_name_a_call() -> None:
    found = checks.contradictions(scenario({"generations": [{"calls": {}}, {"calls": {"every": 1}}]}))
    assert list(found) == [
        (("generations", 0, "calls"), "calls: expected {every: 3}, found no number, so that the rule never fires")
    ]
