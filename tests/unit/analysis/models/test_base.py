"""What each field of a configuration is made of: nothing is coerced, every number is bounded, every
mapping is closed.
"""

import importlib
import math
import types
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError
from support.project.paths import ROOT
from write_schemas import json_schema

from wollemi.analysis.models.base import Closed, Section
from wollemi.results.product import Part

FILES = sorted(
    path
    for path in (ROOT / "scripts").glob("wollemi*/**/*.py")
    if "(Section)" in path.read_text() or "(Closed)" in path.read_text()
)
for path in FILES:
    importlib.import_module(".".join(path.relative_to(ROOT / "scripts").with_suffix("").parts))


schema_of = cache(json_schema)


def models(base=Closed):
    return [model for own in base.__subclasses__() for model in (own, *models(own))]


# Parts of products are what programs write, and no settings.
READ = [model for model in models() if model is not Section and not issubclass(model, Part)]


def inner(schema, path=""):
    """Every schema within a schema, with its place."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            yield from inner(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for place, value in enumerate(schema):
            yield from inner(value, f"{path}/{place}")


def types_of(schema):
    kinds = schema.get("type", ())
    return {kinds} if isinstance(kinds, str) else set(kinds)


def test_there_are_models():
    assert len(FILES) > 10
    assert len(READ) > 40
    assert {"Analysis", "Dataset", "Model", "NewSignal", "Manifest"} <= {
        model.__name__ for model in READ
    }


@pytest.mark.parametrize("model", READ, ids=lambda model: model.__name__)
def test_every_number_has_two_bounds(model):
    for path, schema in inner(schema_of(model)):
        if (
            types_of(schema) & {"number", "integer"}
            and "enum" not in schema
            and "const" not in schema
        ):
            lower = {"minimum", "exclusiveMinimum"} & schema.keys()
            upper = {"maximum", "exclusiveMaximum"} & schema.keys()
            assert lower, path
            assert upper, path


@pytest.mark.parametrize("model", READ, ids=lambda model: model.__name__)
def test_every_mapping_with_names_is_closed(model):
    for path, schema in inner(schema_of(model)):
        if "patternProperties" in schema or (
            isinstance(schema.get("properties"), dict) and "title" in schema
        ):
            assert schema.get("additionalProperties") is False, path
        assert "prefixItems" not in schema, path


def leaves(annotation, strict=False):
    """Types at the ends of an annotation, each with whether something keeps it from being
    coerced.
    """
    if get_origin(annotation) is Annotated:
        inside, *metadata = get_args(annotation)
        marked = any("strict=True" in repr(item) or "whole" in repr(item) for item in metadata)
        yield from leaves(inside, strict or marked)
    elif get_origin(annotation) in (Union, types.UnionType, tuple) or isinstance(
        get_origin(annotation), type
    ):
        for argument in get_args(annotation):
            yield from leaves(argument)
    elif get_origin(annotation) is Literal:
        yield from ((type(value), strict) for value in get_args(annotation))
    else:
        yield annotation, strict


@pytest.mark.parametrize("model", READ, ids=lambda model: model.__name__)
def test_no_number_is_coerced(model):
    for key, field in model.model_fields.items():
        annotation = (
            Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        )
        for kind, strict in leaves(annotation):
            assert strict or kind not in (int, float, bool), key


VALUES: dict[str, tuple[Any, ...]] = {
    "Flag": (0, 1, "true", "yes", None),
    "Number": (True, "1", math.nan, math.inf, -math.inf, 1e300, 10**400, None),
    "Positive": (True, "1", 0, -1, math.nan, math.inf, 5e-324, 1e300),
    "NonNegative": (False, -1e-9, math.nan, math.inf, 1e300),
    "Fraction": (True, 1.1, -0.1, math.nan),
    "Whole": (True, 1.0, "1", -1, 10**400, math.inf),
    "Integer": (True, 1.0, 10**20),
    "Name": ("", "1a", "a b", "../x", "a\n", "é", "a" * 101, 1, None),
    "Era": ("", "../x", "a/b", "a\n", -1, 1.5, True, "a" * 51),
    "FilePath": ("", "a\n", "x" * 256, "a/" * 2500, "a\x00", 1),
    "Names": ([""], ["a", "a"], "a b", ["../x"], [1], 1, None),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in VALUES.items() for value in values]
)
def test_what_is_refused(name, value):
    kind = getattr(importlib.import_module("wollemi.analysis.models.base"), name)
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


GOOD = {
    "Number": (0, -1.5, 1e20),
    "Positive": (1, 1e-20),
    "Whole": (0, 2**53),
    "Era": (2012, "2016-post"),
    "FilePath": ("../a b.root",),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in GOOD.items() for value in values]
)
def test_what_is_not(name, value):
    kind = getattr(importlib.import_module("wollemi.analysis.models.base"), name)
    found = TypeAdapter(kind).validate_python(value)
    assert found == (str(value) if name == "Era" else value)
