"""Validators written by others read the OpenAPI document."""

from typing import Any

import jsonschema_rs
import pytest
from msgspec.json import decode
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from mockserver.core.generation import GenerationType, Model
from mockserver.core.scenario import ApiSettings, Scenario
from mockserver.http.app import document

SCENARIOS = {
    "happy path": Scenario(),
    "one model": Scenario(models=(Model(name="only", generation_type=GenerationType.MUSIC),)),
    "no model": Scenario(models=()),
    "any model": Scenario(api=ApiSettings(unknown_models="accept")),
    "no model, any model": Scenario(models=(), api=ApiSettings(unknown_models="accept")),
    "like FastAPI": Scenario(api=ApiSettings(validation="fastapi-422", create_status=200)),
}
EACH_SCENARIO = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())


def described(scenario: Scenario) -> dict[str, Any]:
    return dict(decode(document(scenario)))


@EACH_SCENARIO
def test_the_document_is_valid_openapi_3_1(scenario: Scenario) -> None:
    validate(described(scenario), cls=OpenAPIV31SpecValidator)


@EACH_SCENARIO
def test_each_example_is_valid_by_its_own_schema(scenario: Scenario) -> None:
    components = described(scenario)["components"]
    examples = [
        (name, example) for name, schema in components["schemas"].items() for example in schema.get("examples", [])
    ]
    assert len(examples) > 7
    for name, example in examples:
        schema = {"$ref": f"#/components/schemas/{name}", "components": components}
        jsonschema_rs.Draft202012Validator(schema).validate(example)


def test_each_example_of_an_order_is_valid_for_exactly_one_type() -> None:
    components = described(Scenario())["components"]
    orders = [name for name in components["schemas"] if name.endswith("Order")]
    assert len(orders) == len(GenerationType)
    schema = {"$ref": "#/components/schemas/OrderBody", "components": components}
    for name in orders:
        jsonschema_rs.Draft202012Validator(schema).validate(components["schemas"][name]["examples"][0])
