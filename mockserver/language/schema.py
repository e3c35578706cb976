"""The JSON Schema of a scenario file, for editors. It is made from the types of the scenario.

The schema accepts every file that the loader accepts. Some mistakes are found only by the loader: duplicate keys,
contradictions across fields, names and addresses that are used twice, rules that never fire, and texts that are not
durations or instants.
"""

import re
from collections.abc import Mapping
from typing import Final, cast

from msgspec import NODEFAULT, Struct, inspect, to_builtins

from mockserver.core.forms import DURATION, STEP, Form, Keyed
from mockserver.core.instant import SECOND
from mockserver.core.rules import Rule
from mockserver.core.scenario import Scenario
from mockserver.core.timeline import COMPLETED, FAILED, PENDING, PROCESSING, Step
from mockserver.language.conditions import OF_GENERATIONS
from mockserver.language.expectation import expected, fields, mark, plain, words

Schema = dict[str, object]
"""A piece of the schema."""

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema."""

_PLAIN: Final[Mapping[type[inspect.Type], str]] = {
    inspect.BoolType: "boolean",
    inspect.FloatType: "number",
    inspect.IntType: "integer",
    inspect.NoneType: "null",
    inspect.StrType: "string",
}
_BOUNDS: Final = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}

_USUAL: Final[Mapping[type, tuple[str, ...]]] = {Step: (PENDING, PROCESSING, COMPLETED, FAILED)}
"""The words that editors suggest as the key of a struct that accepts any word as its key."""


def schema() -> Schema:
    """Return the schema of a scenario file: JSON Schema 2020-12, as plain data. An empty file is a scenario too."""
    draft = Draft()
    root = draft.struct(Scenario)
    whole = {"$schema": DIALECT, **root, "type": ["object", "null"], "$defs": draft.definitions}
    return cast("Schema", to_builtins(whole))


class Draft:
    """The part of the schema that is made so far. Each struct has a definition, at `place` followed by its name."""

    def __init__(self, place: str = "#/$defs/") -> None:
        self.definitions: dict[str, Schema] = {}
        self._place = place

    def struct(self, cls: type[Struct], without: str | None = None) -> Schema:
        """Make the schema of a struct, with the fields that a person may write.

        `without` is the field that is written outside of the mapping.
        """
        written = {key: field for key, field in fields(cls).written.items() if key != without}
        drawn: Schema = {"title": _title(cls), "description": _gist(cls), "type": "object"}
        drawn["properties"] = {key: self._field(cls, key, field) for key, field in written.items()}
        if required := [key for key, field in written.items() if field.required]:
            drawn["required"] = required
        return drawn | {"additionalProperties": False}

    def _field(self, cls: type[Struct], key: str, field: inspect.Field) -> Schema:
        drawn = self._when(field.type) if issubclass(cls, Rule) and key == "when" else self.of(field.type)
        return {"description": f"Expected: {expected(field.type)}.", **_default(field), **drawn}

    def of(self, kind: inspect.Type) -> Schema:
        """Make the schema of a type."""
        inner, form = plain(kind), mark(kind, "form")
        match form, inner:
            case Keyed(), inspect.StructType(cls=cls):
                return self._keyed(form, cls)
            case Form(), inspect.StructType():
                # As in the loader, a mapping is not a short form: it is the struct itself.
                short = [part for part in cast("list[Schema]", form.schema["anyOf"]) if part.get("type") != "object"]
                return {"anyOf": [*short, self.of(inner)]}
            case Form(), _:
                return dict(form.schema)
        return self._unmarked(inner)

    def _unmarked(self, kind: inspect.Type) -> Schema:  # noqa: PLR0911 - one return a kind
        match kind:
            case inspect.AnyType():
                return {}
            case inspect.UnionType(types=types):
                return {"anyOf": [self.of(alternative) for alternative in types]}
            case inspect.StructType(cls=cls):
                return self.reference(cls)
            case inspect.DictType(value_type=value):
                return {"type": "object", "additionalProperties": self.of(value)}
            case inspect.CollectionType(item_type=item):
                return {"type": "array", "items": self.of(item), **_lengths(kind, "Items")}
            case inspect.TupleType(item_types=items):
                parts = [self.of(item) for item in items]
                return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
            case inspect.EnumType() | inspect.LiteralType():
                return {"enum": list(words(kind))}
        return {"type": _PLAIN[type(kind)], **_lengths(kind, "Length"), **_bounds(kind)}

    def reference(self, cls: type[Struct]) -> Schema:
        """Return a reference to a struct, and add the definition of the struct if it is missing."""
        if cls.__name__ not in self.definitions:
            self.definitions[cls.__name__] = {}  # the struct may refer to itself
            self.definitions[cls.__name__] = self.struct(cls)
        return self._found(cls)

    def _found(self, cls: type[Struct]) -> Schema:
        return {"$ref": self._place + cls.__name__}

    def _keyed(self, form: Keyed, cls: type[Struct]) -> Schema:
        """Make the schema of a keyed struct: its key alone, with one value, or with the other fields."""
        written, usual = fields(cls).written, _USUAL.get(cls, ())
        key, value = self.of(written[form.key].type), self.of(written[form.value].type)
        beside = {"anyOf": [value, self.struct(cls, without=form.key)]}
        mapping = {
            "type": "object",
            "properties": dict.fromkeys(usual, beside),
            "propertyNames": key,
            "additionalProperties": beside,
            "minProperties": 1,
            "maxProperties": 1,
        }
        self.definitions.setdefault(cls.__name__, {"title": _title(cls), "anyOf": [{"enum": [*usual]}, key, mapping]})
        return self._found(cls)

    def _when(self, kind: inspect.Type) -> Schema:
        """Make the schema of conditions. Their keys are a closed set, except the part after a dot."""
        conditions = cast("inspect.DictType", plain(kind))
        condition = self.of(conditions.value_type)
        families = [key.partition(".")[0] for key in OF_GENERATIONS if "." in key]
        return {
            "type": "object",
            "properties": {key: condition for key in OF_GENERATIONS if "." not in key},
            "patternProperties": {rf"^{family}\.[\s\S]": condition for family in families},
            "additionalProperties": False,
            **_lengths(conditions, "Properties"),
        }


def _title(cls: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", cls.__name__).capitalize()


def _gist(cls: type) -> str:
    """Return the first line of a docstring, up to a colon or semicolon.

    The rest describes long values, not the written form.
    """
    return re.split(r"[:;]|\.$", (cls.__doc__ or "").partition("\n")[0])[0] + "."


def _default(field: inspect.Field) -> Schema:
    value, form = field.default, mark(field.type, "form")
    if form in (DURATION, STEP) and isinstance(value, int):
        return {"default": value / SECOND if value % SECOND else value // SECOND}
    known = value is not NODEFAULT and isinstance(value, str | int | float) and value != ""
    return {"default": value} if known and form is None else {}


def _lengths(kind: inspect.Type, unit: str) -> Schema:
    bounds = {f"min{unit}": getattr(kind, "min_length", None), f"max{unit}": getattr(kind, "max_length", None)}
    return {key: bound for key, bound in bounds.items() if bound is not None}


def _bounds(kind: inspect.Type) -> Schema:
    return {_BOUNDS[name]: bound for name in _BOUNDS if (bound := getattr(kind, name, None)) is not None}
