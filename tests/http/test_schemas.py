"""The schemas against the code: they admit exactly the values that the API takes."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.json import decode

from mockserver.core.account import require_email
from mockserver.core.errors import Invalid
from mockserver.core.generation import GenerationType, Model
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.app import document

Json = dict[str, Any]


def described(scenario: Scenario) -> Json:
    return dict(decode(document(scenario)))


EMAIL: Json = described(Scenario())["components"]["schemas"]["SignupBody"]["properties"]["email"]


def orders(scenario: Scenario) -> Mapping[str, Json]:
    """Return the schema of an order by the type that it is for."""
    schemas = described(scenario)["components"]["schemas"]
    mapping = schemas["OrderBody"]["discriminator"]["mapping"]
    assert [choice["$ref"] for choice in schemas["OrderBody"]["oneOf"]] == list(mapping.values())
    return {kind: schemas[place.rpartition("/")[2]]["properties"] for kind, place in mapping.items()}


def test_each_type_of_order_names_the_models_that_the_scenario_has_for_it() -> None:
    models = (
        Model(name="quick", generation_type=GenerationType.VIDEO),
        Model(name="slow", generation_type=GenerationType.VIDEO),
        Model(name="only", generation_type=GenerationType.MUSIC),
    )
    offered = orders(Scenario(models=models))
    assert {kind: order["model_name"]["enum"] for kind, order in offered.items()} == {
        "video": ["quick", "slow"],
        "music": ["only"],
    }
    assert all(order["generation_type"]["const"] == kind for kind, order in offered.items())


def test_a_scenario_that_accepts_unknown_models_takes_every_name_but_those_of_another_type() -> None:
    offered = orders(Scenario(api=ApiSettings(unknown_models="accept")))
    assert list(offered) == list(GenerationType)
    assert "enum" not in offered["video"]["model_name"]
    assert "seedream-5.0-lite" in offered["video"]["model_name"]["not"]["enum"]
    assert "video-standard" not in offered["video"]["model_name"]["not"]["enum"]


def test_a_scenario_without_models_has_a_document_too() -> None:
    assert list(orders(Scenario(models=()))) == list(GenerationType)


def test_the_bounds_are_those_of_the_scenario() -> None:
    scenario = Scenario(api=ApiSettings(prompt_max=9, page_size_max=3))
    assert orders(scenario)["image"]["prompt"] == {"type": "string", "minLength": 1, "maxLength": 9}
    history = described(scenario)["paths"]["/api/v1/generations"]["get"]["parameters"]
    assert next(each["schema"]["maximum"] for each in history if each["name"] == "page_size") == 3


def test_each_type_of_order_refers_to_its_own_settings() -> None:
    schemas = described(Scenario())["components"]["schemas"]
    for kind, order in orders(Scenario()).items():
        settings = f"{kind.capitalize()}Settings"
        assert order["settings"] == {"anyOf": [{"$ref": f"#/components/schemas/{settings}"}, {"type": "null"}]}
        assert schemas[settings]["type"] == "object"
    assert list(schemas["VideoSettings"]["properties"]) == ["aspect_ratio", "duration"]
    assert schemas["TextSettings"]["properties"] == {}


def test_an_instant_is_announced_as_one_where_it_is_written_with_its_zone() -> None:
    def instants(scenario: Scenario) -> list[Json]:
        schemas = described(scenario)["components"]["schemas"]
        return [schemas[name]["properties"]["created_at"] for name in ("User", "RecordView")]

    assert instants(Scenario()) == [{"type": "string", "format": "date-time"}] * 2
    assert instants(Scenario(api=ApiSettings(timestamps="naive-microseconds"))) == [{"type": "string"}] * 2


def test_an_answer_is_announced_to_have_each_key_that_it_always_has() -> None:
    schemas = described(Scenario())["components"]["schemas"]
    optional = {
        name: set(schemas[name]["properties"]) - set(schemas[name]["required"])
        for name in ("User", "Token", "Detail", "ModelView", "RecordView", "StatusView", "Page")
    }
    assert {name: keys for name, keys in optional.items() if keys} == {
        "RecordView": {"settings", "project_id", "error"}
    }


def test_the_types_of_generations_are_texts() -> None:
    assert described(Scenario())["components"]["schemas"]["GenerationType"]["type"] == "string"


def accepted(address: str) -> bool:
    """Tell whether the API takes this for an e-mail address."""
    try:
        require_email(address)
    except Invalid:
        return False
    return True


def announced(address: str) -> bool:
    """Tell whether the document takes this for an e-mail address."""
    # `$` is the very end in JSON Schema; in Python it also stands before a last newline.
    pattern = EMAIL["pattern"].removesuffix("$") + r"\Z"
    return EMAIL["minLength"] <= len(address) <= EMAIL["maxLength"] and re.search(pattern, address) is not None


@pytest.mark.parametrize(
    "address",
    [
        "you@example.com",
        "you+gw3@mail.example.com",
        "Ångström@münchen.example",
        "",
        "you",
        "you@",
        "you@example",
        "@example.com",
        "you@.com",
        "you@example..com",
        "you@example.com.",
        "you@you@example.com",
        "you@example.com\n",
        f"{'x' * 64}@example.com",
        f"{'x' * 65}@example.com",
        f"you@{'x' * 246}.com",
        f"you@{'x' * 247}.com",
    ],
)
def test_an_address_is_good_in_the_document_where_it_is_good_in_the_api(address: str) -> None:
    assert announced(address) == accepted(address)


def test_a_character_is_good_in_an_address_of_the_document_where_it_is_good_in_one_of_the_api() -> None:
    characters = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    addresses = [f"a{char}@b{char}.com" for char in characters]
    assert [address for address in addresses if announced(address) != accepted(address)] == []
