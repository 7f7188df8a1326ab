"""A view reads each key as its model does, and keeps the plain values."""

import copy
import pickle
from collections.abc import Mapping

import pytest
import yaml
from pydantic import BaseModel
from support.project.folders import ANALYSES
from support.project.paths import ROOT

from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.models.base import Section
from wollemi.analysis.shapes import SHAPES
from wollemi.analysis.view import View, read, view_of
from wollemi.loading.composition import read_composed
from wollemi.loading.expand import plain_document

EXAMPLES = yaml.safe_load((ROOT / "workflow/schemas/examples.yaml").read_text(encoding="utf-8"))
FILE = {"url": "https://a.b/c", "size": 3, "sha256": "0" * 64}
AXES = {"pt": [1, 2, 3], "n": {"expression": 2, "bins": [2, 0, 1]}}
MEASURED = {"samples": "a", "pass": "p", "axes": AXES}
# What the examples of the reference do not show: each form of a key that has several.
FORMS = [
    ("Model", {"prune_below": {"norm": 1, "shape": 2}, "interpolation": {"normsys": "code1"}}),
    ("Model", {"prune_below": 1, "interpolation": "combine", "floor_negative_bins": "keep"}),
    ("Dataset", {"files": ["a", FILE], "weight": "none", "era": 2018, "draw": {"datasets": "a"}}),
    ("Dataset", {"histograms": {"a": "x", "b": ["p/q"]}, "draw": {"datasets": {"a": 2}}}),
    ("Estimate", {"abcd": dict.fromkeys("ABCD", "a"), "as": "histogram"}),
    ("Correction", {"file": {2018: "a", "b": FILE}, "inputs": {"pt": 1, "x": 1.0, "y": {2018: 2}}}),
    ("Correction", {"measured": MEASURED | {"kind": "efficiency", "era": 2018}}),
    ("Correction", {"measured": MEASURED | {"kind": "scale_factor", "mass": {"window": [1, 2]}}}),
    ("TriggerPath", {"eras": [2016, "b"], "prescale": {2016: 3, "b": 2.5}}),
    (
        "WeightSystematic",
        {"kind": "weight", "samples": "a", "up": {2018: "x"}, "down": "symmetrize"},
    ),
    ("WeightSystematic", EXAMPLES["WeightSystematic"] | {"smoothing": {"method": "lowess"}}),
    ("Limits", {"theory_uncertainty": {"a": 0.5, "b": {"up": 1, "down": 0.5}}}),
    ("Workspace", {"path": "a", "patches": {"path": "p", "points": ["a", "b"]}}),
    ("PhysicsObject", {"combine": ["a", "a"], "fields": {"f": 13, "g": 0.5}, "not_in": "y"}),
    ("SmodelsParticle", {"spin": 1}),
]


# Those without required keys.
DEFAULTS = [name for name, shape in SHAPES.items() if all(len(one) > 2 for one in shape.values())]


def models(base=Section):
    return [model for own in base.__subclasses__() for model in (own, *models(own))]


MODELS = {model.__name__: model for model in models() if model.__name__ in SHAPES}


def compare(model, view):
    """Types, values and orders are the same."""
    if isinstance(model, BaseModel):
        assert isinstance(view, View)
        for name in type(model).model_fields:
            compare(getattr(model, name), getattr(view, name))
    elif isinstance(model, Mapping):
        assert list(model) == list(view)
        for name in model:
            compare(model[name], view[name])
    elif isinstance(model, tuple):
        assert len(model) == len(view)
        for one, other in zip(model, view, strict=True):
            compare(one, other)
    else:
        assert (type(view), view) == (type(model), model)


def plain(analysis):
    return plain_document(read_composed(ROOT / "config/analyses" / analysis / "analysis.yaml"))


@pytest.mark.parametrize("analysis", ANALYSES)
def test_analyses(analysis):
    document = plain(analysis)
    compare(Analysis.model_validate(document), view_of(document))


@pytest.mark.parametrize(("name", "written"), [*EXAMPLES.items(), *FORMS])
def test_forms(name, written):
    compare(MODELS[name].model_validate(written), read(name, written))


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults(name):
    compare(MODELS[name](), read(name, {}))


def test_it_keeps_what_is_written():
    document = plain("zprime")
    view = view_of(document)
    assert view.plain is document
    changed = view.replace(title="another")
    assert (changed.title, changed.samples, view.title) == (
        "another",
        view.samples,
        document["title"],
    )
    assert list(changed.plain) == list(document)


def test_it_is_frozen_and_can_be_sent_to_other_processes():
    sample = read("Sample", {"role": "data", "datasets": "a"})
    with pytest.raises(AttributeError, match="frozen"):
        sample.role = "signal"
    assert copy.deepcopy(sample) == pickle.loads(pickle.dumps(sample)) == sample
    assert sample.given() == {"role": "data", "datasets": ("a",)}


def test_an_unknown_attribute_and_a_missing_key():
    sample = read("Sample", {})
    with pytest.raises(AttributeError, match="color is not an attribute of Sample"):
        _ = sample.color
    with pytest.raises(KeyError, match="role"):
        _ = sample.role
